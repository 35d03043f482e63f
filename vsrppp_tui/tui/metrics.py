"""Every scalar of the run over its steps, recorded and live, in bounded memory."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from vsrppp_tui.link.interface import History, Snapshot, ValidationResult
from vsrppp_tui.tui.metric_values import order_of, values_of, values_of_validation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT_POINTS = 8192  # of each metric; a plot of 250 columns has 500 dots across


class Series(NamedTuple):
    """One metric, as float64 arrays [n]: copies, in the order of strictly increasing steps.

    A point may stand for a stretch that ends at its step: `low` to `high` is the range of its finite
    values, `last` its newest one. Where no value of the stretch was finite, they are NaN or infinite.
    """

    steps: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last: NDArray[np.float64]


class _Column:
    """The points of one metric; not numpy's arrays, since these grow by one point at a time."""

    def __init__(self) -> None:
        self.steps, self.low, self.high, self.last = (array("d") for _ in range(4))

    def add(self, step: int, value: float, limit: int) -> None:
        self.drop_from(step)
        self.steps.append(step)
        for kept in (self.low, self.high, self.last):
            kept.append(value)
        if len(self.steps) > limit:
            self._thin()

    def drop_from(self, step: float) -> None:
        """Forget the points at or after `step`."""
        end = len(self.steps)
        while end and self.steps[end - 1] >= step:
            end -= 1
        if end < len(self.steps):
            for kept in (self.steps, self.low, self.high, self.last):
                del kept[end:]

    def until(self, step: float) -> _Column:
        """A copy of the points up to `step`."""
        kept, end = _Column(), bisect_right(self.steps, step)
        for name in ("steps", "low", "high", "last"):
            setattr(kept, name, getattr(self, name)[:end])
        return kept

    def follow(self, before: _Column, limit: int) -> None:
        """Put the points of `before` that are older than all of these in front of them."""
        if self.steps:
            before.drop_from(self.steps[0])
        for name in ("steps", "low", "high", "last"):
            setattr(self, name, getattr(before, name) + getattr(self, name))
        while len(self.steps) > limit:
            self._thin()

    def series(self) -> Series:
        import numpy as np

        return Series(*(np.array(kept) for kept in (self.steps, self.low, self.high, self.last)))

    def _thin(self) -> None:
        """Merge neighbours in pairs, the newest ones last; a point without a partner stays as it is."""
        import numpy as np

        steps, low, high, last = self.series()
        even = len(steps) // 2 * 2
        rest = slice(even, None)
        low = np.where(np.isfinite(low), low, np.nan)
        high = np.where(np.isfinite(high), high, np.nan)
        low = np.append(np.fmin(low[:even:2], low[1:even:2]), low[rest])
        high = np.append(np.fmax(high[:even:2], high[1:even:2]), high[rest])
        self.steps = array("d", np.append(steps[1:even:2], steps[rest]))
        self.low, self.high = array("d", low), array("d", high)
        self.last = array("d", np.append(last[1:even:2], last[rest]))


class Metrics:
    """No point here is newer than the run: one that goes back loses what lay after."""

    def __init__(self, limit: int = KEPT_POINTS) -> None:
        self._limit = limit
        self._columns: dict[str, _Column] = {}
        self._step = -1
        self._validation: ValidationResult | None = None
        self.version = 0  # grows with each change
        self.era = 0  # grows where the curves do not go on from what they were
        self.seeded = False  # whether the recorded run has been put before the live points

    @classmethod
    def recorded(cls, history: History) -> Metrics:
        """What the records of a run hold. Takes its time: call it off the screen's thread."""
        metrics = cls()
        for snapshot in history.snapshots:
            metrics.add(snapshot)
        metrics._add_validations(history.validations)
        return metrics

    def add(self, snapshot: Snapshot) -> bool:
        """Take the values of a snapshot; False where it is of the time before the first step.

        Another snapshot of the same step takes the place of the first one.
        """
        if snapshot.state == "starting":  # the step it resumes from is not known yet
            return False
        if snapshot.step < self._step:
            self.era += 1
            for column in self._columns.values():
                column.drop_from(snapshot.step)
        self._step = snapshot.step
        self._put(snapshot.step, values_of(snapshot))
        if snapshot.validation is not None and snapshot.validation != self._validation:
            self._validation = snapshot.validation
            self._add_validations([snapshot.validation])
        self.version += 1
        return True

    def seed(self, recorded: Metrics) -> None:
        """Put the recorded run, which is used up, before the points that came live."""
        for name, before in recorded._columns.items():
            if self._step >= 0:
                before.drop_from(self._step + 1)
            self._columns.setdefault(name, _Column()).follow(before, self._limit)
        self.seeded = True
        self.version += 1

    def show(self, recorded: Metrics, now: Snapshot) -> None:
        """Hold what `recorded` had when the run stood at `now`, and nothing else."""
        validated = now.validation.step if now.validation is not None else -1
        self._columns = {}
        for name, column in recorded._columns.items():
            kept = column.until(validated if name.startswith("Validation/") else now.step)
            if kept.steps:
                self._columns[name] = kept
        self._step, self._validation, self.seeded = now.step, now.validation, True
        self.version += 1

    def names(self) -> tuple[str, ...]:
        """The metrics that have a value, grouped."""
        return tuple(sorted(self._columns, key=order_of))

    def series(self, name: str) -> Series:
        """The points of a metric; none where it has no value yet."""
        return self._columns.get(name, _Column()).series()

    def _add_validations(self, results: Iterable[ValidationResult]) -> None:
        for result in sorted(results, key=lambda result: result.step):
            if result.step <= self._step:
                self._put(result.step, values_of_validation(result))

    def _put(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._columns.setdefault(name, _Column()).add(step, value, self._limit)
