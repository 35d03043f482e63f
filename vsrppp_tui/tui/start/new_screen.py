"""The form for a new run: what to train on, which network, and what that costs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key, Paste, Resize

from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import NEW
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.screens.base import RunScreen, leave
from vsrppp_tui.tui.start.cost_rows import cost_rows, entry_rows
from vsrppp_tui.tui.start.form import SOURCE, START, Form
from vsrppp_tui.tui.start.form_rows import FormRows
from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Recipe, Speed
from vsrppp_tui.tui.start.services import FormServices
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import LEVEL_MARKS

_MESSAGE_ROWS, _MOST_MESSAGE_ROWS = 2, 6


class NewScreen(RunScreen):
    """Every change is judged in a thread; the newest one first, the others never.

    Args:
        services: judging, measuring, completing.
        background: the threads.
        start: called with a draft that nothing speaks against.
        keep: called with the draft when the form is left without a start.
        draft: what was filled in before.
        message: why it could not be begun.
    """

    GROUP = NEW
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(NEW)]

    def __init__(
        self,
        services: FormServices,
        background: Background,
        start: Callable[[Draft], None],
        keep: Callable[[Draft], None],
        draft: Draft | None = None,
        message: str = "",
    ) -> None:
        super().__init__()
        self._services = services
        self._background = background
        self._start = start
        self._keep = keep
        self._before = draft
        self._note: tuple[str, Level] | None = (message, "error") if message else None
        self._form: Form | None = None
        self._told = Judgement()
        self._judged: Draft | None = None  # whose judgement that is
        self._judging = False
        self._start_wanted = False
        self._completion = Completion("", ())
        self._completed: str | None = None  # whose completion that is
        self._completing = False
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

    def on_mount(self) -> None:
        """Read the recipes."""
        self.query_one(FormRows).focus()
        self._background.run(self._services.recipes, self._take_recipes, self._fail)
        self.follow()

    def on_unmount(self) -> None:
        """End a measurement that nobody waits for any more."""
        if self._cancel is not None:
            self._cancel.set()

    def on_resize(self, event: Resize) -> None:
        """Arrange the rows anew, once the widgets have their sizes."""
        self.call_after_refresh(self.follow)

    def poll(self) -> None:
        """Ask for a judgement of what has changed; called by the tick."""
        form = self._form
        if form is None:
            return
        draft = form.draft
        if draft != self._judged and not self._judging:
            self._judging = True
            self._background.run(
                lambda: self._services.judge(draft),
                lambda told: self._take_judgement(draft, told),
                lambda text: self._take_judgement(draft, Judgement(problem=text)),
            )
            self.follow()
        if draft.source != self._completed and not self._completing and self._offered is None:
            self._completing = True
            self._background.run(
                lambda: self._services.complete(draft.source),
                lambda found: self._take_completion(draft.source, found),
                lambda text: self._take_completion(draft.source, Completion(draft.source, ())),
            )

    def on_screen_resume(self) -> None:
        """Begin what was judged while the help or the palette was on top."""
        self._start_if_judged()

    async def on_key(self, event: Key) -> None:
        """Keys in the order in which they were typed.

        Textual runs bindings one queue later than this handler, so that what is typed behind Enter would
        overtake it; the actions of the list are therefore run here.
        """
        if self.app.screen is not self:  # typed behind the key that left the form
            event.stop()
            event.prevent_default()
            return
        action = next((each for each in self.actions if event.key in each.key_list), None)
        if action is not None:
            await self.run_action(action.action)
        elif self._form is None or not self._form.key(event.key, event.character):
            return
        else:
            self._changed()
        event.stop()
        event.prevent_default()

    def on_paste(self, event: Paste) -> None:
        """A dropped file is the source, whatever row is selected."""
        event.stop()
        if self._form is not None:
            self._form.paste(event.text)
            self._changed()

    def action_move(self, by: int) -> None:
        """Select another row."""
        if self._form is not None:
            self._form.move(by)
            self._offered = None
            self.follow()

    def action_complete(self) -> None:
        """Complete the path as far as it is certain, then offer the entries one after another."""
        form = self._form
        if form is None or form.selected != SOURCE:
            self.action_move(1)
            return
        if self._offered is not None:
            found, place = self._offered
            self._offer(found, (place + 1) % len(found.entries))
        elif self._completed != form.draft.source:
            return  # the answer is on its way
        elif self._completion.text != form.draft.source or len(self._completion.entries) < 2:
            form.set_source(self._completion.text)
        else:
            self._offer(self._completion, 0)
        self.follow()

    def action_enter(self) -> None:
        """Go to the next row; at the last one, start."""
        if self._form is not None and self._form.selected == START:
            self.action_start()
        else:
            self.action_move(1)

    def action_start(self) -> None:
        """Begin the run, once the newest judgement has nothing against it."""
        self._start_wanted = self._form is not None
        self._note = None
        self._start_if_judged()
        self.follow()

    def action_measure(self) -> None:
        """Take a few real steps with this network."""
        if self._form is None or self._cancel is not None:
            return
        draft, cancel = self._form.draft, Event()
        self._cancel = cancel
        self._note = None
        self._background.run(
            lambda: self._services.measure(draft, cancel),
            lambda speed: self._take_speed(draft, speed),
            self._fail_to_measure,
        )
        self.follow()

    def action_copy(self) -> None:
        """Copy the command lines."""
        if self._told.commands:
            self.app.copy_to_clipboard("\n".join(self._told.commands))
            self._note = ("The command is copied, if your terminal allows that.", "good")
            self.follow()

    def action_back(self) -> None:
        """To the list; what was filled in is kept."""
        if self._form is not None:
            self._keep(self._form.draft)
        self._start_wanted = False
        leave(self)

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

    def _changed(self) -> None:
        self._note = None
        self._start_wanted = False
        self._offered = None
        self.follow()

    def _offer(self, found: Completion, place: int) -> None:
        assert self._form is not None
        head = found.text.rpartition("/")[0:2]
        self._form.set_source("".join(head) + found.entries[place])
        self._offered = (found, place)

    def _take_recipes(self, recipes: tuple[Recipe, ...]) -> None:
        self._form = Form(recipes, self._before)
        self.poll()
        self.follow()

    def _take_judgement(self, draft: Draft, told: Judgement) -> None:
        self._judging = False
        self._judged, self._told = draft, told
        self._start_if_judged()
        self.follow()

    def _take_completion(self, source: str, found: Completion) -> None:
        self._completing = False
        self._completed, self._completion = source, found
        self.follow()

    def _take_speed(self, draft: Draft, speed: Speed) -> None:
        self._cancel = None
        self._speed = (draft, speed)
        self.follow()

    def _fail_to_measure(self, text: str) -> None:
        self._cancel = None
        self._fail(text)

    def _fail(self, text: str) -> None:
        self._note = (text, "error")
        self.follow()

    def _start_if_judged(self) -> None:
        form = self._form
        if not self._start_wanted or form is None or self._judged != form.draft:
            return
        if self.app.screen is not self:
            return
        self._start_wanted = False
        if self._told.problem:
            form.select(self._told.field)
        else:
            self._start(form.draft)

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
            mark, style = LEVEL_MARKS[level]
            lines = textwrap.wrap(text, self._width("#message") - 2)
            rows += [((f"{' ' if n else mark} ", style), (s, "text")) for n, s in enumerate(lines)]
        return rows[:_MOST_MESSAGE_ROWS]


def _wrapped(command: str, width: int) -> list[str]:
    """A command line in several rows, its words whole."""
    return textwrap.wrap(command, width, break_long_words=False, break_on_hyphens=False)
