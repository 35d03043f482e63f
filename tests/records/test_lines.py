from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.records.lines import complete_lines, lines_backwards


@settings(deadline=None)
@given(content=st.text(alphabet="ab\n", max_size=40), block=st.integers(1, 9))
def test_lines_from_the_end_are_the_complete_ones_whatever_the_block(
    tmp_path_factory: pytest.TempPathFactory, content: str, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines"
    path.write_text(content)
    assert list(lines_backwards(path, block)) == complete_lines(path)[::-1]


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert list(lines_backwards(tmp_path / "absent")) == []


def test_the_end_of_a_large_file_is_all_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole: read as a whole it would not fit in memory
        file.seek(0, 2)
        file.write(b"\nlast\n")
    assert next(lines_backwards(path)) == b"last"
