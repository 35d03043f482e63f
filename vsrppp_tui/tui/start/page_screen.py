"""A page about a run: what it reached, and what can be done next."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.services import RunServices
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import RowWidget


class PageScreen(Screen[None]):
    """Scrolls where the terminal is low."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,Q,enter", "dismiss", "Back"),
    ]

    def __init__(self, entry: RunEntry, services: RunServices, background: Background) -> None:
        super().__init__()
        self._entry = entry
        self._services = services
        self._background = background

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        with VerticalScroll(id="help"):
            yield RowWidget(id="help-text")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Ask for the page."""
        entry = self._entry
        self.query_one("#title", RowWidget).show(
            [((entry.name, "accent"), (f"   {entry.recipe}, {entry.state}", "dim"))]
        )
        self.query_one("#footer", RowWidget).show([key_row([("↑↓", "scroll"), ("Esc", "back")], 3)])
        self._show("Reading …")
        self._background.run(
            lambda: self._services.describe_run(entry.run_dir), self._show, self._show
        )

    def _show(self, text: str) -> None:
        if not (self.is_mounted and self.is_running):
            return
        lines = text.expandtabs().splitlines()
        page = self.query_one("#help-text", RowWidget)
        page.styles.height = max(1, len(lines))
        page.show([((line, "text"),) for line in lines])
