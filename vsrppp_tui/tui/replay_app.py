"""The app that plays a record: it is left without a question and never ends by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from vsrppp_tui.link.interface import History
from vsrppp_tui.link.replay import ReplayLink
from vsrppp_tui.program import program
from vsrppp_tui.tui.app import DashboardApp, ScreenEnd
from vsrppp_tui.tui.live_edits import Keys as ConfigKeys
from vsrppp_tui.tui.replay_model import ReplayModel
from vsrppp_tui.tui.screens.replay import ReplayScreen
from vsrppp_tui.tui.settings import UserSettings


class ReplayApp(DashboardApp):
    """Shows a recorded run.

    Args:
        link: where the record stands.
        read: reads its history, in a thread of its own; an error's text says why it cannot be shown.
        describe_keys: as for the dashboard of a live run.
        clock: the present Unix time.
        run_dir: the run directory as this process finds it.
        settings: the user's theme and keys; None: the defaults.
    """

    LOOK_BUDGET = math.inf  # no training waits for the core

    def __init__(
        self,
        link: ReplayLink,
        read: Callable[[], History],
        *,
        describe_keys: ConfigKeys | Callable[[], ConfigKeys],
        clock: Callable[[], float],
        run_dir: Path,
        settings: UserSettings | None = None,
    ) -> None:
        self._record = ReplayModel(link, read, clock, run_dir)
        super().__init__(
            link,
            describe_keys=describe_keys,
            clock=clock,
            read_only=True,
            settings=settings,
            model=self._record,
        )

    @property
    def problem(self) -> str | None:
        """Why the record could not be shown; the app has ended then."""
        return self._record.problem

    def get_default_screen(self) -> Screen[None]:
        return ReplayScreen(self._record, self.size)

    def action_leave(self) -> None:
        """Leave at once: nothing goes on, and nothing is lost."""
        self.exit(ScreenEnd.DETACHED)

    def action_detach(self) -> None:
        """Leave, like every other key that does."""
        self.action_leave()

    def action_summary(self) -> None:
        """Say where the summary of the whole run is: here it stands at one moment of it."""
        self._note(
            f"`{program()} status {self.model.run_dir}` shows the summary of the run.", "info"
        )

    def _end_of_itself(self) -> ScreenEnd | None:
        return ScreenEnd.FAILED if self.problem is not None else None
