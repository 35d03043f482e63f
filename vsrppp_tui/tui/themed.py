"""What our apps share: our themes, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from textual.app import App
from textual.filter import LineFilter, NoColor

from vsrppp_tui.tui.driver import TerminalDriver
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.screens.theme import ThemeScreen
from vsrppp_tui.tui.themes import DEFAULT, THEMES
from vsrppp_tui.tui.widgets.rows import COMPONENT_CLASSES

Result = TypeVar("Result")


class ThemedApp(App[Result]):
    """Textual's own themes are not offered: our rows were not made for them.

    Args:
        theme: the one to begin with.
        keys: the keys in force; None: those of the list of actions.
    """

    TITLE = "VSR+++"
    ALLOW_SELECT = False
    COMPONENT_CLASSES = COMPONENT_CLASSES

    def __init__(self, theme: str = DEFAULT, keys: Keys | None = None) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.keys = keys or Keys()
        for choice in THEMES:
            self.register_theme(choice.theme)
        self.theme = theme
        for name in self.available_themes.keys() - {choice.name for choice in THEMES}:
            self.unregister_theme(name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, but under NO_COLOR the terminal's own colours give way to its default ones.

        Textual chooses the filter before the theme is known, and its grey of a colour that has no RGB
        values is black.
        """
        if self.no_color and self.native_ansi_color:
            return (NoColor(),)
        return super().get_line_filters()

    def action_change_theme(self) -> None:
        """Choose among the themes."""
        if not isinstance(self.screen, ThemeScreen):
            self.push_screen(ThemeScreen(), self.on_theme_chosen)

    def on_theme_chosen(self, theme: str | None) -> None:
        """Called with the theme that is kept, and not with those merely looked at; None: as before."""
