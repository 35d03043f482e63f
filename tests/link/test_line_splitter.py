"""However the bytes arrive, the lines are the same."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.link.lines import LineSplitter, LineTooLong

LIMIT = 8
LINE = st.binary(max_size=LIMIT).map(lambda data: data.replace(b"\n", b" "))


def feed(data: bytes, cuts: list[int]) -> list[bytes | None]:
    """The lines of `data` cut into pieces; None at the end where one was too long."""
    splitter = LineSplitter(LIMIT)
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    lines: list[bytes | None] = []
    for begin, end in itertools.pairwise(places):
        splitter.feed(data[begin:end])
        try:
            while (line := splitter.next_line()) is not None:
                lines.append(line)
        except LineTooLong:
            return [*lines, None]
    return lines


@given(st.lists(LINE), LINE, st.lists(st.integers(0, 1000)))
def test_any_pieces_give_the_same_lines(lines: list[bytes], rest: bytes, cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in lines) + rest
    assert feed(data, cuts) == lines


@given(st.lists(LINE), st.integers(1, 50), st.booleans(), st.lists(st.integers(0, 1000)))
def test_a_line_that_is_too_long_is_found_after_the_good_ones(
    lines: list[bytes], excess: int, ended: bool, cuts: list[int]
) -> None:
    data = b"".join(line + b"\n" for line in lines) + b"x" * (LIMIT + excess) + b"\n" * ended
    assert feed(data, cuts) == [*lines, None]


def test_what_is_too_long_is_not_gathered() -> None:
    splitter = LineSplitter(LIMIT)
    splitter.feed(b"x" * (LIMIT + 1))
    with pytest.raises(LineTooLong, match="8 bytes"):
        splitter.next_line()
