"""The footer of the picture screen: the keys that do something now, by what they do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from vsrppp_tui.tui.actions import Action
from vsrppp_tui.tui.comparison import Layout
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, row_width

_ARROWS = tuple(f"pictures.{way}" for way in ("left", "right", "up", "down"))
# What the arrows do as well, until one zooms in and they move about.
_OTHER_WAYS = {f"pictures.{what}" for what in ("before", "next", "older", "newer")}
_OF_A_PICTURE = {f"pictures.{what}" for what in ("swap", "difference", "zoom_in", "zoom_out")}
# Shorter words for where the row is too long otherwise, if need be all of them.
_SHORTER = (
    {"Next part": "Next", "Difference": "Diff", "Side by side": "Back"},
    {"Validation": "Step"},
)
_ENDLESS = 10_000  # cells


@lru_cache(maxsize=8)  # asked for at each look at the run
def keys_row(
    actions: tuple[Action, ...], layout: Layout, zoomed: bool, no_color: bool, width: int
) -> Row:
    """As many of the keys as there is room for.

    Args:
        actions: of the picture screen.
        layout: how the picture is laid out now.
        zoomed: whether there is more of it than is seen.
        no_color: whether no picture can be shown.
        width: cells.
    """
    hidden = _hidden(layout, zoomed, no_color)
    named = [action for action in actions if action.name not in hidden]
    words = {action.name: action.word for action in named} | _words(layout, zoomed)
    if zoomed:
        more = [replace(a, rank=3) if a.name in _OTHER_WAYS else a for a in named]
        if _all_fit(more, words, width):
            return footer_row(more, width, words)
    needed = [action for action in named if action.rank in (0, 1)]
    for shorter in _SHORTER:
        if not _all_fit(needed, words, width):
            words = {name: shorter.get(word, word) for name, word in words.items()}
    return footer_row(named, width, words)


def _hidden(layout: Layout, zoomed: bool, no_color: bool) -> set[str]:
    hidden = set() if layout.gain else {"pictures.gain"}
    if not layout.large or layout.gain:  # two differences: swapping them is all there is
        hidden.add("pictures.cycle")
    if not zoomed:
        hidden.add("pictures.whole")
    if no_color:  # there is nothing to enlarge
        hidden |= _OF_A_PICTURE
    return hidden


def _words(layout: Layout, zoomed: bool) -> dict[str, str]:
    """What keys do now, where that is not what the list of actions says."""
    words = dict.fromkeys(_ARROWS if zoomed else (), "Move")
    if layout.gain:
        words |= {"pictures.difference": "Parts", "pictures.back": "Parts"}
    if layout.large:
        words |= {"pictures.swap": "Swap", "pictures.back": "Side by side"}
    return words


def _all_fit(actions: Sequence[Action], words: Mapping[str, str], width: int) -> bool:
    """Whether all of the keys have room, two cells apart."""
    row = footer_row(actions, _ENDLESS, words)  # three cells apart
    keys = sum(style == "key" for _, style in row)
    return row_width(row) - (keys - 1) <= width
