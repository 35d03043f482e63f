"""The event list of the screen: what the run reports, what its records hold, and short notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vsrppp_tui.link.interface import Event, Level

KEPT = 200


@dataclass(slots=True)
class Note:
    """A message of this screen alone, such as the reply to a key; its text may still change."""

    time: float
    text: str
    level: Level = "info"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the event panel."""

    time: float
    step: int | None
    kind: str  # empty for a note
    text: str
    level: Level


class EventLog:
    """Events and notes in the order of time, each event once, the newest `KEPT`."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._notes: list[Note] = []
        self.newest = -1  # the highest sequence number taken from the link

    def add(self, events: Iterable[Event]) -> bool:
        """Take events that came live; whether any was new."""
        events = tuple(events)
        self.newest = max([self.newest, *(event.seq for event in events)])
        return self.add_recorded(events)

    def add_recorded(self, events: Iterable[Event]) -> bool:
        """Take events that may have come before, by another way; whether any was new."""
        known = {_identity(event) for event in self._events}
        new = [event for event in events if _identity(event) not in known]
        self._events = sorted(self._events + new, key=lambda event: event.time)[-KEPT:]
        return bool(new)

    def note(self, moment: float, text: str, level: Level = "info") -> Note:
        """Add a message of this screen; the caller may change it later."""
        note = Note(moment, text, level)
        self._notes.append(note)
        del self._notes[:-KEPT]
        return note

    def show(self, events: Iterable[Event]) -> None:
        """Hold these events, in the order of time, and nothing else; the notes stay."""
        self._events = sorted(events, key=lambda event: event.time)[-KEPT:]

    def forget_notes(self, after: float) -> None:
        """Take away the messages of this screen that are later than a moment."""
        self._notes = [note for note in self._notes if note.time <= after]

    def last_error(self) -> str | None:
        """The text of the newest event of level error."""
        texts = [event.text for event in self._events if event.level == "error"]
        return texts[-1] if texts else None

    def tail(self, lines: int) -> list[Line]:
        """The newest `lines` lines, oldest first."""
        if lines <= 0:
            return []
        found = [Line(e.time, e.step, e.kind, e.text, e.level) for e in self._events[-lines:]]
        found += [Line(n.time, None, "", n.text, n.level) for n in self._notes[-lines:]]
        return sorted(found, key=lambda line: line.time)[-lines:]


def _identity(event: Event) -> tuple[float, int, str, str]:
    # Not the sequence number: the records of a resumed run hold numbers of an earlier process.
    return (event.time, event.step, event.kind, event.text)
