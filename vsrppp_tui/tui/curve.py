"""The loss over the run as a bounded list of points, finest at the newest end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from vsrppp_tui.link.interface import Snapshot

KEPT_POINTS = 1200


class Point(NamedTuple):
    """One stretch of steps: the range of the raw loss in it and the smoothed loss at its end."""

    step: int
    low: float  # NaN: no finite loss in this stretch
    high: float
    smooth: float


def point_of(snapshot: Snapshot) -> Point | None:
    """The point that a snapshot adds; None before the first step."""
    if "Total" not in snapshot.losses:
        return None
    raw = snapshot.losses["Total"]
    smooth = snapshot.smooth_losses.get("Total", math.nan)
    raw = raw if math.isfinite(raw) else math.nan
    return Point(snapshot.step, raw, raw, smooth if math.isfinite(smooth) else math.nan)


class Curve:
    """Points in the order of steps; when there are too many, neighbours are merged in pairs."""

    def __init__(self, limit: int = KEPT_POINTS) -> None:
        self._limit = limit
        self.points: list[Point] = []
        self.seeded = False  # whether the recorded run has been put before the live points

    def add(self, snapshot: Snapshot) -> bool:
        """Take a snapshot's loss; False where it has none or none that is new.

        A step at or before the last one means that the run went back: what lay after it is dropped.
        """
        point = point_of(snapshot)
        if point is None or (self.points and point == self.points[-1]):
            return False
        while self.points and self.points[-1].step >= point.step:
            self.points.pop()
        self.points.append(point)
        self._thin()
        return True

    def seed(self, snapshots: Iterable[Snapshot]) -> None:
        """Put the recorded run before the points that came live."""
        recorded = Curve(self._limit)
        first = self.points[0].step if self.points else None
        for snapshot in snapshots:
            if first is None or snapshot.step < first:
                recorded.add(snapshot)
        self.points = recorded.points + self.points
        self.seeded = True
        self._thin()

    def _thin(self) -> None:
        while len(self.points) > self._limit:
            points = self.points
            merged = [_merge(a, b) for a, b in zip(points[::2], points[1::2], strict=False)]
            self.points = merged + (points[-1:] if len(points) % 2 else [])


def _merge(a: Point, b: Point) -> Point:
    lows = [value for value in (a.low, b.low) if math.isfinite(value)]
    highs = [value for value in (a.high, b.high) if math.isfinite(value)]
    smooth = b.smooth if math.isfinite(b.smooth) else a.smooth
    return Point(b.step, min(lows, default=math.nan), max(highs, default=math.nan), smooth)
