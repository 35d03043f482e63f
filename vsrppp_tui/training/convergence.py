"""Whether the loss still falls: a robust slope of its logarithm, with the uncertainty of that slope.

Pure numpy and deterministic. The slope is Theil and Sen's: the median of the slopes between all pairs
of points. Its interval is Sen's (1968), taken from the ranks of those slopes, with the variance of
Kendall's S widened for neighbours that resemble each other (Hamed and Rao, 1998).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.training.telemetry import LEAST_STEPS, SMOOTHED_STEPS, Convergence, Trend

MAX_BINS = 512
MIN_BINS = LEAST_STEPS  # a bin is one step until there are `MAX_BINS` of them
# Window of the trend: share of the run, and at least so many bins.
LONG_SHARE, LONG_BINS = 1 / 3, 48
SHORT_SHARE, SHORT_BINS = 1 / 10, 24  # window in which a run that turned bad shows first
BLOCKS = 24  # a window is averaged to at most this many points
CONFIDENCE_Z = 2.24  # 97.5%, two-sided: with two windows, one alarm in twenty at most is false
LOOSE_INTERVAL = 4.0  # of the change in 1000 steps: anything wider cannot be called level
SMALLEST_RISE = 0.05  # of the log loss over a window that may be called diverging
SMALLEST_LOSS = 1e-12  # a loss of zero or below has no logarithm

_Floats = NDArray[np.float64]


class LossCurve:
    """The loss over a whole run in at most `MAX_BINS` bins of equally many steps.

    When the bins are full, neighbours merge and every bin becomes twice as wide.
    """

    def __init__(self) -> None:
        self._width = 1
        self._bins: list[tuple[int, int, float]] = []  # step // width, losses in it, their sum
        self.ignored = 0
        """Losses that were NaN or infinite, and left out."""

    def add(self, step: int, loss: float) -> None:
        """Take the loss of one step. A step before the newest one takes back all bins after it."""
        if not math.isfinite(loss):
            self.ignored += 1
            return
        index = step // self._width
        while self._bins and self._bins[-1][0] > index:
            self._bins.pop()
        if self._bins and self._bins[-1][0] == index:
            _, count, total = self._bins[-1]
            self._bins[-1] = (index, count + 1, total + loss)
        else:
            self._bins.append((index, 1, loss))
        while len(self._bins) > MAX_BINS:
            self._merge()

    def points(self) -> tuple[_Floats, _Floats]:
        """Middle step and mean loss of every bin, oldest first."""
        table = np.array(self._bins, dtype=np.float64).reshape(-1, 3)
        steps = table[:, 0] * self._width + (self._width - 1) / 2
        return steps, table[:, 2] / np.maximum(table[:, 1], 1.0)

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {
            "width": self._width,
            "ignored": self.ignored,
            "bins": [list(entry) for entry in self._bins],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._width = state["width"]
        self.ignored = state["ignored"]
        self._bins = [(index, count, total) for index, count, total in state["bins"]]

    def _merge(self) -> None:
        self._width *= 2
        merged: list[tuple[int, int, float]] = []
        for index, count, total in self._bins:
            if merged and merged[-1][0] == index // 2:
                _, earlier_count, earlier_total = merged[-1]
                merged[-1] = (index // 2, earlier_count + count, earlier_total + total)
            else:
                merged.append((index // 2, count, total))
        self._bins = merged


def estimate(curve: LossCurve) -> Convergence:
    """Judge the newest part of a run.

    "Converging" where the whole interval of the slope over the last third lies below 0, "Diverging"
    where it lies above or where that of the last tenth does, by at least 5% over that window, else "Plateauing"; "gathering" while there
    are too few points, or the interval is so wide that nothing can be said. Slope and interval belong to the window that decided, as the relative change of
    the loss per 1000 steps.
    """
    steps, losses = curve.points()
    if len(steps) < MIN_BINS:
        return Convergence()
    recent = _judge(steps, losses, max(SHORT_BINS, round(len(steps) * SHORT_SHARE)))
    if recent.trend == "Diverging":
        return recent
    return _judge(steps, losses, max(LONG_BINS, round(len(steps) * LONG_SHARE)))


class Smoother:
    """Exponential moving average of each loss, bias-corrected so that it is right from the first step.

    ``time_constant`` is in steps. A value that is not finite is passed over.
    """

    def __init__(self, time_constant: float = SMOOTHED_STEPS) -> None:
        self._decay = math.exp(-1.0 / time_constant)
        self._sums: dict[str, tuple[float, float]] = {}  # weighted sum of values, sum of weights

    def add(self, losses: Mapping[str, float]) -> None:
        """Take the losses of one step."""
        for name, value in losses.items():
            if math.isfinite(value):
                total, weight = self._sums.get(name, (0.0, 0.0))
                keep = self._decay
                self._sums[name] = (keep * total + (1 - keep) * value, keep * weight + (1 - keep))

    @property
    def values(self) -> dict[str, float]:
        """The average of every loss seen so far."""
        return {name: total / weight for name, (total, weight) in self._sums.items()}

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {"sums": {name: list(sums) for name, sums in self._sums.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._sums = {name: (total, weight) for name, (total, weight) in state["sums"].items()}


def _judge(steps: _Floats, losses: _Floats, window: int) -> Convergence:
    slope, low, high = _sen(*_blocks(steps[-window:], losses[-window:]))
    # A rise over a handful of early steps is noise, however steep it is for a thousand of them.
    rises = low * float(steps[-1] - steps[-window:][0]) > SMALLEST_RISE
    trend: Trend = "Converging" if high < 0.0 else "Diverging" if rises else "Plateauing"
    if trend == "Plateauing" and _per_1000(high) - _per_1000(low) > LOOSE_INTERVAL:
        return Convergence()
    return Convergence(trend, _per_1000(slope), _per_1000(low), _per_1000(high))


def _blocks(steps: _Floats, losses: _Floats) -> tuple[_Floats, _Floats]:
    """Mean step and log of the mean loss of at most `BLOCKS` neighbouring groups of bins."""
    groups = np.array_split(np.arange(len(steps)), min(BLOCKS, len(steps)))
    middles = np.array([steps[group].mean() for group in groups])
    means = np.array([losses[group].mean() for group in groups])
    return middles, np.log(np.maximum(means, SMALLEST_LOSS))


def _sen(x: _Floats, y: _Floats) -> tuple[float, float, float]:
    """Theil-Sen slope of y over x with its interval."""
    earlier, later = np.triu_indices(len(x), k=1)
    slopes = np.sort((y[later] - y[earlier]) / (x[later] - x[earlier]))
    slope = float(np.median(slopes))
    n = len(x)
    variance = n * (n - 1) * (2 * n + 5) / 18.0 * _inflation(y - slope * x)
    reach = CONFIDENCE_Z * math.sqrt(variance)
    lowest = max(math.floor((len(slopes) - reach) / 2.0), 0)
    return slope, float(slopes[lowest]), float(slopes[len(slopes) - 1 - lowest])


def _inflation(residuals: _Floats) -> float:
    """How much wider the variance is than that of independent points: at least 1.

    For a first-order autoregressive series, (1 + r) / (1 - r) with r the correlation of neighbours,
    whose estimate from n points is too small by (1 + 4 r) / n (Kendall, 1954).
    """
    centred = residuals - residuals.mean()
    power = float((centred * centred).sum())
    if power <= 0.0:
        return 1.0
    r = float((centred[1:] * centred[:-1]).sum()) / power
    r = min(max(r + (1.0 + 4.0 * r) / len(residuals), 0.0), 0.8)
    return (1.0 + r) / (1.0 - r)


def _per_1000(log_slope: float) -> float:
    """Relative change over 1000 steps of a loss whose logarithm has this slope a step."""
    return math.expm1(min(1000.0 * log_slope, 700.0))
