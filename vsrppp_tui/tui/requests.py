"""Commands on their way to the run, and their replies as they come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

from vsrppp_tui.link.interface import Command, Link, Reply
from vsrppp_tui.tui.events import EventLog, Note

Then = Callable[[Reply], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    reply: Future[Reply]
    note: Note
    then: Then | None


class Requests:
    """Sends commands and turns their futures into notes; looked at by the screen's tick.

    A future is polled, never waited for: the screen answers keys however long a step takes.
    """

    def __init__(self, link: Link, log: EventLog, clock: Callable[[], float]) -> None:
        self._link = link
        self._log = log
        self._clock = clock
        self._waiting: list[_Waiting] = []

    def send(self, command: Command, asked: str, then: Then | None = None) -> Note:
        """Send a command; `asked` is shown until the reply is, `then` is called with the reply.

        The note that is returned carries the reply once it has come.
        """
        note = self._log.note(self._clock(), f"{asked} …")
        self._waiting.append(_Waiting(self._link.send(command), note, then))
        self.poll()
        return note

    def poll(self) -> bool:
        """Take the replies that have come; whether there was one."""
        done = [waiting for waiting in self._waiting if waiting.reply.done()]
        self._waiting = [waiting for waiting in self._waiting if not waiting.reply.done()]
        for waiting in done:
            self._take(waiting)
        return bool(done)

    def _take(self, waiting: _Waiting) -> None:
        reply = _reply_of(waiting.reply)
        waiting.note.text = reply.text if reply.ok else f"refused: {reply.text}"
        waiting.note.level = "good" if reply.ok else "warning"
        if waiting.then is not None:
            waiting.then(reply)


def _reply_of(future: Future[Reply]) -> Reply:
    """The reply, also of a connection that broke before one came."""
    try:
        return future.result()
    except CancelledError:
        return Reply(False, 0, "the run ended before it answered.")
    except OSError as error:
        return Reply(False, 0, f"the run cannot be reached: {error}.")
