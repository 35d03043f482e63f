"""Append-only files of one record a line, in which a killed process may have left half a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def open_lines(path: Path) -> BinaryIO:
    """Open for appending, after cutting a half-written last line off.

    Raises:
        OSError: the file cannot be opened for writing.
    """
    file = path.open("a+b")
    file.truncate(_end_of_last_line(file))
    return file


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
