"""From raw block activities to what the screen shows: percentage, cold or not, trend."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from vsrppp_tui.models.trunks import FUSE
from vsrppp_tui.training.telemetry import COLD_PERCENT, BlockReading

TREND_READINGS = 10


class ActivityMonitor:
    """Reads the activity of every block, one reading a snapshot, and remembers the last twenty."""

    def __init__(self, blocks: tuple[tuple[str, str], ...]) -> None:
        """`blocks`: name and trunk of every block, in the order of the values to come."""
        self._blocks = blocks
        self._readings: deque[tuple[float, ...]] = deque(maxlen=2 * TREND_READINGS)

    def add(self, values: Sequence[float]) -> tuple[BlockReading, ...]:
        """Take one raw value a block, each at least 0.

        The percentage is of the most active block of its kind: the residual blocks of both trunks are
        one, the layers that join features another, since what they give is a trunk's signal, beside
        which any residual branch is small. Where all are zero, every block reads 0. A value that is not
        finite stays visible as `value` and counts as 0% and cold.

        Raises:
            ValueError: not one value a block.
        """
        if len(values) != len(self._blocks):
            raise ValueError(f"{len(values)} activities for {len(self._blocks)} blocks")
        self._readings.append(tuple(values))
        peaks = {joins: self._peak(values, joins) for joins in (False, True)}
        return tuple(
            self._reading(index, value, peaks[self._joins(index)])
            for index, value in enumerate(values)
        )

    def state(self) -> dict[str, Any]:
        """The readings as plain values, for a checkpoint."""
        return {"readings": [list(reading) for reading in self._readings]}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._readings.clear()
        self._readings.extend(tuple(reading) for reading in state["readings"])

    def _joins(self, index: int) -> bool:
        return self._blocks[index][1] == FUSE

    def _peak(self, values: Sequence[float], joins: bool) -> float:
        kind = (value for index, value in enumerate(values) if self._joins(index) == joins)
        return max((value for value in kind if math.isfinite(value)), default=0.0)

    def _reading(self, index: int, value: float, peak: float) -> BlockReading:
        name, trunk = self._blocks[index]
        percent = 100.0 * (value / peak) if math.isfinite(value) and peak > 0.0 else 0.0
        return BlockReading(
            name=name,
            trunk=trunk,
            value=value,
            percent=percent,
            cold=percent < COLD_PERCENT,
            trend=self._trend(index),
        )

    def _trend(self, index: int) -> float | None:
        """Newest ten readings over the ten before, minus 1; None where there is no such ratio."""
        if len(self._readings) < 2 * TREND_READINGS:
            return None
        history = [reading[index] for reading in self._readings]
        before, recent = fmean(history[:TREND_READINGS]), fmean(history[TREND_READINGS:])
        if before == recent:
            return 0.0
        trend = recent / before - 1.0 if before > 0.0 else math.inf
        return trend if math.isfinite(trend) else None
