"""The dashboard: all panels, and the keys that act on the run."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.geometry import Size

from vsrppp_tui.link.interface import (
    Command,
    Continue,
    Pause,
    SaveCheckpoint,
    Validate,
)
from vsrppp_tui.tui.action_list import DASHBOARD
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.views import View
from vsrppp_tui.tui.widgets.adaptive import AdaptivePanel
from vsrppp_tui.tui.widgets.block_rows import all_rows
from vsrppp_tui.tui.widgets.blocks import BlockPanel
from vsrppp_tui.tui.widgets.events import EventPanel
from vsrppp_tui.tui.widgets.footer import Footer
from vsrppp_tui.tui.widgets.header import Header
from vsrppp_tui.tui.widgets.loss import LossPanel
from vsrppp_tui.tui.widgets.machine import MACHINE_ROWS, MachinePanel
from vsrppp_tui.tui.widgets.notices import Notices
from vsrppp_tui.tui.widgets.starting import StartingPanel
from vsrppp_tui.tui.widgets.validation import ValidationPanel

# Classes that the screen takes by the size of the terminal, for the style sheet.
WIDTHS = [(0, "-tiny-width"), (64, "-narrow"), (110, "-medium"), (140, "-wide"), (200, "-broad")]
HEIGHTS = [(0, "-tiny-height"), (20, "-low"), (34, "-tall"), (46, "-roomy"), (66, "-lofty")]

# Rows of a high screen that belong to no panel of the two columns: header, events, footer.
_OTHER_ROWS = {"-tall": 9, "-roomy": 11, "-lofty": 18}
_BORDER = 2


def _class_at(cells: int, breakpoints: list[tuple[int, str]]) -> str:
    return next(name for start, name in reversed(breakpoints) if cells >= start)


class DashboardScreen(RunScreen):
    """One page for the whole run; the style sheet arranges it by the size of the terminal."""

    GROUP = DASHBOARD
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DASHBOARD)]

    def __init__(self, model: RunModel, size: Size) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        # Taken at once, the classes save the first frame from being styled and laid out again.
        self.add_class(_class_at(size.width, WIDTHS), _class_at(size.height, HEIGHTS))
        self.model = model
        self._height = size.height
        self._follow_state()

    def compose(self) -> ComposeResult:
        yield Header(self.model, id="header")
        yield Notices(self.model)
        yield StartingPanel(self.model, id="starting")
        with Container(id="body"):
            with Vertical(id="left"):
                yield LossPanel(self.model)
                yield AdaptivePanel(self.model, id="adaptive")
                yield ValidationPanel(self.model, id="validation")
                yield MachinePanel(self.model, id="machine")
            with Vertical(id="right"):
                yield BlockPanel(self.model, self.keys.shown("dashboard.blocks"))
                yield MachinePanel(self.model, id="machine-right")  # one of the two is shown
        yield EventPanel(self.model, id="events")
        yield Footer(self.model, self.actions, self.keys, id="footer")

    def on_mount(self) -> None:
        """Choose what the first frame shows."""
        self.follow()

    def follow(self) -> None:
        self._follow_state()
        super().follow()

    def _follow_state(self) -> None:
        self.set_class(self.model.state == "starting", "-starting")
        self.set_class(self.model.snapshot.adaptive is not None, "-adaptive")
        self.set_class(self._has_spare_rows(), "-spare")

    def _has_spare_rows(self) -> bool:
        """Whether the machine has room under the blocks, with a row for each of these."""
        blocks = self.model.snapshot.blocks
        others = _OTHER_ROWS.get(_class_at(self._height, HEIGHTS))
        if not blocks or others is None:
            return False
        return self._height - others >= all_rows(blocks) + _BORDER + MACHINE_ROWS + _BORDER

    def on_resize(self, event: Resize) -> None:
        """Arrange the panels anew."""
        self._height = event.size.height
        self._follow_state()

    @property
    def block_view(self) -> View:
        """How the blocks are sorted now."""
        return self.query_one(BlockPanel).view

    def action_sort(self) -> None:
        """Show the blocks in the next of the four views."""
        self.query_one(BlockPanel).next_view()

    def action_scale(self) -> None:
        """Change the scale of the loss curve."""
        self.query_one(LossPanel).toggle_scale()

    def action_smooth(self) -> None:
        """Change the smoothing of the loss curve."""
        self.query_one(LossPanel).next_strength()

    def action_window(self) -> None:
        """Change which steps the loss curve shows."""
        self.query_one(LossPanel).next_window()

    def action_acknowledge(self) -> None:
        """Put the warnings away."""
        self.model.acknowledge(self.query_one(Notices).shown)
        self.follow()

    def action_pause(self) -> None:
        """Pause the run, or let a paused one go on."""
        if self.model.state == "paused":
            self._send(Continue(), "continue")
        else:
            self._send(Pause(), "pause")

    def action_validate(self) -> None:
        """Ask for a validation now."""
        self._send(Validate(), "validate")

    def action_checkpoint(self) -> None:
        """Ask for a checkpoint now."""
        self._send(SaveCheckpoint(), "checkpoint")

    def _send(self, command: Command, asked: str) -> None:
        self.model.requests.send(command, asked)
        self.follow()
