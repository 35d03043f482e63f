"""A recorded run as it stood at any moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vsrppp_tui.link.timeline import Timeline, longest_gap, rising
from vsrppp_tui.training.telemetry import Event, History, Snapshot, ValidationResult, followed_by


@dataclass(frozen=True, slots=True)
class _Dated:
    """Records of one kind in the order of time."""

    moments: Sequence[float]

    def until(self, moment: float) -> int:
        """How many there are up to a moment, which counts."""
        return bisect_right(self.moments, moment)


class Recording:
    """Everything here is a function of the moment alone, so going back needs no more than asking.

    Begins with the first snapshot; what was recorded before it is there from the beginning.

    Args:
        history: at least one snapshot.
    """

    def __init__(self, history: History) -> None:
        assert history.snapshots, "the reader refuses a record without snapshots"
        self.history = replace(history, events=_numbered(history.events))
        snapshots = _Dated(rising(snapshot.time for snapshot in history.snapshots))
        self._validations = _Dated(rising(result.time for result in history.validations))
        self._events = _Dated(rising(event.time for event in self.history.events))
        self._snapshots = snapshots
        moments, self._states = _states(self.history, snapshots.moments, self._validations.moments)
        self._dated_states = _Dated(moments)
        first = snapshots.moments[0]
        later = [*moments, *self._events.moments]
        self.timeline = Timeline(
            [first, *(moment for moment in later if moment > first)],
            longest_gap(snapshots.moments),
        )

    def state(self, moment: float) -> Snapshot:
        """The newest state recorded by then, a validation since the last snapshot included."""
        return self._states[max(0, self._dated_states.until(moment) - 1)]

    def events(self, moment: float) -> tuple[Event, ...]:
        """The events by then, numbered from 0: those of several processes do not repeat a number."""
        return self.history.events[: self._events.until(moment)]

    def until(self, moment: float) -> History:
        """What the records held then."""
        return History(
            self.history.snapshots[: max(1, self._snapshots.until(moment))],
            self.history.validations[: self._validations.until(moment)],
            self.events(moment),
        )


def _numbered(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events with numbers and times that rise, in the order of the file."""
    times = rising(event.time for event in events)
    return tuple(
        replace(event, seq=seq, time=time)
        for seq, (event, time) in enumerate(zip(events, times, strict=True))
    )


def _states(
    history: History, snapshots: Sequence[float], validations: Sequence[float]
) -> tuple[list[float], list[Snapshot]]:
    """Each state the run was in, with its moment: after every snapshot and every validation."""
    records: list[tuple[float, Snapshot | ValidationResult]] = [
        *zip(snapshots, history.snapshots, strict=True),
        *zip(validations, history.validations, strict=True),
    ]
    moments: list[float] = []
    states: list[Snapshot] = []
    now = history.snapshots[0]
    for moment, record in sorted(records, key=lambda dated: dated[0]):
        now = record if isinstance(record, Snapshot) else followed_by(now, record)
        moments.append(moment)
        states.append(now)
    return moments, states
