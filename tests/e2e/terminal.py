"""A person at a terminal: the real program in a pseudo-terminal, its screen read through pyte."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte

PROGRAM = (sys.executable, "-m", "vsrppp_tui")
ROOT = Path(__file__).parents[2]
KEYS = {"enter": "\r", "escape": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "backspace": "\x7f"}


class Terminal:
    """The program behind a screen of `columns` x `rows`; use as a context manager."""

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        columns: int = 120,
        rows: int = 40,
        kind: str = "xterm-256color",
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        master, slave = pty.openpty()
        self._master: int | None = master
        _set_size(slave, columns, rows)
        self.initial_modes = termios.tcgetattr(slave)
        environment = {**os.environ, "TERM": kind, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_own_the_terminal,
            env=environment,
        )
        self._slave = slave
        self.received = 0  # bytes written by the program

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):  # the group outlives its leader
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._master is not None:
            os.close(self._master)
        os.close(self._slave)

    def hang_up(self) -> None:
        """Close the line: the window is gone, the SSH connection dropped."""
        assert self._master is not None
        os.close(self._master)
        self._master = None

    def text(self) -> str:
        """What stands on the screen now."""
        self.read(0.0)
        return "\n".join(self.screen.display)

    def read(self, seconds: float) -> int:
        """Take what the program writes during `seconds`; returns how many bytes that were."""
        assert self._master is not None, "the terminal has hung up"
        deadline = time.monotonic() + seconds
        count = 0
        while True:
            left = max(0.0, deadline - time.monotonic())
            ready, _, _ = select.select([self._master], [], [], left)
            if not ready:
                self.received += count
                return count
            try:
                block = os.read(self._master, 65536)
            except OSError:  # the program has gone and its side is closed
                block = b""
            if not block:
                self.received += count
                return count
            count += len(block)
            self._stream.feed(block)

    def freeze(self) -> None:
        """Read nothing, and have the screen repainted until the line holds all it can."""
        assert self._master is not None
        waiting: list[int] = []
        while len(waiting) < 12 or len(set(waiting[-8:])) > 1:
            assert len(waiting) < 300, "the line takes everything"
            _set_size(self._master, self.screen.columns - len(waiting) % 2, self.screen.lines)
            time.sleep(0.1)
            held = fcntl.ioctl(self._master, termios.FIONREAD, struct.pack("i", 0))
            waiting.append(struct.unpack("i", held)[0])
        _set_size(self._master, self.screen.columns, self.screen.lines)

    def press(self, *keys: str) -> None:
        """Type keys: names of `KEYS`, or the characters themselves."""
        assert self._master is not None
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def wait_for(self, sought: str | Callable[[str], bool], timeout: float = 60.0) -> str:
        """Read until the screen holds a text (or passes a test); returns the screen."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.read(0.05)
            text = "\n".join(self.screen.display)
            if sought in text if isinstance(sought, str) else sought(text):
                return text
            if self.process.poll() is not None:
                break
        text = self.text()
        if sought in text if isinstance(sought, str) else sought(text):
            return text
        raise AssertionError(
            f"{sought!r} did not appear; exit {self.process.poll()}; screen:\n{text}"
        )

    def wait_for_exit(self, timeout: float = 60.0) -> int:
        """Read until the program ends; returns its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running; screen:\n{self.text()}"
            self.read(0.05)
        self.read(0.05)
        return self.process.returncode

    def modes(self) -> list[object]:
        """The terminal's settings (termios), to see that they were put back."""
        return termios.tcgetattr(self._slave)


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    """Resize the window; the kernel tells the program."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _own_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
