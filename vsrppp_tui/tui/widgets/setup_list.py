"""The list of all configuration keys, with the one that is selected or edited."""

from __future__ import annotations

from collections.abc import Mapping

from textual.events import Resize
from textual.message import Message

from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_NAME, _UNIT, _EFFECT = 22, 15, 24  # cells of the columns; names may need more
_NARROWEST_VALUE = 14  # below that the unit gives way
_WIDEST_VALUE = 40  # beyond that, the room goes to the meaning


class SetupList(RowWidget, can_focus=True):
    """Draws the keys by group and keeps the selected one in sight."""

    class Selected(Message):
        """Another key is selected."""

    def __init__(self, edits: LiveEdits) -> None:
        super().__init__(id="setup-list")
        self._edits = edits
        self._names = list(edits.keys)
        groups = list(dict.fromkeys(info.group for info in edits.keys.values()))
        self._names.sort(key=lambda name: groups.index(edits.keys[name].group))
        self._name_width = max(_NAME, *(len(name) + 1 for name in self._names))
        self._place = 0
        self._top = 0
        self._pending: Mapping[str, str] = {}
        self.editor: LineEdit | None = None

    @property
    def selected(self) -> str:
        """The name of the selected key."""
        return self._names[self._place]

    def move(self, by: int) -> None:
        """Select another key, at most to the ends of the list."""
        self._place = min(len(self._names) - 1, max(0, self._place + by))
        self.redraw()
        self.post_message(self.Selected())

    def on_resize(self, event: Resize) -> None:
        """Keep the selected key in sight."""
        self.redraw()

    def redraw(self, pending: Mapping[str, str] | None = None) -> None:
        """Show the values in effect, and what edited keys wait for."""
        if pending is not None:
            self._pending = pending
        width, height = self.content_size
        rows, selected = self._all_rows(width)
        # One row more on either side, so that a heading above the selection is seen as well.
        self._top = min(self._top, max(0, selected - 1))
        self._top = max(self._top, selected + 2 - height)
        self._top = max(0, min(self._top, len(rows) - height))
        self.show(rows[self._top : self._top + height])

    def _all_rows(self, width: int) -> tuple[list[Row], int]:
        rows: list[Row] = []
        selected, group = 0, None
        for place, name in enumerate(self._names):
            info = self._edits.keys[name]
            if info.group != group:
                group = info.group
                rows.append((("─ ", "faint"), (f"{group} ", "accent"), ("─" * width, "faint")))
            if place == self._place:
                selected = len(rows)
            rows.append(self._key_row(name, width, place == self._place))
        return rows, selected

    def _key_row(self, name: str, width: int, selected: bool) -> Row:
        info = self._edits.keys[name]
        style = "selected" if selected else "text"
        faint = "selected" if selected else "dim"
        left = width - 2 - self._name_width - _EFFECT
        unit = _UNIT if left - _UNIT >= _NARROWEST_VALUE else 0  # the detail below names it too
        room = min(_WIDEST_VALUE, max(8, left - unit))
        rest = max(0, left - unit - room)
        wait = self._pending.get(name)
        effect = f"… waits for {wait}" if wait else _effect_text(info.effect)
        return (
            (f"{'▸' if selected else ' '} {name:<{self._name_width}}", style),
            *self._value(name, room, selected),
            (f" {shorten(info.unit, unit - 1):<{unit - 1}}" if unit else "", faint),
            (f"{shorten(effect, _EFFECT):<{_EFFECT}}", "warning" if wait else faint),
            (f"{shorten(info.meaning, rest) if rest >= 20 else '':<{rest}}", faint),
        )

    def _value(self, name: str, room: int, selected: bool) -> Row:
        if not (selected and self.editor is not None):
            text = shorten(self._edits.value(name) or "–", room)
            return ((f"{text:<{room}}", "selected" if selected else "strong"),)
        before, under, after = self.editor.window(room)
        rest = room - len(before) - 1
        return ((before, "strong"), (under, "cursor"), (f"{after:<{rest}}", "strong"))


def _effect_text(effect: str) -> str:
    return {"live": "next step", "new run": "locked: new run only"}.get(effect, effect)
