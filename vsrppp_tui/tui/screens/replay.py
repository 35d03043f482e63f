"""The dashboard of a record: the same panels, and keys that move about in its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size

from vsrppp_tui.link.replay import ReplayLink
from vsrppp_tui.tui.replay_model import ReplayModel
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.widgets.replay_bar import ReplayBar


class ReplayScreen(DashboardScreen):
    """A record that is played; what steers a run is refused by the link."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play or hold"),
        Binding("left", "move(-0.01)", "Back by 1%"),
        Binding("right", "move(0.01)", "On by 1%"),
        Binding("shift+left,pageup", "move(-0.1)", "Back by 10%"),
        Binding("shift+right,pagedown", "move(0.1)", "On by 10%"),
        Binding("home", "move(-1)", "To the beginning"),
        Binding("end", "move(1)", "To the end"),
        Binding("less_than_sign,comma", "speed(0.5)", "Half the speed"),
        Binding("greater_than_sign,full_stop", "speed(2)", "Double the speed"),
    ]

    def __init__(self, model: ReplayModel, size: Size) -> None:
        super().__init__(model, size)
        self._record = model

    def compose(self) -> ComposeResult:
        yield from super().compose()
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

    def _steer(self, change: Callable[[ReplayLink], None]) -> None:
        self._record.steer(change)
        self.follow()
