"""The palette of commands, which takes keys as quickly as they are typed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    """Textual's; runs one command at most, and closes no screen but itself."""

    _chosen = False

    def _action_command_list(self, action: str) -> None:
        if action == "select" and not self._choose():
            return
        # Textual 8.2 looks up the highlighted line also while the list waits to be laid out.
        with suppress(KeyError):
            super()._action_command_list(action)

    def _choose(self) -> bool:
        """Whether a command may still be taken; a second Enter may be there before the first has closed this."""
        if self._chosen or self.app.screen is not self:
            return False
        option = self.query_one(CommandList).highlighted_option
        self._chosen = option is not None and not option.disabled
        return True

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the palette, unless it is closed already."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
