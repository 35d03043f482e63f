"""The keys, in one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from vsrppp_tui.tui.action_list import APP
from vsrppp_tui.tui.actions import Action
from vsrppp_tui.tui.key_names import shown_key
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width

ARROWS = "←→↑↓"
_OF_A_LIVE_RUN = frozenset(
    f"dashboard.{what}" for what in ("pause", "validate", "checkpoint", "detach")
)


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
        idle = self.model.over or self.model.state == "starting"
        # A fifth of the time of a look at the run, were it made anew each time.
        if self._known is None or self._known[0] != (width, words, idle):
            self._known = (width, words, idle), self._row(width, words, idle)
        return [self._known[1]]

    def words(self) -> Mapping[str, str]:
        """Other words for the time being, by the names of the actions."""
        return {"dashboard.pause": "Continue"} if self.model.state == "paused" else {}

    def _row(self, width: int, words: Mapping[str, str], idle: bool) -> Row:
        gone = _OF_A_LIVE_RUN if idle else frozenset()
        actions = [action for action in self._actions if action.name not in gone]
        return footer_row(actions, width, words)


def footer_row(
    actions: Sequence[Action], width: int, words: Mapping[str, str] | None = None
) -> Row:
    """The keys of the actions with their words, the least important ones left out where room is short.

    `words` are other words for the time being, by the names of the actions.
    """
    words = words or {}
    named = [action for action in actions if action.rank is not None]
    always = [action for action in named if action.rank == 0]
    for gap, needed in ((3, named), (2, always), (1, [])):
        shown = _as_many_as_fit(named, width, gap, words)
        if all(action in shown for action in needed):
            break
    return key_row(_joined(shown, words), gap)


def _as_many_as_fit(
    actions: Sequence[Action], width: int, gap: int, words: Mapping[str, str]
) -> list[Action]:
    """The actions of the lowest ranks, and of the others each that still has room, in their order."""
    shown: list[Action] = []
    for action in sorted(actions, key=lambda action: action.rank or 0):
        more = [other for other in actions if other in shown or other is action]
        if row_width(key_row(_joined(more, words), gap)) <= width:
            shown = more
    return shown


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
