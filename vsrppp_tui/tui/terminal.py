"""The terminal as a file that may vanish or freeze: whoever writes to it never hangs for good.

Imports no Textual, so that the process in front of a dashboard can use it as well.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from vsrppp_tui.tui.sgr import LeanColours

_LOOK_SECONDS = 0.2  # how often a writer that waits for a frozen terminal looks whether to give up
_PATIENCE_SECONDS = 1.0

# Leave the alternate screen, show the cursor, end mouse, focus and paste reports and the keyboard protocol.
RESTORE = b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[0m\r"


def open_terminal(descriptor: int) -> int:
    """Open the terminal behind `descriptor` anew for writing that never blocks.

    A new description is needed: O_NONBLOCK on the one that is shared with the shell would change the
    shell's own reads and writes.

    Raises:
        OSError: it is no terminal, or it has no name here (a container's, say) and is not the controlling one.
    """
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
    try:
        return os.open(os.ttyname(descriptor), flags)
    except FileNotFoundError:
        return os.open("/dev/tty", flags)


def has_hung_up(descriptor: int) -> bool:
    """Whether nobody is at the other end of the terminal any more."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return bool(poll.poll(0))


class TerminalFile:
    """What the dashboard's frames are written to.

    A terminal that is not read is waited for, without a limit until `hurry` has been called. One that
    is gone is told of once, through `on_lost` (called in the writing thread); from then on whatever is
    written is discarded.

    Frames are written by a thread of Textual's, which may have to wait. Where it has nothing left to send,
    `send_now` sends a frame without it: to wake it up takes longer than the terminal does.

    Raises:
        OSError: as `open_terminal`.
    """

    encoding = "utf-8"

    def __init__(self, descriptor: int, on_lost: Callable[[], None]) -> None:
        self._descriptor = open_terminal(descriptor)
        self._on_lost = on_lost
        self._pending: list[str] = []
        self._left = b""  # of a frame for which the terminal had no room at once
        self._texts = self._texts_sent = 0  # that the thread has brought
        self._colours = LeanColours()
        self._discarding = threading.Event()
        self._patience: float | None = None
        self.gave_up = False  # nobody read it, and the program wanted to end

    @property
    def discarding(self) -> bool:
        """Whether the terminal has been given up."""
        return self._discarding.is_set()

    def hurry(self) -> None:
        """From now on a terminal that takes nothing for a second is given up: the program wants to end."""
        self._patience = _PATIENCE_SECONDS

    def discard(self) -> None:
        """Give the terminal up; a writer that waits for it returns."""
        self._discarding.set()

    def close(self) -> None:
        """Let go of the terminal."""
        self.discard()
        os.close(self._descriptor)

    def fileno(self) -> int:
        """The descriptor, for questions about the terminal's size and kind."""
        return self._descriptor

    def isatty(self) -> bool:
        """True: `open_terminal` has seen to it."""
        return True

    @property
    def texts_sent(self) -> int:
        """How many texts have been written and sent; equal to how many the thread was given: it is idle."""
        return self._texts_sent

    def send_now(self, text: str) -> bool:
        """Send as much of a text as the terminal takes at once; False: the rest goes with the next `flush`.

        Only for when the thread that writes is idle.
        """
        data = self._encoded([self._colours.lean(text)])
        try:
            sent = 0 if self.discarding else os.write(self._descriptor, data)
        except OSError:  # what is wrong with it is the thread's to find out
            sent = 0
        self._left = data[sent:]
        return not self._left

    def write(self, text: str) -> int:
        """Take a text; it is sent at the next `flush`."""
        self._pending.append(self._colours.lean(text))
        self._texts += 1
        return len(text)

    def flush(self) -> None:
        """Send what has been written, waiting for the terminal where it has no room."""
        texts = self._texts
        data = memoryview(self._left + self._encoded(self._pending))
        self._left = b""
        self._pending.clear()
        self._send(data)
        self._texts_sent = texts

    def _encoded(self, texts: list[str]) -> bytes:
        return "".join([*texts, self._colours.rest()]).encode("utf-8", "replace")

    def _send(self, data: memoryview) -> None:
        waited = 0.0
        while data and not self.discarding:
            try:
                data = data[os.write(self._descriptor, data) :]
                waited = 0.0
            except BlockingIOError:
                waited += self._wait_for_room()
                if self._patience is not None and waited > self._patience:
                    self.gave_up = True
                    self.discard()
            except OSError:
                self.discard()
                self._on_lost()

    def _wait_for_room(self) -> float:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        poll.poll(_LOOK_SECONDS * 1000)
        return _LOOK_SECONDS
