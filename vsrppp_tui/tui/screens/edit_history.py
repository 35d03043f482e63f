"""Every edit of the run, with the way back to the value before each."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from vsrppp_tui.counting import count, counted
from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import EDIT_HISTORY
from vsrppp_tui.tui.actions import Action, bindings
from vsrppp_tui.tui.edit_history import PastEdit
from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.text import date_time
from vsrppp_tui.tui.widgets.badges import holds_from
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.past_edits import edit_columns, past_edit_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import message_lines

_DETAIL, _MESSAGE = 3, 2  # rows


class EditHistoryScreen(RunScreen):
    """The newest edit on top; U stages the value that the selected one replaced.

    Args:
        model: the run.
        edits: where a value is staged.
        staged: called with the key whose old value has been staged, after this screen has closed.
    """

    GROUP = EDIT_HISTORY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EDIT_HISTORY)]

    def __init__(self, model: RunModel, edits: LiveEdits, staged: Callable[[str], None]) -> None:
        super().__init__()
        self._model = model
        self._edits = edits
        self._staged = staged
        self._selected: PastEdit | None = None
        self._top = 0
        self._note: tuple[Level, str] = ("info", "")

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield RowWidget(id="past-edits")
        yield RowWidget(id="detail")
        yield RowWidget(id="message")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin at the newest edit."""
        self.query_one("#detail").styles.height = _DETAIL + 1
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Wrap the texts to the new size, once the widgets have it."""
        self.call_after_refresh(self.follow)

    def follow(self) -> None:
        edits = self._model.past_edits.newest_first
        if self._selected not in edits:  # an edit that comes meanwhile moves nothing
            self._selected = edits[0] if edits else None
        width = max(20, self.app.size.width - 2)
        self._show("#title", [self._title(len(edits))])
        self._show("#past-edits", self._rows(edits, width))
        self._show("#detail", self._detail(width))
        self._show("#message", message_lines(*self._message(), width, _MESSAGE))
        self._show("#footer", [footer_row(self._useful(), width)])

    def action_move(self, by: int) -> None:
        """Select another edit."""
        edits = self._model.past_edits.newest_first
        if self._selected in edits:
            place = edits.index(self._selected) + by
            self._selected = edits[min(len(edits) - 1, max(0, place))]
        self._note = ("info", "")
        self.follow()

    def action_revert(self) -> None:
        """Stage the value that the selected edit replaced, and go back to the setup."""
        edit = self._selected
        if edit is None:
            return
        reason = self._against(edit)
        if reason is not None:
            self._note = ("warning", reason)
            self.follow()
            return
        self._edits.put(edit.name, edit.old)
        self.app.pop_screen()
        self._staged(edit.name)

    def _against(self, edit: PastEdit) -> str | None:
        """Why the value before an edit cannot be staged."""
        if edit.name not in self._edits.keys:
            return f"{edit.name} is no key of this run any more."
        return self._edits.locked(edit.name) or self._edits.problem_with(edit.name, edit.old)

    def _title(self, number: int) -> Row:
        edits = counted(number, "change")
        return (
            ("History of edits", "accent"),
            (f"   {edits}, the newest first", "dim"),
        )

    def _rows(self, edits: list[PastEdit], width: int) -> list[Row]:
        if not edits:
            text = "Nothing has been edited in this run yet."
            if not self._model.history_done:
                text = "Reading the records …" if self._model.ever_ran else text
            return [((text, "dim"),)]
        height = max(1, self.query_one("#past-edits").content_size.height)
        place = edits.index(self._selected) if self._selected in edits else 0
        self._top = max(min(self._top, place), place - height + 1)
        self._top = max(0, min(self._top, len(edits) - height))
        shown = edits[self._top : self._top + height]
        at = edit_columns(edits, width)
        return [past_edit_row(edit, edit == self._selected, at, width) for edit in shown]

    def _detail(self, width: int) -> list[Row]:
        edit = self._selected
        if edit is None:
            return []
        text = (
            f"{edit.name}: {shown_value(edit.old)} → {shown_value(edit.new)} at step {count(edit.step)}, "
            f"{date_time(edit.time)}, by {edit.who or 'someone'}. "
            f"{self._now(edit.name)}."
        )
        lines = textwrap.wrap(text, width, max_lines=_DETAIL, placeholder=" …")
        return [((line, "text"),) for line in lines]

    def _now(self, name: str) -> str:
        waits = self._edits.waits_for(name)
        when = f"From {holds_from(waits)} on" if waits else "Now"
        return f"{when} {self._edits.value(name) or 'unknown'}"

    def _message(self) -> tuple[Level, str]:
        if self._note[1]:
            return self._note
        closed = self._edits.closed()
        if closed:
            return "warning", closed
        return (
            "info",
            "Shown are the edits among the newest 500 recorded events, and those made since the dashboard "
            "was opened.",
        )

    def _useful(self) -> list[Action]:
        unused = "edits.revert" if self._edits.closed() else ""
        return [action for action in self.actions if action.name != unused]

    def _show(self, selector: str, rows: list[Row]) -> None:
        self.query_one(selector, RowWidget).show(rows)
