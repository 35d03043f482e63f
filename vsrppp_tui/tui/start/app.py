"""The start screen as a Textual app of its own, which ends with what its user wants."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from vsrppp_tui.tui.action_list import APP
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.driver import TerminalDriver
from vsrppp_tui.tui.settings import UserSettings
from vsrppp_tui.tui.start.delete_screen import DeleteScreen
from vsrppp_tui.tui.start.entries import Choice, New, RunEntry
from vsrppp_tui.tui.start.list_screen import ListScreen
from vsrppp_tui.tui.start.new_run import Draft
from vsrppp_tui.tui.start.new_screen import NewScreen
from vsrppp_tui.tui.start.services import FormServices, RunServices
from vsrppp_tui.tui.themed import ThemedApp
from vsrppp_tui.tui.themes import DEFAULT

TICK_SECONDS = 0.1  # what threads have found is shown this soon
REFRESH_SECONDS = 2.0


class StartApp(ThemedApp[Choice]):
    """Shows recent runs; its return value is what to do next, None where its user left.

    Args:
        services: reading and deleting runs.
        form: what the form for a new run asks.
        place: the folder that it was started in, as shown.
        message: a sentence about what was tried before and could not be done.
        draft: a new run that could not be begun; the form opens with it.
        clock: the present Unix time.
        settings: the user's theme and keys; None: the defaults, which are kept nowhere.
    """

    LEAVING = "Back to the shell"
    CSS_PATH: ClassVar[list[str]] = ["../dashboard.tcss", "../themes.tcss", "../start.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(APP, priority=True)]

    def __init__(
        self,
        services: RunServices,
        form: FormServices,
        *,
        place: str = "",
        message: str = "",
        draft: Draft | None = None,
        clock: Callable[[], float] = time.time,
        settings: UserSettings | None = None,
    ) -> None:
        theme = settings.values.theme if settings is not None else DEFAULT
        super().__init__(theme, settings.bound if settings is not None else None)
        self._settings = settings
        self.set_keymap(self.keys.keymap())
        self._services = services
        self._form = form
        self._message = message
        self._draft = draft
        self._reopen = draft is not None
        self._clock = clock
        self._leaving = False  # set from other threads and signal handlers
        self._asked_at: float | None = None
        self._reading = False
        self.terminal_lost = False
        self.background = Background()
        self._list = ListScreen(services, self.background, self.exit, place)

    def get_default_screen(self) -> Screen[None]:
        return self._list

    def on_mount(self) -> None:
        """Begin to look for runs, after the first paint."""
        if self._reopen:
            self.call_after_refresh(self._open_form, self._message)
        elif self._message:
            self.call_after_refresh(self._list.say, self._message, "error")
        self.call_after_refresh(self._read, False)
        self.set_interval(TICK_SECONDS, self.tick)

    def tick(self) -> None:
        """Take what threads have found, and look at the runs again every two seconds."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.look()
        if self._leaving:
            self.exit()
        if self._exit or not self.screen_stack:  # a timer may come while the app ends
            return
        self.background.deliver()
        if isinstance(self.screen, NewScreen):
            self.screen.poll()
        now = self._clock()
        if self._asked_at is not None and not 0 <= now - self._asked_at < REFRESH_SECONDS:
            self._read(True)

    def leave_at_once(self) -> None:
        """Close at the next look; callable from a signal handler."""
        self._leaving = True
        if isinstance(self._driver, TerminalDriver):
            self._driver.terminal.hurry()

    def leave_lost_terminal(self) -> None:
        """Close at the next look; callable from any thread and from a signal handler."""
        self.terminal_lost = self._leaving = True

    def action_leave(self) -> None:
        """Back to the shell, unless that would leave half a run behind."""
        if not any(isinstance(each, DeleteScreen) and each.deleting for each in self.screen_stack):
            self.exit()

    def on_theme_chosen(self, theme: str | None) -> None:
        """Keep the theme in the user's settings."""
        settings = self._settings
        if theme is not None and settings is not None:
            say = self._list.say
            self.background.run(
                lambda: settings.remember_theme(theme),
                lambda _: say(f"Theme {theme}, kept in {settings.path}."),
                lambda text: say(f"The theme is not kept: {text}", "error"),
            )

    def action_new(self) -> None:
        """Open the form for a new run."""
        self._open_form("")

    def _open_form(self, message: str) -> None:
        screen = NewScreen(
            self._form, self.background, self._begin, self._keep, self._draft, message
        )
        self.push_screen(screen)

    def _begin(self, draft: Draft) -> None:
        self.exit(New(draft))

    def _keep(self, draft: Draft) -> None:
        self._draft = draft

    def _read(self, curves: bool) -> None:
        if self._reading:
            return
        self._reading = True
        self._asked_at = self._clock() if curves else float("-inf")  # the curves follow at once
        self.background.run(lambda: self._services.read_runs(curves), self._take, self._failed)

    def _take(self, entries: tuple[RunEntry, ...]) -> None:
        self._reading = False
        self._list.take(entries, self._clock())

    def _failed(self, text: str) -> None:
        self._reading = False
        self._list.say(text, "error")
