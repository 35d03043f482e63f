"""A pseudo-terminal that does nothing but read: what the program wrote, and when.

A second process draws nothing while the program is measured, since it would compete for the same
cores: the bytes are kept with the time of their arrival, and turned into screens afterwards (pyte).
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import pyte

ROOT = Path(__file__).parents[1]
COLUMNS, ROWS = 160, 50


class RecordedTerminal:
    """A Python module running behind 160x50 cells; use as a context manager.

    Args:
        arguments: what follows ``python -m``.
        cwd: working folder of the program.
    """

    def __init__(self, arguments: Sequence[str], cwd: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._chunks: list[tuple[float, bytes]] = []
        self._drawn = 0  # chunks that the screen has taken
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._reader = threading.Thread(target=self._read, name="terminal")
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)},
        )
        os.close(slave)
        self._reader.start()

    def __enter__(self) -> RecordedTerminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        os.close(self._master)

    def press(self, key: str) -> float:
        """Type a key; returns when."""
        pressed = time.perf_counter()
        os.write(self._master, key.encode())
        return pressed

    def bytes_between(self, begin: float, end: float) -> int:
        """Bytes that arrived in a stretch of `time.perf_counter`."""
        return sum(len(data) for when, data in tuple(self._chunks) if begin <= when < end)

    def screens(self) -> Iterator[tuple[float, list[str]]]:
        """Each screen since the last call, line by line, with the time of its last byte."""
        while self._drawn < len(self._chunks):
            when, data = self._chunks[self._drawn]
            self._drawn += 1
            self._stream.feed(data)
            yield when, self.lines

    @property
    def lines(self) -> list[str]:
        """The screen after all that `screens` has gone through."""
        return list(self._screen.display)

    def wait_for(
        self, test: Callable[[list[str]], bool], timeout: float, *, look_every: float = 0.25
    ) -> float:
        """When the screen first passed a test; looks every so many seconds.

        Raises:
            RuntimeError: it did not within `timeout` seconds, or the program ended before.
        """
        deadline = time.perf_counter() + timeout
        while True:
            ended = self.process.poll() is not None
            for when, lines in self.screens():
                if test(lines):
                    return when
            if ended or time.perf_counter() > deadline:
                shown = "\n".join(line.rstrip() for line in self.lines)
                raise RuntimeError(f"the screen never came; the last one:\n{shown}")
            time.sleep(look_every)

    def tail(self, size: int = 2000) -> str:
        """The last bytes that the program wrote, as text: of one that failed, its last words."""
        return b"".join(data for _when, data in self._chunks)[-size:].decode(errors="replace")

    def wait_for_exit(self, timeout: float) -> int:
        """Wait until the program ends by itself; returns its exit code.

        Raises:
            subprocess.TimeoutExpired: it does not within `timeout` seconds.
        """
        return self.process.wait(timeout)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the program's side is closed
                return
            self._chunks.append((time.perf_counter(), data))


def shows(text: str) -> Callable[[list[str]], bool]:
    """A test for `RecordedTerminal.wait_for`: the text stands in one of the lines."""
    return lambda lines: any(text in line for line in lines)
