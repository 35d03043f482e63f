"""Textual's driver for a terminal that may go away while the training goes on.

Textual 8.2 dies on a hang-up; with SIGHUP ignored its input loop spins and its writes fail. Here a
terminal that is gone is noticed by whichever comes first (the signal, a failed read or write, a look at the
line) and the app is asked, through `on_lost`, to end as if its user had left.
"""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, Protocol

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from vsrppp_tui.tui.terminal import TerminalFile, has_hung_up


class LeavesQuietly(Protocol):
    """What the driver needs of its app."""

    def leave_lost_terminal(self) -> None:
        """The terminal is gone; called from any thread, or a signal handler."""
        ...


class TerminalDriver(LinuxDriver):
    """Draws through a `TerminalFile`; reads as Textual does."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        assert self._file is not None
        self._file: Any = TerminalFile(self._file.fileno(), self.lose)
        signal.signal(signal.SIGHUP, self._on_hang_up)

    @property
    def terminal(self) -> TerminalFile:
        """The file that frames go to."""
        file: TerminalFile = self._file
        return file

    def look(self) -> None:
        """See whether the line has been cut without a signal; called on the screen's tick."""
        if not self.terminal.discarding and has_hung_up(self.terminal.fileno()):
            self.lose()

    def lose(self) -> None:
        """Stop reading and writing for good, and ask the app to end; from any thread, any number of times."""
        self._auto_restart = (
            False  # a hang-up is followed by SIGCONT, which would start it all again
        )
        self.terminal.discard()
        self.exit_event.set()  # without it the input thread would spin at the end of the file
        self._app.leave_lost_terminal()  # type: ignore[attr-defined]

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            self.lose()

    def close(self) -> None:
        super().close()
        self.terminal.close()

    def _on_hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self.lose()
