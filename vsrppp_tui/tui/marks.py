"""What happened in a run, at which step: the marks under a plot."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from vsrppp_tui.link.interface import Event, Snapshot, ValidationResult

Kind = Literal["validation", "checkpoint", "edit", "rollback"]

KEPT_MARKS = 1000  # of each kind, the newest; validations are bounded by the run
# Character and style of each kind; of several in one cell, the later one of this list is seen.
MARKS: dict[Kind, tuple[str, str]] = {
    "checkpoint": ("▪", "accent"),
    "validation": ("◇", "dim"),
    "edit": ("✎", "key"),
    "rollback": ("↶", "warning"),
}
# Cells a mark; where they have less room, whole kinds give way, the first of MARKS first.
_CROWDED = 2
_KINDS: dict[str, Kind] = {
    "checkpoint": "checkpoint",
    "edit": "edit",
    "edit replayed": "edit",
    "rollback": "rollback",
}


class Mark(NamedTuple):
    """One thing that happened."""

    step: int
    kind: Kind


class Fitted(NamedTuple):
    """The marks that fit below a plot, and the kinds that cannot be seen there, and why."""

    marks: list[Mark]
    crowded: tuple[Kind, ...] = ()  # too many
    covered: tuple[
        tuple[Kind, tuple[Kind, ...]], ...
    ] = ()  # each in a cell with a later kind: these

    @property
    def seen(self) -> list[Kind]:
        """The kinds that can be seen."""
        there = {mark.kind for mark in self.marks} - {kind for kind, _ in self.covered}
        return [kind for kind in MARKS if kind in there]

    @property
    def unseen(self) -> str:
        """In words: ``▪ checkpoints not shown``, ``▪ checkpoints behind ◇``; empty where all is seen."""
        words = [f"{', '.join(map(_named, self.crowded))} not shown"] if self.crowded else []
        for kind, others in self.covered:
            words.append(f"{_named(kind)} behind {' '.join(MARKS[other][0] for other in others)}")
        return "   ".join(words)


def _named(kind: Kind) -> str:
    return f"{MARKS[kind][0]} {kind}s"


def fitted_marks(marks: list[Mark], cell_of: Callable[[float], int], cells: int) -> Fitted:
    """As many of the kinds as `cells` have room for; `cell_of` a step is where its mark stands."""
    crowded: list[Kind] = []
    for kind in MARKS:
        if len({cell_of(mark.step) for mark in marks}) * _CROWDED <= cells:
            break
        fewer = [mark for mark in marks if mark.kind != kind]
        crowded += [kind] if len(fewer) < len(marks) else []
        marks = fewer
    top = {cell_of(mark.step): mark.kind for mark in marks}
    covered = []
    for kind in MARKS:
        over = {top[cell_of(mark.step)] for mark in marks if mark.kind == kind}
        if over and kind not in over:
            covered.append((kind, tuple(other for other in MARKS if other in over)))
    return Fitted(marks, tuple(crowded), tuple(covered))


class Marks:
    """Steps by kind, each once. No mark is newer than the run: one that goes back loses what lay after."""

    def __init__(self) -> None:
        self._steps: dict[Kind, list[int]] = {"checkpoint": [], "edit": [], "rollback": []}
        self._step = 0

    def follow(self, snapshot: Snapshot) -> None:
        """Drop what lies after a run that has gone back."""
        if snapshot.state == "starting":  # the step it resumes from is not known yet
            return
        if snapshot.step < self._step:
            self._drop_after(snapshot.step)
        self._step = snapshot.step

    def add(self, events: Iterable[Event]) -> None:
        """Take events in the order in which they happened, also those that have come before."""
        for event in events:
            if event.kind in ("rollback", "resumed"):
                self._drop_after(event.step)
            kind = _KINDS.get(event.kind)
            if kind is not None and event.step not in self._steps[kind]:
                insort(self._steps[kind], event.step)
                del self._steps[kind][:-KEPT_MARKS]

    def add_recorded(self, events: Iterable[Event]) -> None:
        """Put the recorded events before those that came live."""
        live, self._steps = self._steps, {kind: [] for kind in self._steps}
        self.add(event for event in events if event.step <= self._step)
        for kind, steps in live.items():
            self._steps[kind] = sorted({*self._steps[kind], *steps})[-KEPT_MARKS:]

    def show(self, events: Iterable[Event], now: Snapshot) -> None:
        """Hold what `events` add to a run that stands at `now`, and nothing else."""
        self._steps = {kind: [] for kind in self._steps}
        self._step = now.step
        self.add(events)

    def between(
        self, first: float, last: float, validations: Iterable[ValidationResult] = ()
    ) -> list[Mark]:
        """The marks of these steps, kind by kind in the order of `MARKS`."""
        steps = {**self._steps, "validation": [result.step for result in validations]}
        found = [Mark(step, kind) for kind in MARKS for step in steps[kind]]
        return [mark for mark in found if first <= mark.step <= last]

    def _drop_after(self, step: int) -> None:
        for steps in self._steps.values():
            del steps[bisect_right(steps, step) :]
