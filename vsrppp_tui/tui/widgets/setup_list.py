"""The list of the configuration keys, with the one that is selected or edited."""

from __future__ import annotations

from textual.events import Resize

from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.setup_keys import matching, named
from vsrppp_tui.tui.text import UNKNOWN, shorten, shorten_left
from vsrppp_tui.tui.value_edit import ValueEdit
from vsrppp_tui.tui.widgets.badges import CHANGED, STAGED, badge
from vsrppp_tui.tui.widgets.rows import Piece, Row, RowWidget

_SELECTED, _MARK = 2, 2  # cells of the columns: the marks of selection and change
_BADGE = 23
_NAME, _MOST_NAME = 22, 0.45  # cells; part of the width that the longest name may take
_VALUE, _USUAL_VALUE, _WIDEST_VALUE = 12, 26, 40  # cells; the widest where the meaning has enough
_UNIT = 14  # only where the value has room besides
_MEANING, _ENOUGH_MEANING = 20, 60


class SetupList(RowWidget, can_focus=True):
    """Draws the keys under their headings and keeps the selected one in sight."""

    def __init__(self, edits: LiveEdits) -> None:
        super().__init__(id="setup-list")
        self._edits = edits
        self.search = ""
        self._wanted = next(iter(edits.keys))
        self._top = 0
        self.editor: ValueEdit | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that are listed, in order."""
        return matching(self._edits.keys.values(), self.search)

    @property
    def selected(self) -> str | None:
        """The name of the selected key; None where the search leaves none."""
        names = self.names
        if self._wanted in names:
            return self._wanted
        return names[0] if names else None

    def move(self, by: int) -> None:
        """Select another key, at most to the ends of the list."""
        names, selected = self.names, self.selected
        if selected is not None:
            place = names.index(selected) + by
            self.select(names[min(len(names) - 1, max(0, place))])

    def select(self, name: str) -> None:
        """Select a key by its name; where the search leaves it out, as soon as that ends."""
        self._wanted = name

    def find(self, search: str) -> None:
        """List only the keys that match, and select one whose name does, where there is one."""
        self.search = search
        by_name = named(self._edits.keys.values(), search)
        if by_name and self._wanted not in by_name:
            self._wanted = by_name[0]

    def drop_orphan(self) -> str | None:
        """Close the editor of a key that is no longer there, an entry of a map; its name, if that happened."""
        if self.editor is None or self.editor.name == self.selected:
            return None
        name, self.editor = self.editor.name, None
        return name

    def on_resize(self, event: Resize) -> None:
        """Keep the selected key in sight."""
        self.redraw()

    def scroll_anew(self) -> None:
        """Begin at the top again, as far as the selected key lets it: the terminal has another size."""
        self._top = 0

    def redraw(self) -> None:
        """Show the values in effect, what is staged, and what edited keys wait for."""
        width, height = self.content_size
        rows, selected = self._all_rows(width)
        # One row more on either side, so that a heading above the selection is seen as well.
        self._top = min(self._top, max(0, selected - 1))
        self._top = max(self._top, selected + 2 - height)
        self._top = max(0, min(self._top, len(rows) - height))
        self.show(rows[self._top : self._top + height])

    def _all_rows(self, width: int) -> tuple[list[Row], int]:
        rows: list[Row] = []
        chosen, group, place = self.selected, None, 0
        for name in self.names:
            info = self._edits.keys[name]
            if info.group != group:
                group = info.group
                rows.append(
                    (
                        ("─ ", "faint"),
                        (f"{group} ", "accent"),
                        ("─" * (width - len(group) - 3), "faint"),
                    )
                )
            if name == chosen:
                place = len(rows)
            rows.append(self._key_row(name, width, name == chosen))
        return rows or [(("No key matches. ", "warning"), ("Esc shows all.", "dim"))], place

    def _key_row(self, name: str, width: int, selected: bool) -> Row:
        info = self._edits.keys[name]
        style, faint = ("selected", "selected") if selected else ("text", "dim")
        label, value, unit, meaning = self._widths(width)
        begin: Row = (
            ("▸ " if selected else "  ", style),
            (f"{shorten_left(name, label - 1):<{label}}", style),
            self._mark(name, selected),
        )
        if selected and self.editor is not None:  # has the whole rest of the row to itself
            return begin + self._typed(self.editor, max(1, width - _SELECTED - label - _MARK))
        word, badge_style = badge(info.effect, self._edits.waits_for(name))
        return (
            *begin,
            self._value(name, value, selected),
            (f" {shorten(info.unit, unit - 1):<{unit - 1}}" if unit else "", faint),
            (
                f" {shorten(word, _BADGE - 1):<{_BADGE - 1}}",
                "selected" if selected else badge_style,
            ),
            (f"{shorten(info.meaning, meaning):<{meaning}}", faint),
        )

    def _widths(self, width: int) -> tuple[int, int, int, int]:
        """Cells of name, value, unit and meaning; the last two give way in a narrow terminal."""
        longest = max(len(name) for name in self._edits.keys) + 1
        label = min(max(_NAME, longest), max(_NAME, int(_MOST_NAME * width)))
        left = max(_VALUE, width - _SELECTED - label - _MARK - _BADGE)
        unit = _UNIT if left - _UNIT >= _VALUE else 0
        widest = min(_WIDEST_VALUE, max(_USUAL_VALUE, left - unit - _ENOUGH_MEANING))
        value = min(widest, max(_VALUE, left - unit))
        meaning = left - unit - value
        return label, value, unit, meaning if meaning >= _MEANING else 0

    def _mark(self, name: str, selected: bool) -> Piece:
        if name in self._edits.staged:
            return f"{STAGED} ", "selected" if selected else "warning"
        if self._edits.changed(name):
            return f"{CHANGED} ", "selected" if selected else "high"
        return "  ", "selected" if selected else "text"

    def _typed(self, editor: ValueEdit, room: int) -> Row:
        before, under, after = editor.line.window(room)
        rest = max(0, room - len(before) - 1)
        return ((before, "strong"), (under, "cursor"), (f"{after:<{rest}}", "strong"))

    def _value(self, name: str, room: int, selected: bool) -> Piece:
        text = self._edits.value(name) or UNKNOWN
        change = self._edits.staged.get(name)
        if change is not None:
            text = _arrow(text, shown_value(change.value), room)
        style = "selected" if selected else "warning" if change else "strong"
        return f"{shorten(text, room):<{room}}", style


def _arrow(old: str, new: str, room: int) -> str:
    """What becomes of a value; the new one alone where there is no room for both."""
    whole = f"{old} → {new}"
    return whole if len(whole) <= room else f"→ {new}"
