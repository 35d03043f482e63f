"""What a run tells every client: the newest snapshot and the newest events, each encoded once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from vsrppp_tui.link.protocol import EventMessage, MissedMessage, SnapshotMessage, encode
from vsrppp_tui.training.telemetry import Event, Snapshot

KEPT_EVENTS = 500


@dataclass(slots=True)
class Place:
    """How far a client is: the next event it gets, and the snapshot it got last."""

    event: int
    snapshot: Snapshot | None = None


@dataclass(slots=True)
class _Kept:
    number: int  # of all events of this process, from 0
    event: Event
    line: bytes | None = None  # encoded when the first client gets it


class Feed:
    """Filled in the engine's thread by assignment and append alone; read in the server's thread.

    Snapshots take each other's place. Of the events the newest `KEPT_EVENTS` are kept.
    """

    def __init__(self, first: Snapshot) -> None:
        self._newest = first
        self._arrived: deque[_Kept] = deque(maxlen=KEPT_EVENTS)
        self._count = 0
        self._kept: deque[_Kept] = deque(maxlen=KEPT_EVENTS)
        self._encoded: tuple[Snapshot, bytes] | None = None

    @property
    def newest(self) -> Snapshot:
        """The newest snapshot."""
        return self._newest

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """Take a snapshot (engine's thread)."""
        self._newest = snapshot

    def put_event(self, event: Event) -> None:
        """Take an event (engine's thread)."""
        self._arrived.append(_Kept(self._count, event))
        self._count += 1

    def oldest(self) -> Place:
        """Where a new client begins: with every event that is kept."""
        self._collect()
        return Place(self._kept[0].number if self._kept else self._next_number())

    def next_line(self, place: Place) -> bytes | None:
        """What a client gets next, moving its place on; None once it has everything.

        Events go before the snapshot, so that a client which leaves at a final state knows why.
        """
        self._collect()
        if self._kept and place.event < self._kept[0].number:
            missed = self._kept[0].number - place.event
            place.event += missed
            return encode(MissedMessage(events=missed))
        if place.event < self._next_number():
            kept = self._kept[place.event - self._kept[0].number]
            place.event += 1
            if kept.line is None:
                kept.line = encode(EventMessage(event=kept.event))
            return kept.line
        newest = self._newest
        if place.snapshot is newest:
            return None
        place.snapshot = newest
        return self._encode(newest)

    def _collect(self) -> None:
        # Until it is empty: were events lost while this loop ran, at least as many as are kept came
        # after them, so those that are kept are without gaps.
        while self._arrived:
            self._kept.append(self._arrived.popleft())

    def _next_number(self) -> int:
        return self._kept[-1].number + 1 if self._kept else 0

    def _encode(self, snapshot: Snapshot) -> bytes:
        if self._encoded is None or self._encoded[0] is not snapshot:
            self._encoded = (snapshot, encode(SnapshotMessage(snapshot=snapshot)))
        return self._encoded[1]
