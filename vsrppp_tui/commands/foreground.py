"""The process in front of a screen: it owns the shell's job while the training runs in its child.

The child can leave the terminal behind, by the user's wish or because the line was cut, and train on; the
process in front then returns to the shell. It forks before anything has started a thread (numpy, OpenCV,
PyTorch and Textual all do).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType
from typing import Any

from vsrppp_tui.tui.terminal import RESTORE, open_terminal

NEEDED = "draws a dashboard and needs a terminal, with a TERM other than dumb"
_NO_CURSOR = ("dumb", "unknown")
_THREADED = ("numpy", "cv2", "torch", "textual")
_FORWARDED = (signal.SIGTERM, signal.SIGCONT)
_IGNORED = (signal.SIGINT, signal.SIGHUP)
_OWN = (*_FORWARDED, *_IGNORED, signal.SIGCHLD)


def has_terminal() -> bool:
    """Whether there is a screen to draw on; Textual reads from stdin and draws on stderr.

    Under `nohup` there is none, whatever the descriptors are: its user wants to leave. Nor is there on a
    terminal that says it can move no cursor, where Textual would lay its screen out again without an end.
    """
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return False
    if os.environ.get("TERM", "").lower() in _NO_CURSOR:
        return False
    return all(stream is not None and stream.isatty() for stream in streams)


class Leave:
    """The child's way out of the terminal."""

    def __init__(self, parent: int) -> None:
        self._parent: int | None = parent

    def __call__(self, code: int = 0) -> None:
        """Go on in a session of one's own without a terminal; the shell is told `code`. Once is enough."""
        if self._parent is None:
            return
        let_go_of_terminal()
        os.setsid()
        with contextlib.suppress(OSError):  # a parent that was killed has nobody to tell
            os.write(self._parent, bytes([code]))
        os.close(self._parent)
        self._parent = None


def let_go_of_terminal() -> None:
    """Replace standard streams that are terminals by /dev/null."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        if os.isatty(descriptor) or _is_dead_terminal(descriptor):
            os.dup2(nowhere, descriptor)
    os.close(nowhere)


def run_in_child(main: Callable[[Leave], int]) -> int:
    """Run `main` in a child; returns its exit code, or what it told the shell when it left the terminal.

    SIGTERM is handed on, SIGINT and the hang-up are left to the child, a stopped child stops the job. A
    child that a signal ends leaves a terminal that is put right here; the code is then 128 + signal.
    """
    started = [name for name in _THREADED if name in sys.modules]
    assert not started, f"{started} may have started threads, which do not survive a fork"
    reading, writing = os.pipe()
    modes = termios.tcgetattr(sys.stdin.fileno())
    signal.pthread_sigmask(signal.SIG_BLOCK, _OWN)
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _OWN)
        return main(Leave(writing))
    os.close(writing)
    watch = _Watch(child)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OWN)
    told = os.read(reading, 1)  # ends with the child at the latest
    os.close(reading)
    return told[0] if told else _exit_code(child, watch.wait(), modes)


class _Watch:
    """Signals of the process in front, and the fate of its child."""

    def __init__(self, child: int) -> None:
        self._child = child
        self._status: int | None = None
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        for number in _FORWARDED:
            signal.signal(number, self._forward)
        signal.signal(signal.SIGCHLD, self._look)

    def wait(self) -> int:
        """The child's exit status, as `os.waitpid` gives it."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        while self._status is None:
            _, self._status = os.waitpid(self._child, 0)
        return self._status

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if self._status is None:
            os.kill(self._child, number)

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        """The child has ended or was stopped; in the latter case the shell must get its prompt."""
        if self._status is not None:
            return
        child, status = os.waitpid(self._child, os.WNOHANG | os.WUNTRACED)
        if child and os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
        elif child:
            self._status = status


def _exit_code(child: int, status: int, modes: list[Any]) -> int:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    put_right(modes)
    name = signal.Signals(-code).name
    if -code not in (signal.SIGINT, signal.SIGTERM):
        from vsrppp_tui.commands.lost_child import lost_child_text

        print(f"vsrppp: {lost_child_text(child, name)}", file=sys.stderr)
    return 128 - code


def put_right(modes: list[Any]) -> None:
    """Leave the alternate screen and raw mode on behalf of a program that could not."""
    with contextlib.suppress(OSError, termios.error):  # the terminal may be gone as well
        terminal = open_terminal(sys.stderr.fileno())
        os.write(terminal, RESTORE)
        os.close(terminal)
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, modes)


def _is_dead_terminal(descriptor: int) -> bool:
    """Whether a descriptor is a terminal that has hung up: isatty() denies it then."""
    try:
        return os.major(os.fstat(descriptor).st_rdev) in _TERMINAL_MAJORS
    except OSError:
        return False


# Character devices of terminals (Linux, Documentation/admin-guide/devices.txt): virtual consoles, serial
# lines, /dev/tty and the console, slaves of pseudo-terminals.
_TERMINAL_MAJORS = frozenset({4, 5, *range(136, 144)})
