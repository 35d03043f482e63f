"""Colours reach the terminal in fewer bytes, and the picture stays the same."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.style import Style

from vsrppp_tui.tui.sgr import LeanColours

COLUMNS, ROWS = 12, 4
COLOURS = st.none() | st.builds(
    Color.parse, st.sampled_from(["red", "bright_blue", "color(68)", "#102030", "default"])
)
STYLES = st.builds(
    lambda colour, background, bold, reverse, underline: (
        Style.from_color(colour, background)
        + Style(bold=bold, reverse=reverse, underline=underline)
    ),
    COLOURS,
    COLOURS,
    *[st.booleans()] * 3,
)
TEXTS = st.text("ab ─⣀", min_size=1, max_size=8)
MOVES = st.builds(
    lambda row, column: f"\x1b[{row};{column}H", st.integers(1, ROWS), st.integers(1, 6)
)
PIECES = st.one_of(
    MOVES,
    st.just("\r\n"),
    st.just("\x1b[2J"),
    st.builds(lambda style, text: style.render(text), STYLES, TEXTS),
    TEXTS,
)


def picture(written: str) -> list[list[tuple[object, ...]]]:
    """Every cell of a terminal with its looks."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(written)
    return [[tuple(screen.buffer[row][column]) for column in range(COLUMNS)] for row in range(ROWS)]


@given(st.lists(st.lists(PIECES, max_size=8), max_size=4))
def test_the_picture_is_the_same_and_takes_no_more_bytes(frames: list[list[str]]) -> None:
    colours = LeanColours()
    lean = "".join("".join(map(colours.lean, frame)) + colours.rest() for frame in frames)
    full = "".join(map("".join, frames))
    assert picture(lean) == picture(full)
    assert len(lean) <= len(full)


def test_pieces_of_one_look_are_coloured_once() -> None:
    dim = Style.from_color(Color.parse("color(239)"), Color.parse("color(16)"))
    colours = LeanColours()
    assert colours.lean(dim.render("─") * 3) == "\x1b[38;5;239;48;5;16m───"
    assert colours.rest() == "\x1b[m"
    assert colours.rest() == ""


def test_a_change_says_only_what_changes() -> None:
    black = Color.parse("color(16)")
    one, other = (Style.from_color(Color.parse(f"color({n})"), black) for n in (68, 239))
    colours = LeanColours()
    colours.lean(one.render("a"))
    assert colours.lean("\x1b[2;3H" + other.render("b")) == "\x1b[2;3H\x1b[38;5;239mb"
    assert colours.lean(Style(bold=True).render("c")) == "\x1b[0;1mc"


def test_other_sequences_pass() -> None:
    colours = LeanColours()
    told = "\x1b[?2026h\x1b]52;c;YWJj\x07\x1b[>1u"
    assert colours.lean(told) == told
