"""What comes into the engine: commands, each answered once at the trainer's control point.

Imports no torch. A screen, a signal handler or a socket submits; the trainer drains between steps.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

from vsrppp_tui.training.telemetry import Level

StopCause = Literal["stop", "SIGINT", "SIGTERM"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Stand still at the next step boundary."""


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Validate:
    """Validate at the next step boundary."""


@dataclass(frozen=True, slots=True)
class SaveCheckpoint:
    """Write latest.pth at the next step boundary."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop between micro-batches and save the last step boundary."""

    cause: StopCause = "stop"


@dataclass(frozen=True, slots=True)
class Edit:
    """Change configuration keys (upper case, plain values), all or none."""

    changes: Mapping[str, Any]


Command = Pause | Continue | Validate | SaveCheckpoint | Stop | Edit


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a thread beside the engine has noticed, to be told as an event.

    It comes from this process alone: no screen can send one.
    """

    kind: str
    text: str
    level: Level = "info"


@dataclass(frozen=True, slots=True)
class Reply:
    """The one answer to a command: applied at step N, or refused and why."""

    ok: bool
    step: int
    text: str


@dataclass(slots=True)
class Request:
    """A command under way, with who sent it and where its reply goes."""

    command: Command | Remark
    who: str
    reply: Future[Reply] = field(default_factory=Future)

    def answer(self, ok: bool, step: int, text: str) -> None:
        """Send the reply."""
        self.reply.set_result(Reply(ok, step, text))


class ControlPoint:
    """A thread-safe mailbox from any number of senders to one trainer."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()
        self._changed = threading.Condition()
        self._stop: StopCause | None = None
        self._closed: str | None = None

    def submit(self, command: Command | Remark, who: str) -> Future[Reply]:
        """Hand a command over; the reply arrives at the next step boundary, or at once after the end."""
        request = Request(command, who)
        with self._changed:
            if self._closed is not None:
                request.answer(False, 0, self._closed)
                return request.reply
            if isinstance(command, Stop) and (self._stop is None or command.cause != "stop"):
                self._stop = command.cause
            self._requests.append(request)
            self._changed.notify_all()
        return request.reply

    def request_stop(self, cause: StopCause) -> None:
        """Ask for a stop from a signal handler.

        Takes no lock: the handler runs in the main thread, which may be inside `submit`.
        """
        self._stop = cause

    @property
    def stop_cause(self) -> StopCause | None:
        """Why the trainer is asked to stop; looked at between micro-batches. None: go on."""
        return self._stop

    def drain(self) -> list[Request]:
        """Take every waiting request, oldest first."""
        with self._changed:
            taken = list(self._requests)
            self._requests.clear()
        return taken

    def wait(self, timeout: float) -> None:
        """Sleep until a request arrives, at most `timeout` seconds; used while paused."""
        with self._changed:
            if not self._requests and self._stop is None:
                self._changed.wait(timeout)

    def close(self, reason: str) -> None:
        """Refuse all that waits and all that still comes: the trainer has ended."""
        with self._changed:
            self._closed = reason
            waiting = list(self._requests)
            self._requests.clear()
        for request in waiting:
            request.answer(False, 0, reason)
