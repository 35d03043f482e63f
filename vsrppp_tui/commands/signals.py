"""SIGINT and SIGTERM: the first asks for a stop, a second one ends the process at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from vsrppp_tui.training.control import ControlPoint, StopCause

SAME_WISH_SECONDS = 1.0

_CAUSES: dict[int, StopCause] = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGTERM"}


def stop_on_signals(
    control: ControlPoint, on_first: Callable[[], None], *, insist: bool = True
) -> None:
    """Install the handlers; for the main thread. `on_first` is called in the handler.

    What comes within a second of the first is the same wish: `timeout` signals the process and then its
    group, and a shell may do both as well. Ending at once is left to the signal itself, so that whoever
    waits for this process sees what it died of. Without `insist` only the first one counts: a launcher of
    several ranks sends one more when the first of them has ended, and kills what does not end.
    """
    first: float | None = None

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal first
        now = time.monotonic()
        if first is None:
            first = now
            control.request_stop(_CAUSES[number])
            on_first()
        elif insist and now - first > SAME_WISH_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    for number in _CAUSES:
        signal.signal(number, handle)


class LeavesAtOnce(Protocol):
    """A screen, as far as a signal knows it."""

    def leave_at_once(self) -> None:
        """Close at the next look; callable from a signal handler."""
        ...


@contextmanager
def left_on_signals(app: LeavesAtOnce) -> Iterator[list[int]]:
    """SIGINT and SIGTERM end this screen, and no run; yields where the first one is noted."""
    caught: list[int] = []

    def leave(number: int, _frame: object) -> None:
        if caught:  # again: at once
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        caught.append(number)
        app.leave_at_once()

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
