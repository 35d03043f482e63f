"""What all screens of a run share."""

from __future__ import annotations

from typing import ClassVar, Protocol, TypeVar, cast

from textual.events import Click
from textual.screen import ModalScreen, Screen

from vsrppp_tui.tui.action_list import APP
from vsrppp_tui.tui.actions import Action, Group
from vsrppp_tui.tui.key_names import shown_key
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.lean import LeanCompositor, paint_now
from vsrppp_tui.tui.widgets.footer import key_at
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import RowWidget

Result = TypeVar("Result")


def leave(screen: Screen[Result], result: Result | None = None) -> bool:
    """Close a screen with its result, if it is the one on top; says whether it was.

    A second key that was typed just as quickly reaches a screen that is closed already, and what a thread
    has found one under the palette: either would close the screen that is on top instead.
    """
    if screen.app.screen is not screen:
        return False
    screen.dismiss(result)
    return True


class HasKeys(Protocol):
    """The app, as far as its screens know it."""

    keys: Keys


class RunScreen(Screen[None]):
    """A screen that follows the run: its panels are brought up to date at each tick that has news."""

    GROUP: ClassVar[Group]  # the screen's keys in the list of actions

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LeanCompositor()
        self._panels: list[
            Panel
        ] = []  # looked up once: a query at each tick is a third of its time

    @property
    def keys(self) -> Keys:
        """The keys in force."""
        return cast(HasKeys, self.app).keys

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the keys of this screen do."""
        return self.keys.group(self.GROUP).actions

    def on_screen_suspend(self) -> None:
        """Name no keys while a window is in front, under which one still sees this screen."""
        self._name_keys(not isinstance(self.app.screen, ModalScreen))

    def on_screen_resume(self) -> None:
        """Show what happened while another screen was in front."""
        self._name_keys(True)
        self.follow()

    def _name_keys(self, named: bool) -> None:
        for footer in self.query("#footer").results(RowWidget):
            footer.blank(not named)

    async def on_click(self, event: Click) -> None:
        """With a mouse, a key in the footer does what it says."""
        footer = event.widget
        if not isinstance(footer, RowWidget) or footer.id != "footer" or not footer.rows:
            return
        where = event.get_content_offset(footer)
        key = None if where is None else key_at(footer.rows[0], where.x)
        for action in (*self.actions, *self.keys.group(APP).actions):
            if shown_key(action.key_list[0]) == key:
                target = self.app if action.name.startswith("app.") else self
                await self.app.run_action(action.action, target)
                return

    def follow(self) -> None:
        """Show the run as it is now."""
        panels = self._panels or list(self.query(Panel))
        if self.is_mounted:  # before that some panels may be missing
            self._panels = panels
        paint_now(self, [panel for panel in panels if panel.quietly(panel.update)])
