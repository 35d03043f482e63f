"""The live setup: every key of the configuration, edited in place while the run goes on."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key, Paste, Resize

from vsrppp_tui.tui.actions import SETUP, bindings
from vsrppp_tui.tui.events import Note
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.setup_list import SetupList
from vsrppp_tui.tui.widgets.states import LEVEL_MARKS

_PAGE = 10
_MOVES = {"up": -1, "down": 1, "pageup": -_PAGE, "pagedown": _PAGE, "home": -9999, "end": 9999}
_DETAIL_ROWS = 4
_EFFECTS = {
    "live": "A change applies at the next step.",
    "next epoch": "A change waits for the next epoch.",
    "restart": "A change waits until the run is started again.",
    "new run": "Locked: it can only be chosen for a new run.",
}


class SetupScreen(RunScreen):
    """Arrows select, Enter edits and applies, U undoes, Escape goes back."""

    GROUP = SETUP
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SETUP)]

    def __init__(self, model: RunModel, edits: LiveEdits) -> None:
        super().__init__()
        self._model = model
        self._edits = edits
        self._note: Note | None = None

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield SetupList(self._edits)
        yield RowWidget(id="detail")
        yield RowWidget(id="message")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin at the first key."""
        self._list.focus()
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Wrap the texts to the new width, once the widgets have it."""
        self.call_after_refresh(self.follow)

    @property
    def _list(self) -> SetupList:
        return self.query_one(SetupList)

    def follow(self) -> None:
        snapshot = self._model.snapshot
        self._list.redraw(snapshot.pending)
        title: Row = (
            ("Live setup", "accent"),
            (f"   {snapshot.run.recipe}, step {snapshot.step:,}", "dim"),
        )
        self.query_one("#title", RowWidget).show([title])
        self.query_one("#detail", RowWidget).show(self._detail_rows())
        self.query_one("#message", RowWidget).show(self._message_rows())
        self.query_one("#footer", RowWidget).show([self._key_row()])

    def on_setup_list_selected(self, message: SetupList.Selected) -> None:
        """Describe the key that is selected now."""
        self._note = None
        self.follow()

    def on_key(self, event: Key) -> None:
        """All keys of this screen; while editing they belong to the text."""
        handled = self._editing_key(event) if self._list.editor else self._browsing_key(event)
        if handled:
            event.stop()
            event.prevent_default()
            self.follow()

    def on_paste(self, event: Paste) -> None:
        """Paste into the value that is edited."""
        if self._list.editor is not None:
            self._list.editor.insert(event.text.strip())
            self.follow()

    def _browsing_key(self, event: Key) -> bool:
        if event.key in _MOVES:
            self._list.move(_MOVES[event.key])
        elif event.key == "enter":
            self._begin()
        elif event.key == "u":
            self._note = self._edits.undo() or self._say("Nothing to undo.")
        elif event.key in ("escape", "q"):
            self.dismiss()
        else:
            return False
        return True

    def _editing_key(self, event: Key) -> bool:
        editor = self._list.editor
        assert editor is not None
        if event.key == "enter":
            self._apply(editor.text)
        elif event.key == "escape":
            self._list.editor = None
        elif event.key in ("up", "down", "tab"):
            return True  # a value is applied or given up before another key is looked at
        else:
            return editor.key(event.key, event.character)
        return True

    def _begin(self) -> None:
        name = self._list.selected
        locked = self._edits.locked(name)
        self._note = self._say(locked) if locked else None
        if not locked:
            self._list.editor = LineEdit(self._edits.value(name))

    def _apply(self, text: str) -> None:
        name = self._list.selected
        if self._edits.problem(name, text) is None:
            self._list.editor = None
            self._note = self._edits.apply(name, text) or self._say(f"{name} is unchanged.")

    def _say(self, text: str) -> Note:
        return Note(self._model.clock(), text, "info")

    def _detail_rows(self) -> list[Row]:
        info = self._edits.keys[self._list.selected]
        unit = f" ({info.unit})" if info.unit else ""
        advice = f"  Advice: {info.advice}." if info.advice else ""
        width = max(20, self.query_one("#detail", RowWidget).content_size.width)
        allowed = f"Takes {info.allowed}{unit}; default {shown_value(info.default)}.{advice}"
        rows: list[Row] = [((line, "text"),) for line in textwrap.wrap(info.meaning, width)]
        rows += [((line, "dim"),) for line in textwrap.wrap(allowed, width)]
        rows.append(((_EFFECTS[info.effect], "dim"),))
        return rows[:_DETAIL_ROWS]

    def _message_rows(self) -> list[Row]:
        """The judgement of what is typed, or the reply to the last edit."""
        width = max(20, self.query_one("#message", RowWidget).content_size.width - 2)
        editor = self._list.editor
        if editor is not None:
            problem = self._edits.problem(self._list.selected, editor.text)
            mark, style = LEVEL_MARKS["error" if problem else "good"]
            text = problem or "Enter applies it."
        elif self._note is not None:
            mark, style = LEVEL_MARKS[self._note.level]
            text = self._note.text
        else:
            return []
        lines = textwrap.wrap(text, width)[:2]
        return [
            ((f"{mark if not i else ' '} ", style), (line, "text")) for i, line in enumerate(lines)
        ]

    def _key_row(self) -> Row:
        if self._list.editor is not None:
            return key_row([("Enter", "apply"), ("Esc", "give up")], 3)
        return key_row([("↑↓", "select"), ("Enter", "edit"), ("U", "undo"), ("Esc", "back")], 3)
