"""The link between a screen and an engine in the same process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from vsrppp_tui.training.control import Command, ControlPoint, Reply
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event, History, Snapshot

KEPT_EVENTS = 500


class InProcessLink(Observer):
    """Keeps the newest snapshot and the newest events of the engine for any number of readers.

    Assigning and reading one reference is atomic in Python, so a reader never waits for the engine
    nor the engine for a reader.
    """

    def __init__(
        self,
        first: Snapshot,
        control: ControlPoint,
        read_history: Callable[[], History],
        who: str = "dashboard",
    ) -> None:
        self._snapshot = first
        self._control = control
        self._read_history = read_history
        self._who = who
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def on_event(self, event: Event) -> None:
        self._events.append(event)

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def events(self, after: int) -> tuple[Event, ...]:
        return tuple(event for event in tuple(self._events) if event.seq > after)

    def history(self) -> History:
        return self._read_history()

    def send(self, command: Command) -> Future[Reply]:
        return self._control.submit(command, self._who)
