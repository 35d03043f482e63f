"""How the form for a new run looks: fields, costs or entries of a folder, the same as a command, a sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from threading import Event

from textual.app import ComposeResult
from textual.events import Resize

from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import NEW
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.start.cost_rows import cost_rows, entry_rows
from vsrppp_tui.tui.start.form import SOURCE, Form
from vsrppp_tui.tui.start.form_rows import FormRows
from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Speed
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import message_lines

_MESSAGE_ROWS, _MOST_MESSAGE_ROWS = 2, 6


class NewView(RunScreen):
    """Draws the form and what is known of it; what its keys do is `NewScreen`'s.

    Args:
        message: why what was filled in before could not be begun.
    """

    GROUP = NEW

    def __init__(self, message: str) -> None:
        super().__init__()
        self._note: tuple[str, Level] | None = (message, "error") if message else None
        self._form: Form | None = None
        self._told = Judgement()
        self._judged: Draft | None = None  # whose judgement that is
        self._start_wanted = False
        self._completion = Completion("", ())
        self._offered: tuple[Completion, int] | None = None  # while Tab goes through the entries
        self._speed: tuple[Draft, Speed] | None = None
        self._cancel: Event | None = None  # of the measurement under way

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield FormRows()
        yield RowWidget(id="costs")
        yield RowWidget(id="same")
        yield RowWidget(id="message")
        yield RowWidget(id="footer")

    def on_resize(self, event: Resize) -> None:
        """Arrange the rows anew, once the widgets have their sizes."""
        self.call_after_refresh(self.follow)

    def follow(self) -> None:
        """Bring every row up to date; equal ones are not drawn."""
        if not (self.is_mounted and self.is_running):
            return
        if self._form is not None:
            looking = self._judged != self._form.draft
            self.query_one(FormRows).take(self._form, self._told, looking)
        title: Row = (("New run", "accent"),)
        self._show("#title", [title])
        self._show("#costs", self._lower())
        self._show("#same", self._same())
        self._show_message(self._message())
        self._show("#footer", [footer_row(self.actions, self._width("#footer"))])

    def _show(self, selector: str, rows: Sequence[Row]) -> None:
        self.query_one(selector, RowWidget).show(rows)

    def _show_message(self, rows: Sequence[Row]) -> None:
        """A long sentence takes rows from the fields, which scroll then."""
        widget = self.query_one("#message", RowWidget)
        height = max(_MESSAGE_ROWS, len(rows))
        if widget.styles.height is None or widget.styles.height.value != height:
            widget.styles.height = height
        widget.show(rows)

    def _width(self, selector: str) -> int:
        return max(20, self.query_one(selector, RowWidget).content_size.width)

    def _lower(self) -> list[Row]:
        """The entries of a folder while a path is typed, else what the run costs."""
        form = self._form
        size = self.query_one("#costs", RowWidget).content_size
        if form is not None and form.selected == SOURCE:
            found, place = self._offered or (self._completion, None)
            typing = self._offered is not None or self._told.problem
            if typing and len(found.entries) > 1:
                return entry_rows(found.entries, place, size.width, size.height)
        key = self.keys.shown("new.measure")
        costs = self._told.costs
        return cost_rows(costs, self._fitting_speed(), self._cancel is not None, key, size.width)

    def _fitting_speed(self) -> Speed | None:
        """What was measured, where the same network would be trained; its memory for the same batch."""
        if self._speed is None or self._form is None:
            return None
        measured, speed = self._speed
        draft = self._form.draft
        if (measured.recipe, measured.source) != (draft.recipe, draft.source):
            return None
        same = set(measured.values) == set(draft.values)
        return speed if same else replace(speed, memory=None, of=f"{speed.of}, before the change")

    def _same(self) -> list[Row]:
        """The command lines; a single one may take both rows."""
        width = self._width("#same")
        label = "Same as   "
        room = width - len(label)
        commands = self._told.commands
        lines = _wrapped(commands[0], room) if len(commands) == 1 else list(commands)
        lines = [*lines[:1], " ".join(lines[1:])] if len(commands) == 1 else lines[:2]
        return [
            ((" " * len(label) if n else label, "text"), (shorten(line, room), "accent"))
            for n, line in enumerate(lines)
        ]

    def _message(self) -> list[Row]:
        """What speaks against it, or what should be known before."""
        notes: list[tuple[str, Level]] = []
        if self._note is not None:
            notes = [self._note]
        elif self._start_wanted:
            notes = [("Looking once more before the start …", "info")]
        elif self._told.problem:
            notes = [(self._told.problem, "error")]
        else:
            notes = [(text, level) for level, text in self._told.notices]
        rows: list[Row] = []
        for text, level in notes:
            rows += message_lines(level, text, self._width("#message"), _MOST_MESSAGE_ROWS)
        return rows[:_MOST_MESSAGE_ROWS]


def _wrapped(command: str, width: int) -> list[str]:
    """A command line in several rows, its words whole."""
    return textwrap.wrap(command, width, break_long_words=False, break_on_hyphens=False)
