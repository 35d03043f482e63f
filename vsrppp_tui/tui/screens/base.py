"""What all screens of a run share."""

from __future__ import annotations

from textual.screen import Screen

from vsrppp_tui.tui.lean import LeanCompositor
from vsrppp_tui.tui.widgets.panel import Panel


class RunScreen(Screen[None]):
    """A screen that follows the run: its panels are brought up to date at each tick that has news."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LeanCompositor()
        self._panels: list[
            Panel
        ] = []  # looked up once: a query at each tick is a third of its time

    def on_screen_resume(self) -> None:
        """Show what happened while another screen was in front."""
        self.follow()

    def follow(self) -> None:
        """Show the run as it is now."""
        panels = self._panels or list(self.query(Panel))
        if self.is_mounted:  # before that some panels may be missing
            self._panels = panels
        for panel in panels:
            panel.update()
