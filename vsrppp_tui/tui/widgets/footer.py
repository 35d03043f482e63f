"""The keys, in one row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len

from vsrppp_tui.tui.action_list import APP
from vsrppp_tui.tui.actions import Action
from vsrppp_tui.tui.key_names import shown_key
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width

ARROWS = "←→↑↓"
# What does nothing now.
_OF_A_LIVE_RUN = frozenset(
    f"dashboard.{what}" for what in ("pause", "validate", "checkpoint", "detach")
)
_OF_PANELS = frozenset(f"dashboard.{what}" for what in ("sort", "scale"))  # hidden in the beginning
_VALIDATE = frozenset({"dashboard.validate"})  # would examine the same step again
_OF_THE_END = frozenset({"dashboard.summary"})


class Footer(Panel):
    """Names the keys of the dashboard that do something now; as many as the terminal has room for."""

    def __init__(
        self, model: RunModel, actions: Sequence[Action], keys: Keys, *, id: str | None = None
    ) -> None:
        super().__init__(model, id=id)
        self._actions = (*actions, *keys.group(APP).actions)
        self._known: tuple[object, Row] | None = None  # what the last row was made for, and the row

    def build(self, width: int, height: int) -> Sequence[Row]:
        words = self.words()
        gone = self._gone()
        # A fifth of the time of a look at the run, were it made anew each time.
        if self._known is None or self._known[0] != (width, words, gone):
            actions = [action for action in self._actions if action.name not in gone]
            self._known = (width, words, gone), footer_row(actions, width, words)
        return [self._known[1]]

    def _gone(self) -> frozenset[str]:
        if self.model.over:
            return _OF_A_LIVE_RUN
        if self.model.state == "starting":
            return _OF_THE_END | _OF_A_LIVE_RUN | _OF_PANELS
        return _OF_THE_END | _VALIDATE if self.model.state == "validating" else _OF_THE_END

    def words(self) -> Mapping[str, str]:
        """Other words for the time being, by the names of the actions."""
        return {"dashboard.pause": "Continue"} if self.model.state == "paused" else {}


def footer_row(
    actions: Sequence[Action], width: int, words: Mapping[str, str] | None = None
) -> Row:
    """The keys of the actions with their words, the least important ones left out where room is short.

    `words` are other words for the time being, by the names of the actions.
    """
    words = words or {}
    named = [action for action in actions if action.rank is not None]
    always = [action for action in named if action.rank == 0]
    short = {action.name: action.short for action in named if action.short} | dict(words)
    none: list[Action] = []
    ways = ((3, named, words), (2, named, words), (2, always, short), (1, none, short))
    for gap, needed, said in ways:
        shown = _as_many_as_fit(named, width, gap, said)
        if all(action in shown for action in needed):
            break
    row = key_row(_joined(shown, words), gap)
    return row if row_width(row) <= width else key_row(_joined(shown, said), gap)


def _as_many_as_fit(
    actions: Sequence[Action], width: int, gap: int, words: Mapping[str, str]
) -> list[Action]:
    """The actions of the lowest ranks, in their order: of a rank all or those that have room, then no more.

    Neighbours with the same word, such as the two keys that page, are there together or not at all.
    """
    pairs = [
        list(pair) for _, pair in groupby(actions, key=lambda one: words.get(one.name, one.word))
    ]
    shown: list[Action] = []
    full_at = math.inf
    for pair in sorted(pairs, key=_rank):
        more = [action for action in actions if action in shown or action in pair]
        if _rank(pair) > full_at:
            break
        if row_width(key_row(_joined(more, words), gap)) <= width:
            shown = more
        else:
            full_at = _rank(pair)
    return shown


def _rank(pair: Sequence[Action]) -> int:
    return min(action.rank or 0 for action in pair)


def _joined(actions: Sequence[Action], words: Mapping[str, str]) -> list[tuple[str, str]]:
    """First keys and words; neighbours with the same word become one: ``←→ Sample``."""
    joined: list[tuple[str, str]] = []
    for action in actions:
        key, word = shown_key(action.key_list[0]), words.get(action.name, action.word)
        if joined and joined[-1][1] == word:
            before = joined.pop()[0]
            arrows = key in ARROWS and before[-1] in ARROWS
            key = before + ("" if arrows else " ") + key
        joined.append((key, word))
    return joined


def key_row(keys: Sequence[tuple[str, str]], gap: int = 2) -> Row:
    """Keys with what they do."""
    row: Row = ()
    for name, meaning in keys:
        row += ((" " * gap if row else "", "text"), (name, "key"), (f" {meaning}", "dim"))
    return row


def key_at(row: Row, x: int) -> str | None:
    """The key whose name or word stands at cell `x` of a row of keys; of ``←→``, the one that is met."""
    end, keys = 0, ""
    for text, style in row:
        start, end = end, end + cell_len(text)
        if style == "key":
            keys = text
        if start <= x < end:
            break
    else:
        return None
    if style == "text":  # the gap between two keys
        return None
    if set(keys) <= set(ARROWS) and len(keys) > 1:
        return keys[min(x - start, len(keys) - 1)] if style == "key" else keys[-1]
    return keys.split(" ")[0]
