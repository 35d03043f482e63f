"""The list of the configuration keys, with the one that is selected or edited."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Resize
from textual.message import Message

from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.setup_keys import matching, named
from vsrppp_tui.tui.text import UNKNOWN, shorten, shorten_name
from vsrppp_tui.tui.value_edit import ValueEdit
from vsrppp_tui.tui.widgets.badges import CHANGED, STAGED, short_badge
from vsrppp_tui.tui.widgets.rows import Piece, Row, RowWidget, padded
from vsrppp_tui.tui.widgets.setup_columns import Columns, columns

_HEADING = "─ "  # no key begins so
_NO_KEY: Row = (("No key matches. ", "warning"), ("Esc shows all.", "dim"))


class SetupList(RowWidget, can_focus=True):
    """Draws the keys under their headings and keeps the selected one in sight."""

    class Scrolled(Message):
        """Other keys are in sight."""

    def __init__(self, edits: LiveEdits) -> None:
        super().__init__(id="setup-list")
        self._edits = edits
        self.search = ""
        self._wanted = next(iter(edits.keys))
        self._top = 0
        self.seen = (0, 0)  # the first and the last key in sight, from 1
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
        lines, selected = self._lines(), self.selected
        self._scroll(lines, selected, height)
        shown = lines[self._top : self._top + height]
        if len(shown) > 1 and not (shown[0] == selected or any(map(_is_heading, shown[:2]))):
            shown[0] = _HEADING + self._edits.keys[shown[0]].group  # of those below it
        if len(shown) > 1 and _is_heading(shown[-1]):
            shown.pop()  # of none that is seen
        keys = [line for line in shown if not _is_heading(line)]
        at = self.columns(width)
        rows = [self._row(line, at, width, line == selected) for line in shown]
        self.show(rows or [_NO_KEY])
        self._tell(keys)

    def _tell(self, keys: Sequence[str]) -> None:
        """Which keys are in sight, for the title."""
        names = self.names
        seen = (names.index(keys[0]) + 1, names.index(keys[-1]) + 1) if keys else (0, 0)
        if self.seen != seen:
            self.seen = seen
            self.post_message(self.Scrolled())

    def _lines(self) -> list[str]:
        """The names of the keys, and the headings before them."""
        lines: list[str] = []
        group = None
        for name in self.names:
            if self._edits.keys[name].group != group:
                group = self._edits.keys[name].group
                lines.append(_HEADING + group)
            lines.append(name)
        return lines

    def _scroll(self, lines: Sequence[str], selected: str | None, height: int) -> None:
        """Keep the selected key in sight, with one row more on either side: its heading is seen as well."""
        place = lines.index(selected) if selected is not None else 0
        self._top = min(self._top, max(0, place - 1))
        self._top = max(self._top, place + 2 - height)
        self._top = max(0, min(self._top, len(lines) - height))
        # The last key of a group alone would stand without its heading: one row more of it.
        first = lines[self._top : self._top + 2]
        if self._top and _is_last_of_group(first) and place < self._top + height - 1:
            self._top -= 1

    def _row(self, line: str, at: Columns, width: int, selected: bool) -> Row:
        if _is_heading(line):
            group = line.removeprefix(_HEADING)
            rest = "─" * (width - len(group) - 3)
            return (("─ ", "faint"), (f"{group} ", "accent"), (rest, "faint"))
        return self._key_row(line, at, width, selected)

    def _key_row(self, name: str, at: Columns, width: int, selected: bool) -> Row:
        info = self._edits.keys[name]
        style, faint = ("selected", "selected") if selected else ("text", "dim")
        begin: Row = (
            ("▸ " if selected else "  ", style),
            (f"{shorten_name(name, at.name - 1):<{at.name}}", style),
        )
        if selected and self.editor is not None:  # has the whole rest of the row to itself
            return begin + self._typed(name, self.editor, max(1, width - at.before_value))
        word, badge_style = short_badge(info.effect, self._edits.waits_for(name), at.badge - 1)
        value = self._value(name, at, selected)
        unit = at.value + at.unit - len(value[0])  # nothing, where the value takes these cells
        row: Row = (
            *begin,
            self._mark(name, selected),
            value,
            (f" {shorten(info.unit, unit - 1):<{unit - 1}}" if unit else "", faint),
            (
                f" {shorten(word, at.badge - 1):<{at.badge - 1}}",
                "selected" if selected else badge_style,
            ),
            (f"  {shorten(info.meaning, at.meaning - 2)}" if at.meaning else "", faint),
        )
        return padded(row, width, style)

    def columns(self, width: int) -> Columns:
        """The columns of the list where it is `width` cells wide."""
        keys = self._edits.keys
        return columns(
            width,
            max(map(len, keys)),
            max(len(self._edits.value(name)) for name in keys),
            max(len(info.unit) for info in keys.values()),
        )

    def _mark(self, name: str, selected: bool) -> Piece:
        if name in self._edits.staged:
            return f"{STAGED} ", "selected" if selected else "warning"
        if self._edits.changed(name):
            return f"{CHANGED} ", "selected" if selected else "high"
        return "  ", "selected" if selected else "text"

    def _typed(self, name: str, editor: ValueEdit, room: int) -> Row:
        """What is typed with its cursor; with another mark where it is wrong."""
        before, under, after = editor.line.window(room)
        rest = " " * max(0, room - len(before) - 1 - len(after))
        wrong = editor.problem is not None
        style = "error" if wrong else "strong"
        mark: Row = (("✗", "error"), (" ", "text")) if wrong else (self._mark(name, True),)
        return (*mark, (before, style), (under, "cursor"), (after, style), (rest, "text"))

    def _value(self, name: str, at: Columns, selected: bool) -> Piece:
        """The value in force; behind an arrow, one that is staged or waits."""
        text = self._edits.value(name) or UNKNOWN
        change = self._edits.staged.get(name)
        style = "strong"
        if change is not None:
            text, style = _arrow(text, shown_value(change.value), at), "warning"
        elif self._edits.waits_for(name):
            text, style = f"→ {text}", "text"
        room = at.value_room(len(text))
        return f"{shorten(text, room):<{room}}", "selected" if selected else style


def _arrow(old: str, new: str, at: Columns) -> str:
    """What becomes of a value; the new one alone where there is no room for both."""
    whole = f"{old} → {new}"
    return whole if len(whole) <= at.value_room(len(whole)) else f"→ {new}"


def _is_heading(line: str) -> bool:
    return line.startswith(_HEADING)


def _is_last_of_group(lines: Sequence[str]) -> bool:
    return not _is_heading(lines[0]) and _is_heading(lines[-1])
