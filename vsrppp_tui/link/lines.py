"""A stream of bytes as lines, in bounded memory."""

from __future__ import annotations


class LineTooLong(ValueError):
    """The other side sends a line that is longer than agreed."""


class LineSplitter:
    """Cuts what arrives, in whatever pieces, into lines.

    Args:
        limit: bytes of the longest line, without its line feed.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer that are known to hold no line feed

    def feed(self, data: bytes) -> None:
        """Append what has arrived."""
        self._buffer += data

    def next_line(self) -> bytes | None:
        """The oldest whole line without its line feed; None where there is none yet.

        Raises:
            LineTooLong: the line, whole or not, is longer than the limit.
        """
        end = self._buffer.find(b"\n", self._searched)
        if (len(self._buffer) if end < 0 else end) > self._limit:
            raise LineTooLong(f"a line may have at most {self._limit:,} bytes")
        if end < 0:
            self._searched = len(self._buffer)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return line
