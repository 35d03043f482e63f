"""The dashboard as a Textual app: it looks at the link a few times a second and never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from vsrppp_tui.link.interface import Level, Link, Reply, Stop
from vsrppp_tui.tui.action_list import APP
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.driver import TerminalDriver
from vsrppp_tui.tui.errands import Errands
from vsrppp_tui.tui.live_edits import Keys as ConfigKeys
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.look_pace import BUDGET, LookPace
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.run_end import RunEnd, Tell
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.screens.blocks import BlockScreen
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.screens.leave import LeaveScreen
from vsrppp_tui.tui.screens.pictures import PictureScreen
from vsrppp_tui.tui.screens.setup import SetupScreen
from vsrppp_tui.tui.screens.summary import SummaryScreen
from vsrppp_tui.tui.settings import UserSettings
from vsrppp_tui.tui.themed import ThemedApp
from vsrppp_tui.tui.themes import DEFAULT

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.plotter import PlotChoice

TICK_SECONDS = 0.5  # keys are answered at once; the data may be half a second old, at half the cost


class ScreenEnd(Enum):
    """Why the dashboard closed."""

    QUIT_AFTER_STOP = "the run was asked to stop and has ended"
    RUN_ENDED = "the run had ended by itself when its user left"
    FAILED = "the run failed"
    DETACHED = "its user left and the run goes on"
    LOST = "the terminal is gone and the run goes on"


class DashboardApp(ThemedApp[ScreenEnd]):
    """Shows a run and sends it commands, through a `Link` alone.

    Over SSH ``run(mouse=False)`` saves bytes; every function has a key.

    Args:
        link: the run.
        describe_keys: what is known of each configuration key, or a function that says so; the
            function is called when the setup opens, since it imports pydantic.
        clock: the present Unix time.
        on_ready: called once, after the first frame has been painted.
        owner: whether the run belongs to this very process and ends with it, unless it is detached.
        read_only: whether this screen only looks; leaving it then needs no question.
        run_dir: the run directory as this process finds it; None: as the run itself names it.
        settings: the user's theme and keys; None: the defaults, which are kept nowhere.
        model: of another kind than that of a run at work.
        tell_end: the summary of a run that completes; called in a thread of its own.
    """

    LEAVING = "Stop and save, detach, or stay"
    LOOK_BUDGET = BUDGET  # of a core
    CSS_PATH: ClassVar[list[str]] = ["dashboard.tcss", "themes.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(APP, priority=True)]

    def __init__(
        self,
        link: Link,
        *,
        describe_keys: ConfigKeys | Callable[[], ConfigKeys],
        clock: Callable[[], float] = time.time,
        on_ready: Callable[[], None] | None = None,
        owner: bool = False,
        read_only: bool = False,
        run_dir: Path | None = None,
        settings: UserSettings | None = None,
        model: RunModel | None = None,
        tell_end: Tell | None = None,
    ) -> None:
        theme = settings.values.theme if settings is not None else DEFAULT
        super().__init__(theme, settings.bound if settings is not None else None)
        self._settings = settings
        self.set_keymap(self.keys.keymap())
        self._owner = owner
        self._read_only = read_only
        self._leave_as: ScreenEnd | None = None  # set from other threads and signal handlers
        self.model = model or RunModel(link, clock, run_dir)
        self._errands = Errands(self, self.model, self._note, settings)
        self._edits = LiveEdits(self.model, describe_keys, read_only)
        self._plot: PlotChoice | None = None
        self._run_end = RunEnd(tell_end, self.model.snapshot)
        self._on_ready = on_ready
        self._pace = LookPace(TICK_SECONDS, self.LOOK_BUDGET)

    def get_default_screen(self) -> Screen[None]:
        return DashboardScreen(self.model, self.size)

    def on_mount(self) -> None:
        """Begin to follow the run."""
        self._timer = self.set_interval(self._pace.seconds, self.tick)
        if self._on_ready is not None:
            self.call_after_refresh(self._on_ready)

    def tick(self) -> None:
        """Look for news of the run; without any, nothing is drawn and nothing is written."""
        before = time.thread_time()
        self._look()
        if self._pace.looked(time.thread_time() - before):
            self._timer.stop()
            self._timer = self.set_interval(self._pace.seconds, self.tick)

    @property
    def look_seconds(self) -> float:
        """The time between two looks at the run."""
        return self._pace.seconds

    def _look(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.look()
        if self._leave_as is not None:
            self.exit(self._leave_as)
        if self._exit or not self.screen_stack:  # a timer may come while the app ends
            return
        self._errands.poll()
        changed = self.model.poll()
        end = self._end_of_itself()  # also without news: a signal may have asked for it
        if end is not None:
            self.exit(end)
            return
        if changed:
            self._follow()
        self._show_end()

    def leave_when_over(self) -> None:
        """Close as soon as the run has ended, without a further key; callable from a signal handler.

        A terminal that nobody reads does not keep it waiting.
        """
        self.model.stop_asked = True
        self._hurry()

    def leave_at_once(self) -> None:
        """Close at the next look and let the run go on; callable from a signal handler."""
        self._leave_as = ScreenEnd.DETACHED
        self._hurry()

    def _hurry(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.terminal.hurry()

    def leave_lost_terminal(self) -> None:
        """Close at the next look; callable from any thread and from a signal handler."""
        self._leave_as = ScreenEnd.LOST

    @property
    def terminal_lost(self) -> bool:
        """Whether the terminal is gone, or was given up because nobody read it."""
        driver = self._driver
        given_up = isinstance(driver, TerminalDriver) and driver.terminal.gave_up
        return self._leave_as is ScreenEnd.LOST or given_up

    def action_leave(self) -> None:
        """Leave at once where the run is over, else ask."""
        if self.model.over:
            self.exit(self._end())
        elif self._read_only:
            self.exit(ScreenEnd.DETACHED)
        elif not self.model.stop_asked and not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(), self._on_answer)

    def action_detach(self) -> None:
        """Leave the screen and let the run go on."""
        if self.model.over:
            self.exit(self._end())
        elif self._owner and not self.model.ever_ran:
            # What goes wrong before the records are open has no other place to be told.
            self._note("The run has not begun yet: detach after its first step.", "warning")
        else:
            self.exit(ScreenEnd.DETACHED)

    def action_setup(self) -> None:
        """Open the live setup."""
        self.push_screen(SetupScreen(self.model, self._edits))

    def action_pictures(self) -> None:
        """Open the pictures of the validations."""
        self.push_screen(PictureScreen(self.model))

    def action_metrics(self) -> None:
        """Open the plot of the metrics, as it was left."""
        # Here, since it is a tenth of what the first frame would have to import.
        from vsrppp_tui.tui.plot.plotter import PlotChoice
        from vsrppp_tui.tui.screens.plot import PlotScreen

        self._plot = self._plot or PlotChoice()
        self.push_screen(PlotScreen(self.model, self._plot))

    def action_blocks(self) -> None:
        """Open all blocks over the whole run, in the view of the dashboard."""
        shown = next(screen for screen in self.screen_stack if isinstance(screen, DashboardScreen))
        self.push_screen(BlockScreen(self.model, shown.block_view))

    def action_tensorboard(self) -> None:
        """Start TensorBoard for the run, or show its address."""
        self._errands.open_board()

    def action_copy_checkpoint(self) -> None:
        """Copy the path of the newest checkpoint."""
        self._errands.copy_checkpoint()

    def action_save_screen(self) -> None:
        """Save the screen as a picture."""
        self._errands.save_screen()

    def action_summary(self) -> None:
        """Show the summary of a run that is over, as often as it is wanted."""
        if not self.model.over:
            self._note("The run goes on: its summary comes when it is over.", "info")
        elif not self._run_end.ask(self.model.snapshot):
            self._note("There is no summary here: `vsrppp status` shows it.", "info")

    def on_unmount(self) -> None:
        """Stop what was started beside the run."""
        self._errands.end()

    def on_theme_chosen(self, theme: str | None) -> None:
        """Keep the theme in the user's settings."""
        if theme is not None:
            self._errands.remember_theme(theme)

    def _on_answer(self, answer: str | None) -> None:
        if answer == "detach":
            self.action_detach()
        elif answer == "stop" and not self.model.over:
            self.model.stop_asked = True
            self.model.requests.send(Stop("stop"), "stop", self._on_stop_reply)
        self._follow()

    def _show_end(self) -> None:
        """Put the summary of a run that has just completed before the dashboard."""
        lines = self._run_end.poll(self.model.snapshot)
        if lines and not isinstance(self.screen, SummaryScreen):
            self.push_screen(SummaryScreen(lines, self.model.state, self._errands.copy))

    def _note(self, text: str, level: Level) -> None:
        self.model.log.note(self.model.note_time(), text, level)
        self._follow()

    def _follow(self) -> None:
        """Bring up to date the one screen of the run that is seen, perhaps behind a question."""
        # Textual repaints the screen in front wherever the one behind it changes, seen or not.
        seen = [screen for screen in self.screen_stack if isinstance(screen, RunScreen)]
        if seen:
            seen[-1].follow()

    def _on_stop_reply(self, reply: Reply) -> None:
        self.model.stop_asked = reply.ok or self.model.over

    def _end_of_itself(self) -> ScreenEnd | None:
        """Why the dashboard closes without a further key, if it does."""
        asked = self.model.state == "stopped" or self.model.stop_asked
        never_ran = self.model.state == "failed" and not self.model.ever_ran
        return self._end() if self.model.over and (asked or never_ran) else None

    def _end(self) -> ScreenEnd:
        if self.model.state == "failed":
            return ScreenEnd.FAILED
        asked = self.model.state == "stopped" or self.model.stop_asked
        return ScreenEnd.QUIT_AFTER_STOP if asked else ScreenEnd.RUN_ENDED
