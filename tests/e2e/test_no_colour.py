"""NO_COLOR, by the bytes that the real program writes to a terminal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.terminal import ROOT, Terminal

RECORD = ROOT / "tests" / "data_of_runs" / "demo"
ATTRIBUTES = {"", "0", "1", "2", "3", "4", "7", "9"}


def recorded(terminal: Terminal) -> list[bytes]:
    """Everything that is written from now on."""
    blocks: list[bytes] = []
    feed = terminal._stream.feed

    def take(block: bytes) -> None:
        blocks.append(block)
        feed(block)

    terminal._stream.feed = take  # type: ignore[method-assign]
    return blocks


def codes(blocks: Sequence[bytes]) -> set[str]:
    """The parameters of every SGR sequence."""
    found = re.findall(rb"\x1b\[([\d;:]*)m", b"".join(blocks))
    return {code for one in found for code in one.decode().split(";")}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    shutil.copytree(RECORD, tmp_path / "runs" / "demo")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sought", "keys"),
    [
        ([], "N New", ["n", "escape", "?", "escape", "\x10", "escape"]),
        (
            ["replay", "runs/demo"],
            "replay",
            [" ", "b", "escape", "m", "escape", "\r", "escape", "\x10"],
        ),
    ],
)
def test_no_code_of_a_colour_is_written(
    arguments: list[str], sought: str, keys: list[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with Terminal(arguments, place) as terminal:
        written = recorded(terminal)
        terminal.wait_for(sought)
        for key in keys:
            terminal.press(key)
            terminal.read(0.7)
        terminal.press("\x03")
        terminal.wait_for_exit()
    assert codes(written) <= ATTRIBUTES
    assert {"1", "2"} <= codes(written)
