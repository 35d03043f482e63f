"""A page about a run: what it reached, and what can be done next."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.screen import Screen

from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.services import RunServices
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_NAME_CELLS = 18  # the names of the status page take as many


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
        self._text = "Reading …"

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        with VerticalScroll(id="help"):
            yield RowWidget(id="help-text")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Ask for the page."""
        entry = self._entry
        self.query_one("#title", RowWidget).show(
            [((entry.name, "accent"), (_came_to(entry), "dim"))]
        )
        self._draw()
        self._background.run(
            lambda: self._services.describe_run(entry.run_dir), self._show, self._show
        )

    def on_resize(self, event: Resize) -> None:
        """Wrap the page to the new width, once the widgets have it."""
        self.call_after_refresh(self._draw)

    def _show(self, text: str) -> None:
        self._text = text
        self._draw()

    def _draw(self) -> None:
        if not (self.is_mounted and self.is_running):
            return
        # One cell less, whether its scroll bar is up or not.
        rows = page_rows(self._text, self.query_one("#help").content_size.width - 1)
        page = self.query_one("#help-text", RowWidget)
        page.styles.height = max(1, len(rows))
        page.show(rows)
        scrolls = 0 < self.query_one("#help").content_size.height < len(rows)  # 0: not laid out yet
        keys = [("↑↓", "Scroll"), ("Esc", "Back")] if scrolls else [("Esc", "Back")]
        self.query_one("#footer", RowWidget).show([key_row(keys, 3)])


def _came_to(entry: RunEntry) -> str:
    """What a run is, and how many of its steps it has made."""
    words = f"   {entry.recipe}, {entry.state}" if entry.recipe else f"   {entry.state}"
    if not entry.total_steps:
        return words
    return f"{words}, {entry.step:,} of {entry.total_steps:,} steps"


def page_rows(text: str, width: int) -> list[Row]:
    """The lines in `width` cells; what is too long goes on under its value."""
    rows: list[Row] = []
    for line in text.expandtabs().splitlines():
        named = ":" in line[:_NAME_CELLS] and width >= 3 * _NAME_CELLS
        indent = " " * (_NAME_CELLS if named else 0)
        lines = textwrap.wrap(
            line, max(20, width), subsequent_indent=indent, break_on_hyphens=False
        )
        rows += [((each, "text"),) for each in lines or [""]]
    return rows
