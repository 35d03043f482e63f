"""The choice of a theme: each is shown on the whole screen while it is marked."""

from __future__ import annotations

import textwrap
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Mount
from textual.screen import ModalScreen

from vsrppp_tui.tui.action_list import THEME
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.screens.base import HasKeys
from vsrppp_tui.tui.themes import THEMES
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_MEANING_ROWS = 2


class ThemeScreen(ModalScreen[str]):
    """Ends with the name of the theme chosen, or with none where it is the one before."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(THEME)]

    def compose(self) -> ComposeResult:
        with Container(id="themes") as box:
            box.border_title = "Theme"
            yield RowWidget(id="theme-list")

    def on_mount(self, event: Mount) -> None:
        """Begin at the theme in force."""
        self._before = self.app.theme
        names = [choice.name for choice in THEMES]
        self._marked = names.index(self._before) if self._before in names else 0
        self.call_after_refresh(self._draw)

    def action_move(self, by: int) -> None:
        """Mark another theme, and show it."""
        self._marked = (self._marked + by) % len(THEMES)
        self.app.theme = THEMES[self._marked].name
        self._draw()

    def action_choose(self) -> None:
        """Keep the marked theme."""
        chosen = THEMES[self._marked].name
        self.dismiss(None if chosen == self._before else chosen)

    def action_back(self) -> None:
        """Put the theme back that was there before."""
        self.app.theme = self._before
        self.dismiss(None)

    def _draw(self) -> None:
        rows_widget = self.query_one(RowWidget)
        width = max(10, rows_widget.content_size.width)
        rows: list[Row] = []
        for place, choice in enumerate(THEMES):
            marked = place == self._marked
            text = f" {'▸' if marked else ' '} {choice.name}"
            rows.append(((text.ljust(width), "selected" if marked else "text"),))
        lines = textwrap.wrap(THEMES[self._marked].meaning, width)[:_MEANING_ROWS]
        lines += [""] * (_MEANING_ROWS - len(lines))
        keys = cast(HasKeys, self.app).keys.group(THEME).actions
        rows += [(), *(((line, "dim"),) for line in lines), (), footer_row(keys, width)]
        rows_widget.show(rows)
