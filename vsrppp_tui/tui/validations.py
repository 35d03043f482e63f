"""The validations of a run as a screen keeps them: recorded and live, one a step, the newest last."""

from __future__ import annotations

from collections.abc import Iterable

from vsrppp_tui.link.interface import Snapshot, ValidationResult


class Validations:
    """No validation here is newer than the run: one that goes back loses what lay after."""

    def __init__(self) -> None:
        self.results: tuple[ValidationResult, ...] = ()

    def add(self, snapshot: Snapshot) -> None:
        """Take the newest validation of a snapshot, and drop those that the run has gone back behind."""
        if snapshot.state == "starting":  # the step it resumes from is not known yet
            return
        self.results = tuple(result for result in self.results if result.step <= snapshot.step)
        newest = snapshot.validation
        if newest is not None and newest.step <= snapshot.step and newest not in self.results[-1:]:
            self.results = _rising([*self.results, newest])

    def seed(self, recorded: Iterable[ValidationResult], step: int) -> None:
        """Put the recorded validations, of a run now at `step`, before those that came live."""
        before = (result for result in recorded if result.step <= step)
        self.results = _rising([*before, *self.results])

    def show(self, recorded: Iterable[ValidationResult], now: Snapshot) -> None:
        """Hold the recorded validations of a run that stands at `now`, and nothing else."""
        self.results = ()
        self.seed(recorded, now.step)
        self.add(now)


def _rising(results: Iterable[ValidationResult]) -> tuple[ValidationResult, ...]:
    """The results without those that a later one has gone back to or behind."""
    kept: list[ValidationResult] = []
    for result in results:
        while kept and kept[-1].step >= result.step:
            kept.pop()
        kept.append(result)
    return tuple(kept)
