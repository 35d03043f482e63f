"""The control point of a run of several ranks: whatever one of them is told, all do at the same boundary.

Once a step every rank tells four numbers to all others: why it was asked to stop, whether rank 0 has
commands, whether the rank has warnings for rank 0, and whether it is in trouble. Commands and warnings
themselves travel only then. While the run is paused the exchange goes on, twice a second.
"""

from __future__ import annotations

from typing import Any

from vsrppp_tui.training.control import Command, ControlPoint, Remark, Request, StopCause
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.telemetry import Event

# The higher number holds where ranks were told different things.
_CAUSES: tuple[StopCause | None, ...] = (None, "stop", "SIGINT", "SIGTERM")
_OWN_WARNINGS = ("loader", "unreadable", "memory")
"""Warnings that only the rank knows of where it came to them; all others know the rest themselves."""


class SharedControl(ControlPoint):
    """Stands in for `own`, the control point of this process, in a trainer of several ranks."""

    def __init__(self, own: ControlPoint, ranks: Ranks, reporter: Reporter) -> None:
        super().__init__()
        self._own = own
        self._ranks = ranks
        self._reporter = reporter
        self._agreed: StopCause | None = None
        self._waiting: list[Request] = []
        self._news = _News()
        if not ranks.leads:
            reporter.attach([self._news])

    @property
    def stop_cause(self) -> StopCause | None:
        """What all ranks have agreed on; it changes in `drain` and `in_trouble` alone."""
        return self._agreed

    def drain(self) -> list[Request]:
        """The commands of rank 0, on every rank; all call this at the same boundary."""
        self._waiting += self._own.drain()
        commands, news, _ = self._exchange(trouble=False)
        if news:
            self._tell_news()
        if not commands:
            return []
        taken, self._waiting = self._waiting, []
        told = self._ranks.broadcast([(request.command, request.who) for request in taken])
        return taken if self._ranks.leads else [_followed(command, who) for command, who in told]

    def wait(self, timeout: float) -> None:
        """Rank 0 sleeps until a request arrives; the others wait for it in the exchange that follows."""
        if self._ranks.leads:
            self._own.wait(timeout)

    def in_trouble(self, trouble: bool) -> bool:
        """Whether this rank or any other is in `trouble`; all call this at the same place."""
        return self._exchange(trouble=trouble)[2]

    def _exchange(self, *, trouble: bool) -> tuple[bool, bool, bool]:
        mine = [
            _CAUSES.index(self._own.stop_cause),
            int(bool(self._waiting) and self._ranks.leads),
            int(bool(self._news.texts)),
            int(trouble),
        ]
        causes, commands, news, troubles = zip(*self._ranks.exchange(mine), strict=True)
        self._agreed = _CAUSES[max(causes)]
        if self._agreed is not None:  # the exit code of this process says the same
            self._own.request_stop(self._agreed)
        return any(commands), any(news), any(troubles)

    def _tell_news(self) -> None:
        told = self._ranks.gather(self._news.texts)
        self._news.texts = []
        if self._ranks.leads:
            for rank, texts in enumerate(told):
                for key, text in texts:
                    self._reporter.alert(f"{key} {rank}", f"Rank {rank}: {text}")


class _News(Observer):
    """Keeps the warnings of a rank that has no records."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    def on_event(self, event: Event) -> None:
        key: Any = event.data.get("key")
        if event.kind == "warning" and key in _OWN_WARNINGS:
            self.texts.append((key, event.text))


def _followed(command: Command | Remark, who: str) -> Request:
    """A command of rank 0 on another rank; nobody waits for its reply there."""
    return Request(command, who)
