"""Every scalar of the run over its steps, recorded and live, in bounded memory."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """The points of one metric; not numpy's arrays, since these grow by one point at a time.

    The newest half is kept as it came. What is older is one point for each stretch of so many steps, and
    the stretch doubles as the run goes on: so no part of a long run is ever thinner than another.
    """

    def __init__(self) -> None:
        self.steps, self.low, self.high, self.last = (array("d") for _ in range(4))
        self._stretch = 1.0

    def add(self, step: int, value: float, limit: int) -> None:
        self.drop_from(step)
        self.steps.append(step)
        for kept in (self.low, self.high, self.last):
            kept.append(value)
        if len(self.steps) > limit:
            self._thin(limit)

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
        kept._stretch = self._stretch
        for name in ("steps", "low", "high", "last"):
            setattr(kept, name, getattr(self, name)[:end])
        return kept

    def follow(self, before: _Column, limit: int) -> None:
        """Put the points of `before` that are older than all of these in front of them."""
        if self.steps:
            before.drop_from(self.steps[0])
        self._stretch = max(self._stretch, before._stretch)
        for name in ("steps", "low", "high", "last"):
            setattr(self, name, getattr(before, name) + getattr(self, name))
        if len(self.steps) > limit:
            self._thin(limit)

    def series(self) -> Series:
        import numpy as np

        return Series(*(np.array(kept) for kept in (self.steps, self.low, self.high, self.last)))

    def _thin(self, limit: int) -> None:
        """Leave at most a quarter of the limit to the older points, so that this is seldom needed."""
        import numpy as np

        whole = self.series()
        border = max(1, len(whole.steps) - limit // 2)
        old = _one_a_stretch(Series(*(part[:border] for part in whole)), self._stretch)
        while len(old.steps) > max(1, limit // 4):
            self._stretch *= 2
            old = _one_a_stretch(old, self._stretch)
        joined = (np.append(*parts) for parts in zip(old, (p[border:] for p in whole), strict=True))
        self.steps, self.low, self.high, self.last = (array("d", part) for part in joined)


def _one_a_stretch(series: Series, stretch: float) -> Series:
    """The points merged where they lie in the same stretch of steps, which ends with its last point."""
    import numpy as np

    cells = np.floor((series.steps - 1) / stretch)
    starts = np.flatnonzero(np.diff(cells, prepend=-1.0 - cells[0]))
    ends = np.append(starts[1:], len(cells)) - 1
    low = np.where(np.isfinite(series.low), series.low, np.nan)
    high = np.where(np.isfinite(series.high), series.high, np.nan)
    return Series(
        series.steps[ends],
        np.fmin.reduceat(low, starts),
        np.fmax.reduceat(high, starts),
        series.last[ends],
    )


_NONE = _Column()


class Metrics:
    """No point here is newer than the run: one that goes back loses what lay after."""

    def __init__(self, limit: int = KEPT_POINTS) -> None:
        self._limit = limit
        self._columns: dict[str, _Column] = {}
        self._step = -1
        self._validation: ValidationResult | None = None
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
        return True

    def seed(self, recorded: Metrics) -> None:
        """Put the recorded run, which is used up, before the points that came live."""
        for name, before in recorded._columns.items():
            if self._step >= 0:
                before.drop_from(self._step + 1)
            self._columns.setdefault(name, _Column()).follow(before, self._limit)
        self.seeded = True

    def show(self, recorded: Metrics, now: Snapshot) -> None:
        """Hold what `recorded` had when the run stood at `now`, and nothing else."""
        validated = now.validation.step if now.validation is not None else -1
        self._columns = {}
        for name, column in recorded._columns.items():
            kept = column.until(validated if name.startswith("Validation/") else now.step)
            if kept.steps:
                self._columns[name] = kept
        self._step, self._validation, self.seeded = now.step, now.validation, True

    def names(self) -> tuple[str, ...]:
        """The metrics that have a value, grouped."""
        return tuple(sorted(self._columns, key=order_of))

    def series(self, name: str) -> Series:
        """The points of a metric; none where it has no value yet."""
        return self._columns.get(name, _NONE).series()

    def newest(
        self, names: Sequence[str]
    ) -> Iterator[tuple[list[str], NDArray[np.float64], NDArray[np.float64]]]:
        """Of many metrics the newest value of each point, those with the same steps together.

        Yields:
            Names [m], steps [n], values [m, n]; copies. All names come, also those without a value.
        """
        import numpy as np

        alike: dict[bytes, list[str]] = {}
        for name in names:
            alike.setdefault(self._columns.get(name, _NONE).steps.tobytes(), []).append(name)
        for steps, group in alike.items():
            values = [self._columns.get(name, _NONE).last for name in group]
            yield group, np.frombuffer(steps), np.array(values).reshape(len(group), -1)

    def _add_validations(self, results: Iterable[ValidationResult]) -> None:
        for result in sorted(results, key=lambda result: result.step):
            if result.step <= self._step:
                self._put(result.step, values_of_validation(result))

    def _put(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            column = self._columns.get(name)
            if column is None:  # made only where it is needed: this runs at each look at the run
                column = self._columns[name] = _Column()
            column.add(step, value, self._limit)
