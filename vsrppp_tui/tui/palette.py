"""The palette of commands, which takes keys as quickly as they are typed."""

from __future__ import annotations

from contextlib import suppress

from textual.command import CommandPalette


class Palette(CommandPalette):
    """Textual's; its list of commands is asked to scroll only once it has lines."""

    def _action_command_list(self, action: str) -> None:
        # Textual 8.2 looks up the highlighted line also while the list waits to be laid out.
        with suppress(KeyError):
            super()._action_command_list(action)
