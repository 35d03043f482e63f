"""The dashboard of a record: the same panels, and keys that move about in its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size

from vsrppp_tui.link.replay import REFUSAL, ReplayLink
from vsrppp_tui.tui.action_list import DASHBOARD, REPLAY
from vsrppp_tui.tui.actions import Action, bindings
from vsrppp_tui.tui.replay_model import ReplayModel
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.widgets.footer import Footer
from vsrppp_tui.tui.widgets.header import Header
from vsrppp_tui.tui.widgets.replay_bar import ReplayBar, ReplayFooter, ReplayHeader

# What would change a run; the keys are answered, but not offered.
_STEERING = {
    "dashboard.pause",
    "dashboard.validate",
    "dashboard.checkpoint",
    "dashboard.detach",
    "dashboard.summary",
}


class ReplayScreen(DashboardScreen):
    """A record that is played; keys that would steer a run say in one sentence why they do not."""

    GROUP = REPLAY
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(REPLAY)]

    def __init__(self, model: ReplayModel, size: Size) -> None:
        super().__init__(model, size)
        self._record = model

    @property
    def actions(self) -> tuple[Action, ...]:
        looking = self.keys.group(DASHBOARD).actions
        return (*super().actions, *(a for a in looking if a.name not in _STEERING))

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if isinstance(widget, Header):
                yield ReplayHeader(self._record)
            elif isinstance(widget, Footer):
                yield ReplayFooter(self._record, self.actions, self.keys, id="footer")
            else:
                yield widget
        yield ReplayBar(self._record)

    def action_play(self) -> None:
        """Play or hold; at the end begin anew."""
        self._steer(ReplayLink.toggle)

    def action_move(self, share: float) -> None:
        """Go on or back by a share of the record."""
        self._steer(lambda link: link.move(share))

    def action_speed(self, factor: float) -> None:
        """Play faster or slower."""
        self._steer(lambda link: link.change_speed(factor))

    def action_pause(self) -> None:
        """Say what holds a record."""
        self._say(f"This is a record: {self.keys.shown('replay.play')} holds it and plays it.")

    def action_validate(self) -> None:
        """Say that nothing comes of it."""
        self._say(REFUSAL)

    def action_checkpoint(self) -> None:
        """Say that nothing comes of it."""
        self._say(REFUSAL)

    def _say(self, text: str) -> None:
        self.query_one(ReplayBar).say(text)

    def _steer(self, change: Callable[[ReplayLink], None]) -> None:
        self._record.steer(change)
        self.follow()
