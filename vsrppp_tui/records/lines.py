"""Append-only files of whole records, most of them lines, on a disk that may be full for a while."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

WAITING_BYTES = 1_000_000


class AppendFile:
    """Appends whole records, or nothing of them: what cannot be written waits for the next `flush`.

    A record that was written in part is cut off again, so that at every moment the file ends with a
    whole one.

    Args:
        path: The file; created where it is missing, continued where it is there.
        waiting_bytes: Above this size of what waits, the oldest expendable records are given up.
        expendable: Whether a record may be given up; by default any.

    Raises:
        OSError: the file cannot be opened for writing.
    """

    def __init__(
        self,
        path: Path,
        *,
        waiting_bytes: int = WAITING_BYTES,
        expendable: Callable[[bytes], bool] = lambda record: True,
    ) -> None:
        # Unbuffered: a buffer would keep half a record of a failed write and bring it out later.
        self._file = path.open("a+b", buffering=0)
        self._end = self._file.seek(0, os.SEEK_END)
        self._is_cut = True  # whether the file ends at `_end`
        self._waiting: deque[bytes] = deque()
        self._limit = waiting_bytes
        self._expendable = expendable

    def write(self, record: bytes) -> None:
        """Take a record; the next `flush` writes it."""
        self._waiting.append(record)

    def flush(self, *, durable: bool = False) -> None:
        """Write all that waits; `durable` brings it to the disk as well.

        Raises:
            OSError: nothing of it has been written, and all of it still waits.
        """
        if not self._waiting:
            return
        content = b"".join(self._waiting)
        try:
            self._append(content, durable)
        except OSError:
            self._cut()
            self._give_up_oldest()
            raise
        self._end += len(content)
        self._waiting.clear()

    def tell(self) -> int:
        """Size of the file in bytes, without what waits."""
        return self._end

    def close(self) -> None:
        """Try a last time to write what waits, and let go of the file.

        Raises:
            OSError: what waits could not be written and is lost.
        """
        if self._file.closed:
            return
        with self._file:
            self.flush()

    def _append(self, content: bytes, durable: bool) -> None:
        if not self._is_cut:
            self._file.truncate(self._end)
        self._is_cut = False
        rest = memoryview(content)
        while rest:  # a disk that is nearly full takes a part
            rest = rest[os.write(self._file.fileno(), rest) :]
        if durable:
            os.fsync(self._file.fileno())
        self._is_cut = True

    def _cut(self) -> None:
        with contextlib.suppress(OSError):  # the next `flush` begins with it
            self._file.truncate(self._end)
            self._is_cut = True

    def _give_up_oldest(self) -> None:
        excess = sum(map(len, self._waiting)) - self._limit
        kept: deque[bytes] = deque()
        for record in self._waiting:
            if excess > 0 and self._expendable(record):
                excess -= len(record)
            else:
                kept.append(record)
        self._waiting = kept


def open_lines(
    path: Path, *, expendable: Callable[[bytes], bool] = lambda line: True
) -> AppendFile:
    """Open a file of lines for appending, after cutting a half-written last line off.

    Raises:
        OSError: the file cannot be opened for writing.
    """
    with path.open("a+b") as file:
        file.truncate(_end_of_last_line(file))
    return AppendFile(path, expendable=expendable)


def complete_lines(path: Path) -> list[bytes]:
    """Every complete line of the file, without its line feed; empty where there is no file.

    Raises:
        OSError: the file is there but cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return content[: content.rfind(b"\n") + 1].splitlines()


def lines_backwards(path: Path, block: int = 65536) -> Iterator[bytes]:
    """The complete lines of the file, the last one first; reads no more of it than is asked for.

    Raises:
        OSError: the file is there but cannot be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        end = _end_of_last_line(file)
        tail = b""
        while end:
            start = max(0, end - block)
            file.seek(start)
            tail = file.read(end - start) + tail
            first, *lines = tail.removesuffix(b"\n").split(b"\n")
            yield from reversed(lines)
            # The first may have begun in the block before; it keeps its line feed.
            tail, end = first + b"\n", start
        if tail:
            yield tail.removesuffix(b"\n")


def _end_of_last_line(file: BinaryIO, block: int = 65536) -> int:
    """The offset behind the last line feed; 0 where there is none."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
