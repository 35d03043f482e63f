"""Every edit of the run that its records and the link tell of, one entry a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vsrppp_tui.link.interface import Event

KEPT = 1000


@dataclass(frozen=True, slots=True)
class PastEdit:
    """One key that was changed."""

    time: float  # Unix seconds
    step: int
    name: str
    old: Any
    new: Any
    who: str


class EditHistory:
    """Recorded and live edits in the order of time, each once, the newest `KEPT`."""

    def __init__(self) -> None:
        self._edits: list[PastEdit] = []
        self._seen: set[tuple[float, int, str]] = set()

    @property
    def newest_first(self) -> list[PastEdit]:
        """The edits, the last one first."""
        return self._edits[::-1]

    def add(self, events: Iterable[Event]) -> None:
        """Take events, of which some may have come before by another way; only edits are kept."""
        for event in events:
            # Not the sequence number: the records hold numbers of earlier processes.
            identity = (event.time, event.step, event.text)
            if event.kind == "edit" and identity not in self._seen:
                self._seen.add(identity)
                self._edits += _edits_of(event)
        self._edits.sort(key=lambda edit: edit.time)
        del self._edits[:-KEPT]

    def show(self, events: Iterable[Event]) -> None:
        """Hold the edits of these events, and nothing else."""
        self._edits.clear()
        self._seen.clear()
        self.add(events)


def _edits_of(event: Event) -> Iterable[PastEdit]:
    """One for each key; none of what an older version, or a damaged line, tells otherwise."""
    changes, who = event.data.get("changes"), str(event.data.get("who", ""))
    if not isinstance(changes, Mapping):
        return
    for name, change in changes.items():
        if isinstance(change, Mapping) and "old" in change and "new" in change:
            yield PastEdit(event.time, event.step, name, change["old"], change["new"], who)
