"""Paths as terminals paste them."""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.tui.start.paths import pasted_path

# Any path that can be pasted in one line; one that ends in a blank could not be told from a stray blank.
PATHS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
).map(lambda text: "/" + text.strip())


@given(PATHS)
def test_in_quotes(path: str) -> None:
    assert pasted_path(shlex.quote(path) + " ") == path


@given(PATHS)
def test_with_escaped_characters(path: str) -> None:
    assert pasted_path(re.sub(r"([^\w/.-])", r"\\\1", path)) == path


@given(PATHS, st.sampled_from(["", "localhost", "server"]))
def test_as_an_address(path: str, host: str) -> None:
    assert pasted_path(f"file://{host}{quote(path)}\r\n") == path


@given(PATHS.filter(lambda path: not re.search(r"[\\'\"]", path)))
def test_bare_with_spaces(path: str) -> None:
    assert pasted_path(path) == path


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert "\n" not in pasted_path(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("  \n ", ""),
        ("/a/it's.mp4", "/a/it's.mp4"),
        ('"/a/b c.mp4"', "/a/b c.mp4"),
        ("'/a/it'\\''s.mp4'", "/a/it's.mp4"),
        ("\n/a/first.mp4\n/a/second.mp4\n", "/a/first.mp4"),
        ("~/clips/one.mp4", "~/clips/one.mp4"),
    ],
)
def test_examples(text: str, path: str) -> None:
    assert pasted_path(text) == path
