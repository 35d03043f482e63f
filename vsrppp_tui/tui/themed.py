"""What our apps share: our themes and no others, the help, and the palette."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TypeVar

from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from vsrppp_tui.tui.driver import TerminalDriver
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.no_colour import WithoutColour
from vsrppp_tui.tui.palette import Palette
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.screens.help import HelpScreen
from vsrppp_tui.tui.screens.theme import ThemeScreen
from vsrppp_tui.tui.themes import DEFAULT, THEMES
from vsrppp_tui.tui.widgets.rows import COMPONENT_CLASSES

Result = TypeVar("Result")
_WITHOUT_COLOUR = (WithoutColour(),)


class ThemedApp(App[Result]):
    """Textual's own themes are not offered: our rows were not made for them.

    Args:
        theme: the one to begin with.
        keys: the keys in force; None: those of the list of actions.
    """

    TITLE = "VSR+++"
    ALLOW_SELECT = False
    COMPONENT_CLASSES = COMPONENT_CLASSES
    LEAVING = "Leave"  # what the palette says beside "Quit"

    def __init__(self, theme: str = DEFAULT, keys: Keys | None = None) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.keys = keys or Keys()
        for choice in THEMES:
            self.register_theme(choice.theme)
        self.theme = theme
        for name in self.available_themes.keys() - {choice.name for choice in THEMES}:
            self.unregister_theme(name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, but under NO_COLOR one that leaves no colour at all."""
        return _WITHOUT_COLOUR if self.no_color else super().get_line_filters()

    def action_help(self) -> None:
        """Open the help, beginning with the keys of this screen."""
        if isinstance(self.screen, RunScreen):
            self.push_screen(HelpScreen(self.screen.GROUP))

    def action_command_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: what the keys of the screen do by name, and the themes."""
        for action in screen.actions if isinstance(screen, RunScreen) else ():
            if action.palette:
                title, _, more = action.meaning.partition(": ")
                key = f"key {self.keys.shown(action.name)}"
                run = partial(self.run_action, action.action, screen)
                yield SystemCommand(title, f"{more}; {key}" if more else key, run)
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", self.LEAVING, partial(self.run_action, "leave"))

    def action_change_theme(self) -> None:
        """Choose among the themes."""
        if not isinstance(self.screen, ThemeScreen):
            self.push_screen(ThemeScreen(), self.on_theme_chosen)

    def on_theme_chosen(self, theme: str | None) -> None:
        """Called with the theme that is kept, and not with those merely looked at; None: as before."""
