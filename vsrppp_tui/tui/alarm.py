"""An event that a thread can wait for together with files."""

from __future__ import annotations

import os
import threading
from contextlib import suppress


class Alarm(threading.Event):
    """Readable, as a file, while it is set; `select` and its like take it as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._readable, False)
        os.set_blocking(self._writable, False)
        self._closed = False

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._readable

    def set(self) -> None:
        super().set()
        if not self._closed:
            with suppress(BlockingIOError):  # it has been set very often, and is readable
                os.write(self._writable, b"!")

    def clear(self) -> None:
        super().clear()
        with suppress(BlockingIOError):
            while os.read(self._readable, 1024):
                pass

    def close(self) -> None:
        """Let go of the descriptors; it can be set all the same."""
        if not self._closed:
            self._closed = True
            os.close(self._readable)
            os.close(self._writable)
