"""Lines on their way into a socket that may not take them all at once."""

from __future__ import annotations

import socket
from collections import deque


class Outbox:
    """One line under way and those that wait behind it; never waits for the reader.

    Args:
        peer: a non-blocking socket.
    """

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._waiting: deque[bytes] = deque()
        self._under_way = memoryview(b"")

    def __len__(self) -> int:
        """Lines that have not been handed to the kernel whole."""
        return len(self._waiting) + bool(self._under_way)

    @property
    def size(self) -> int:
        """Bytes that have not been handed to the kernel."""
        return sum(map(len, self._waiting)) + len(self._under_way)

    def put(self, line: bytes) -> None:
        """Add a line, with its line feed; `flush` sends it."""
        self._waiting.append(line)

    def flush(self) -> bool:
        """Hand over as much as the kernel takes; whether that was all.

        Raises:
            OSError: the other side is gone.
        """
        while self:
            if not self._under_way:
                self._under_way = memoryview(self._waiting.popleft())
            try:
                sent = self._peer.send(self._under_way)
            except BlockingIOError:
                return False
            self._under_way = self._under_way[sent:]
        return True
