"""A curve in one row of characters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_LEVELS = "▁▂▃▄▅▆▇█"
_LARGEST = 1e150  # beyond, sums overflow: a gap, like infinity


def sparkline(points: Sequence[tuple[int, float]], width: int) -> str:
    """Values over their steps in `width` cells; on a log scale where all of them are positive.

    A cell shows the mean of its values; one between two values holds the earlier, one whose values are
    all NaN or infinite is a gap. Without a single finite value: empty.
    """
    finite = [value for _, value in points if abs(value) < _LARGEST]
    if not finite or width <= 0:
        return ""
    scale = math.log if min(finite) > 0 else float
    columns = _columns(points, width, scale)
    known = [value for value in columns if not math.isnan(value)]
    low, height = min(known), max(known) - min(known)
    return "".join(_character(value, low, height) for value in columns)


def _columns(
    points: Sequence[tuple[int, float]], width: int, scale: Callable[[float], float]
) -> list[float]:
    first, last = points[0][0], points[-1][0]
    per_step = (width - 1) / (last - first) if last > first else 0.0
    gathered: list[list[float]] = [[] for _ in range(width if last > first else 1)]
    for step, value in points:
        place = min(len(gathered) - 1, max(0, int((step - first) * per_step + 0.5)))
        gathered[place].append(scale(value) if abs(value) < _LARGEST else math.nan)
    columns: list[float] = []
    for values in gathered:
        finite = [value for value in values if not math.isnan(value)]
        if finite:
            columns.append(math.fsum(finite) / len(finite))
        else:
            columns.append(math.nan if values or not columns else columns[-1])
    return columns


def _character(value: float, low: float, height: float) -> str:
    if math.isnan(value):
        return " "
    share = (value - low) / height if height > 0 else 0.5
    return _LEVELS[min(len(_LEVELS) - 1, int(share * len(_LEVELS)))]
