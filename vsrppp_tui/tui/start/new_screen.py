"""The form for a new run: what its keys do, and what it has judged, completed and measured."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Key, Paste

from vsrppp_tui.tui.action_list import NEW
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.screens.base import leave
from vsrppp_tui.tui.start.form import SOURCE, START, Form
from vsrppp_tui.tui.start.form_rows import FormRows
from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Recipe, Speed
from vsrppp_tui.tui.start.new_view import NewView
from vsrppp_tui.tui.start.services import FormServices


class NewScreen(NewView):
    """Every change is judged in a thread; the newest one first, the others never.

    Args:
        services: judging, measuring, completing.
        background: the threads.
        start: called with a draft that nothing speaks against.
        keep: called with the draft when the form is left without a start.
        draft: what was filled in before.
        message: why it could not be begun.
    """

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
        super().__init__(message)
        self._services = services
        self._background = background
        self._start = start
        self._keep = keep
        self._before = draft
        self._judging = False
        self._completed: str | None = None  # whose completion that is
        self._completing = False
        self._tabbed: str | None = None  # whose completion was asked for before it was known

    def on_mount(self) -> None:
        """Read the recipes."""
        self.query_one(FormRows).focus()
        self._background.run(self._services.recipes, self._take_recipes, self._fail)
        self.follow()

    def on_unmount(self) -> None:
        """End a measurement that nobody waits for any more."""
        if self._cancel is not None:
            self._cancel.set()

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
            self._offered = self._tabbed = None
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
            self._tabbed = form.draft.source
            return  # the answer is on its way
        elif self._completion.text != form.draft.source or len(self._completion.entries) < 2:
            form.set_source(self._completion.text)
        else:
            self._offer(self._completion, 0)
        self.follow()

    def action_choose(self, key: str) -> None:
        """Another choice; in a text another character."""
        if self._form is not None and self._form.key(key, None):
            self._changed()

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

    def _changed(self) -> None:
        self._note = None
        self._start_wanted = self._refused = False
        self._offered = self._tabbed = None
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
        form = self._form
        if form is not None and self._tabbed == source == form.draft.source:
            self._tabbed = None
            self.action_complete()
        else:
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
            self._refused = True
            form.select(self._told.field)
        else:
            self._start(form.draft)
