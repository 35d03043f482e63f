"""From the points of a curve to columns of dots: min/max decimation, in numpy, in O(points shown).

Legend of the shapes: P points, C columns of dots. Steps are strictly increasing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

Span = tuple[float, float]  # first and last step shown


@dataclass(frozen=True, slots=True)
class Band:
    """The range of the values in each column, [C]; NaN where it has none."""

    low: Floats
    high: Floats
    points: int  # how many points made it: few ones are drawn as dots, not as bars


@dataclass(frozen=True, slots=True)
class Line:
    """A curve as it passes each column, [C]; NaN where it is broken or not there."""

    low: Floats
    high: Floats
    first: Floats  # where it enters the column
    last: Floats  # where it leaves it


def column_edges(steps: Floats, span: Span, columns: int) -> NDArray[np.intp]:
    """[C+1]: column c holds the points ``edges[c]`` to ``edges[c + 1]``; a point on an edge is of the
    column to its right, one at the very end of the last column."""
    import numpy as np

    edges = np.searchsorted(steps, np.linspace(span[0], span[1], columns + 1))
    edges[-1] = np.searchsorted(steps, span[1], side="right")
    return edges


def band_of(steps: Floats, low: Floats, high: Floats, span: Span, columns: int) -> Band:
    """The lowest and the highest value in each column; a NaN counts for nothing, infinity counts."""
    import numpy as np

    edges = column_edges(steps, span, columns)
    lowest = _reduced(np.fmin, low, edges)
    highest = _reduced(np.fmax, high, edges)
    return Band(lowest, highest, int(edges[-1] - edges[0]))


def line_of(steps: Floats, values: Floats, span: Span, columns: int) -> Line:
    """The line through the values; a NaN breaks it, empty columns between two points are bridged."""
    import numpy as np

    broken = np.isnan(values)
    gaps = steps[broken]
    if gaps.size:
        steps, values = steps[~broken], values[~broken]
    edges = column_edges(steps, span, columns)
    filled = edges[:-1] < edges[1:]
    line = Line(*(np.full(columns, np.nan) for _ in range(4)))
    line.low[:] = _reduced(np.fmin, values, edges)
    line.high[:] = _reduced(np.fmax, values, edges)
    line.first[filled] = values[edges[:-1][filled]]
    line.last[filled] = values[edges[1:][filled] - 1]
    _bridge(line, steps, values, gaps, span)
    return line


def _reduced(smallest: np.ufunc, values: Floats, edges: NDArray[np.intp]) -> Floats:
    import numpy as np

    result = np.full(len(edges) - 1, np.nan)
    filled = edges[:-1] < edges[1:]
    if filled.any():
        result[filled] = smallest.reduceat(values[: edges[-1]], edges[:-1][filled])
    return result


def _bridge(line: Line, steps: Floats, values: Floats, gaps: Floats, span: Span) -> None:
    """Fill the columns without a point from the points before and after, unless a NaN is between."""
    import numpy as np

    columns = len(line.low)
    empty = np.flatnonzero(np.isnan(line.low))
    if not empty.size or steps.size < 2:
        return
    centres = span[0] + (span[1] - span[0]) * (empty + 0.5) / columns
    after = np.searchsorted(steps, centres)
    inside = (after > 0) & (after < steps.size)
    empty, centres, after = empty[inside], centres[inside], after[inside]
    left, right = steps[after - 1], steps[after]
    whole = np.searchsorted(gaps, left) == np.searchsorted(gaps, right)
    with np.errstate(invalid="ignore", over="ignore"):
        share = (centres - left) / (right - left)
        between = values[after - 1] * (1 - share) + values[after] * share
    between = np.where(whole & np.isfinite(between), between, np.nan)
    for kept in (line.low, line.high, line.first, line.last):
        kept[empty] = between


def joined(line: Line) -> tuple[Floats, Floats]:
    """Low and high of each column with the line made whole: neighbours meet half way between them."""
    import numpy as np

    with np.errstate(invalid="ignore", over="ignore"):
        meeting = line.last[:-1] / 2 + line.first[1:] / 2
    low, high = line.low.copy(), line.high.copy()
    low[:-1], high[:-1] = np.fmin(low[:-1], meeting), np.fmax(high[:-1], meeting)
    low[1:], high[1:] = np.fmin(low[1:], meeting), np.fmax(high[1:], meeting)
    absent = np.isnan(line.low)
    low[absent], high[absent] = np.nan, np.nan
    return low, high
