"""Textual's driver for a terminal that may go away while the training goes on.

Textual 8.2 dies on a hang-up; with SIGHUP ignored its input loop spins and its writes fail. Its loop wakes
up ten times a second, key or no key, for which a training on as many cores has to wait each time. Here a
terminal that is gone is noticed by whichever comes first (the signal, a failed read or write, a look at the
line) and the app is asked, through `on_lost`, to end as if its user had left.
"""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from types import FrameType
from typing import Any, Protocol

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

from vsrppp_tui.tui.alarm import Alarm
from vsrppp_tui.tui.terminal import TerminalFile, has_hung_up

_READ_BYTES = 4096


class LeavesQuietly(Protocol):
    """What the driver needs of its app."""

    def leave_lost_terminal(self) -> None:
        """The terminal is gone; called from any thread, or a signal handler."""
        ...


class TerminalDriver(LinuxDriver):
    """Draws through a `TerminalFile`; reads what Textual reads, and rests until there is something."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        assert self._file is not None
        self._file: Any = TerminalFile(self._file.fileno(), self.lose)
        self._handed_over = 0  # texts that the thread that writes was given
        self._frame: list[str] = []  # of an update that has begun
        self.exit_event = self._end_of_input = Alarm()
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
        # A hang-up is followed by SIGCONT, which would start it all again.
        self._auto_restart = False
        self.terminal.discard()
        self.exit_event.set()
        self._app.leave_lost_terminal()  # type: ignore[attr-defined]

    def write(self, data: str) -> None:
        """Send an update in one piece, and at once where the terminal takes it."""
        self._frame.append(data)
        if self._frame[0] == SYNC_START and data != SYNC_END:
            return
        text = "".join(self._frame)
        self._frame.clear()
        if self.terminal.texts_sent == self._handed_over:
            if self.terminal.send_now(text):
                return
            text = ""  # what is left of it is with the terminal
        self._handed_over += 1
        super().write(text)

    def run_input_thread(self) -> None:
        try:
            self._read_input()
        except OSError:
            self.lose()

    def _read_input(self) -> None:
        """Take keys and replies of the terminal until input is disabled, or at its end."""
        parser, decoder = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace")
        with selectors.PollSelector() as selector:
            selector.register(self._end_of_input, selectors.EVENT_READ)
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self._end_of_input.is_set():
                # What may be the begin of a sequence is a key of its own, Escape, if nothing follows.
                begun = parser._timeout_time is not None
                ready = selector.select(ESCAPE_DELAY if begun else None)
                messages = list(parser.tick())
                if any(key.fd == self.fileno for key, _ in ready):
                    data = os.read(self.fileno, _READ_BYTES)
                    if not data:
                        self.lose()
                        return
                    messages += parser.feed(decoder.decode(data))
                for message in messages:
                    self.process_message(message)

    def close(self) -> None:
        super().close()
        self.terminal.close()
        self._end_of_input.close()

    def _on_hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self.lose()
