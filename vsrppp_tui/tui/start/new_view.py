"""How the form for a new run looks: fields, costs or entries of a folder, the same as a command, a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event

from textual.app import ComposeResult
from textual.events import Resize

from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import NEW
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.start.command_rows import command_rows
from vsrppp_tui.tui.start.cost_rows import cost_rows, entry_rows
from vsrppp_tui.tui.start.form import SOURCE, START, Form
from vsrppp_tui.tui.start.form_rows import FormRows
from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Speed
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import message_lines

_MESSAGE_ROWS, _MOST_MESSAGE_ROWS = 2, 6
_TALL = 35  # from here on the names in a folder have room beside all else
_NAMES, _COSTS = 4, 3  # rows of each; not asked of a widget that is only about to be shown


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
        self._refused = False  # a start was, and nothing has changed since
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
        yield RowWidget(id="names")
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
            told = replace(self._told, field="") if self._untouched() else self._told
            self.query_one(FormRows).take(self._form, told, looking)
        title: Row = (("New run", "accent"),)
        self._show("#title", [title])
        tall = self.size.height >= _TALL
        self.set_class(tall, "-tall")
        names = self._names(_NAMES if tall else _COSTS)
        self._show("#names", names if tall else [])
        self._show("#costs", names if names and not tall else self._costs())
        self._show("#same", command_rows(self._told.commands, self._width("#same")))
        self._show_message(self._message())
        self._show("#footer", [self._footer()])

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

    def _footer(self) -> Row:
        """What works now in the selected row."""
        told, form = self._told, self._form
        row = SOURCE if form is None else form.selected
        sized = told.costs is not None and told.costs.work is not None
        works = {
            "new.complete": row == SOURCE,
            "new.left": row != START and form is not None and form.line(row) is None,
            "new.measure": sized and not told.first and self._cancel is None,
            "new.start": row != START,  # Enter says it there
            "new.copy": bool(told.commands),
        }
        works["new.right"] = works["new.left"]
        words = {"new.enter": "Start"} if row == START else {}
        actions = [each for each in self.actions if works.get(each.name, True)]
        return footer_row(actions, self._width("#footer"), words)

    def _untouched(self) -> bool:
        """Whether nothing was named yet and no start refused: no mistake so far."""
        named = self._form is not None and self._form.draft.source
        return self._told.field == SOURCE and not named and not self._refused

    def _names(self, height: int) -> list[Row]:
        """The entries of a folder while a path is typed."""
        if self._form is None or self._form.selected != SOURCE:
            return []
        found, place = self._offered or (self._completion, None)
        if len(found.entries) < 2 or not (self._offered or self._told.problem):
            return []
        keys = self.keys.shown("new.complete"), self.keys.shown("new.right")
        return entry_rows(found, place, keys, self._width("#costs"), height)

    def _costs(self) -> list[Row]:
        key, width = self.keys.shown("new.measure"), self._width("#costs")
        return cost_rows(self._told, self._fitting_speed(), self._cancel is not None, key, width)

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

    def _message(self) -> list[Row]:
        """What speaks against it, or what should be known before."""
        notes: list[tuple[str, Level]] = []
        if self._note is not None:
            notes = [self._note]
        elif self._start_wanted:
            notes = [("Looking once more before the start …", "info")]
        elif self._told.problem:
            notes = [(self._told.problem, "info" if self._untouched() else "error")]
        else:
            notes = [(text, level) for level, text in self._told.notices]
        rows: list[Row] = []
        for text, level in notes:
            rows += message_lines(level, text, self._width("#message"), _MOST_MESSAGE_ROWS)
        return rows[:_MOST_MESSAGE_ROWS]
