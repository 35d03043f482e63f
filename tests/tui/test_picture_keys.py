"""The footer of the picture screen: each key by what it does now, in words that the room allows."""

from __future__ import annotations

import pytest

from vsrppp_tui.tui.action_list import PICTURES
from vsrppp_tui.tui.comparison import Layout
from vsrppp_tui.tui.picture_keys import keys_row
from vsrppp_tui.tui.widgets.rows import row_width

WIDTHS = (78, 118, 158, 248)


def footer(layout: Layout, zoomed: bool, width: int, no_color: bool = False) -> str:
    row = keys_row(PICTURES.actions, layout, zoomed, no_color, width)
    assert row_width(row) <= width
    return "".join(text for text, _ in row)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("gain", [0, 8])
@pytest.mark.parametrize("zoomed", [False, True])
def test_what_one_needs_is_named_at_every_size(
    width: int, large: bool, gain: int, zoomed: bool
) -> None:
    text = footer(Layout(large, gain), zoomed, width)
    needed = ["Space", "D ", "+ − Zoom", "? Help", "Esc "]
    needed += ["0 Whole", "←→↑↓ Move"] if zoomed else ["←→ Sample", "↑↓ "]
    needed += ["X Scale"] if gain else ["F Next"] if large else []
    assert all(name in text for name in needed), text


def test_escape_says_what_it_does() -> None:
    for layout, word in (
        (Layout(), "Back"),
        (Layout(gain=8), "Parts"),
        (Layout(large=True), "Side by side"),
        (Layout(large=True, gain=8), "Side by side"),
    ):
        assert footer(layout, False, 118).rstrip().endswith(f"Esc {word}")


def test_zoomed_in_the_ways_to_other_pictures_are_named_where_there_is_room() -> None:
    other_ways = "B N Sample   [ ] Validation"
    assert other_ways in footer(Layout(), True, 158)
    assert other_ways in footer(Layout(large=True), True, 158)
    assert "Sample" not in footer(Layout(), True, 78), "nor one of two keys alone"
    assert "B N" not in footer(Layout(), False, 248), "the arrows do it"


def test_without_colour_only_what_can_be_done_is_named() -> None:
    text = footer(Layout(), False, 118, no_color=True)
    assert "Large" not in text and "Zoom" not in text and "Y Copy path" in text
