"""How any thread rouses one that waits in a selector."""

from __future__ import annotations

import os
import threading


class Waker:
    """Readable from `wake` until `clear`; many calls of `wake` in between count as one."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False
        # A number that is closed may be given to a new file at once: nobody may write to it then.
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._descriptor

    def wake(self) -> None:
        """Rouse the thread; never waits, and does nothing once closed."""
        with self._lock:
            if not self._closed:
                os.eventfd_write(self._descriptor, 1)

    def clear(self) -> None:
        """Be quiet until the next `wake`; called by the roused thread, before it looks for work."""
        try:
            os.eventfd_read(self._descriptor)
        except BlockingIOError:  # nobody has called
            return

    def close(self) -> None:
        """Let go of the descriptor."""
        with self._lock:
            self._closed = True
            os.close(self._descriptor)
