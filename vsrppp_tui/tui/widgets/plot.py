"""A loss curve in braille dots: two dots a cell across, four down.

The raw loss is drawn dim as its range in each column of dots, the smoothed one bright on top as a line.
Drawing costs O(points + width); points are bounded by `Curve`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from vsrppp_tui.tui.curve import Point
from vsrppp_tui.tui.text import count, number, shorten
from vsrppp_tui.tui.widgets.rows import Row, spread

GUTTER = 9
LARGEST = 1e150  # beyond, the arithmetic of the axis would overflow: a gap, like infinity
# Bits of a braille cell, by row and column of its dots (Unicode block 2800).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_NICE = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(slots=True)
class _Column:
    """What falls into one column of dots, in plot units (0 bottom to 1 top)."""

    low: float = math.inf
    high: float = -math.inf
    smooth: float = math.nan
    gap: bool = False


@dataclass(slots=True)
class _Grid:
    """A rectangle of braille cells."""

    width: int
    height: int
    bits: list[bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self.bits = [bytearray(self.width) for _ in range(self.height)]

    def line(self, x: int, y0: float, y1: float) -> None:
        """Set the dots of column `x` between two heights (0 bottom to 1 top)."""
        dots = self.height * 4 - 1
        top, bottom = (
            round((1 - min(1.0, max(0.0, y))) * dots) for y in (max(y0, y1), min(y0, y1))
        )
        for y in range(top, bottom + 1):
            self.bits[y // 4][x // 2] |= _DOTS[y % 4][x % 2]


def nice_end(step: int, total: int) -> int:
    """The end of the step axis: a round number at or above `step`, so that the curve seldom rescales."""
    size = 10.0 ** math.floor(math.log10(max(10, step)))
    end = next(math.ceil(nice * size) for nice in _NICE if nice * size >= step)
    return min(end, total) if total >= step else end


def plot_rows(
    points: Sequence[Point], width: int, height: int, *, log: bool = False, total_steps: int = 0
) -> list[Row]:
    """Rows of a plot of `width` x `height` cells, axis labels included; a NaN is a gap.

    On the log scale values at or below zero are gaps too.
    """
    plot_width, plot_height = width - GUTTER, height - 1
    if plot_width < 12 or plot_height < 1:
        return []
    scale = _log_scale if log else _identity
    span = _span(points, scale)
    if span is None:
        waiting = "no positive loss for a log scale yet" if log and points else "no loss yet"
        return [((" " * GUTTER + waiting, "dim"),)]
    first, last = points[0].step, nice_end(points[-1].step, total_steps)
    columns = _columns(points, plot_width * 2, (first, last), span, scale)
    raw, smooth = _Grid(plot_width, plot_height), _Grid(plot_width, plot_height)
    _draw_raw(raw, columns)
    _draw_smooth(smooth, columns)
    labels = _value_labels(plot_height, span, log)
    rows = [
        ((f"{label:>{GUTTER - 2}} ┤" if label else " " * (GUTTER - 1) + "│", "faint"), *cells)
        for label, cells in zip(labels, _cells(raw, smooth), strict=True)
    ]
    return [*rows, _step_axis(first, last, plot_width, log)]


def _identity(value: float) -> float:
    return value


def _log_scale(value: float) -> float:
    return math.log10(value) if 0 < value < LARGEST else math.nan


def _span(points: Iterable[Point], scale: Callable[[float], float]) -> tuple[float, float] | None:
    """The range of values to show: that of the smoothed loss with some room, else of the raw one."""
    points = list(points)
    values = _finite(scale(point.smooth) for point in points)
    if not values:
        values = _finite(scale(v) for point in points for v in (point.low, point.high))
    if not values:
        return None
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    floor = 0.0 if scale is _identity and low >= 0 else -math.inf
    return max(floor, low - room), high + room


def _finite(values: Iterable[float]) -> list[float]:
    return [value for value in values if abs(value) < LARGEST]


def _columns(
    points: Sequence[Point],
    dots: int,
    steps: tuple[int, int],
    span: tuple[float, float],
    scale: Callable[[float], float],
) -> list[_Column]:
    """Gather the points by column of dots: the range of the raw loss, the last smoothed one."""
    columns = [_Column() for _ in range(dots)]
    per_step = (dots - 1) / max(1, steps[1] - steps[0])
    low, height = span[0], span[1] - span[0]
    for point in points:
        column = columns[round((point.step - steps[0]) * per_step)]
        bottom, top, smooth = ((scale(v) - low) / height for v in point[1:])
        if math.isfinite(bottom) and math.isfinite(top):
            column.low, column.high = min(column.low, bottom), max(column.high, top)
        else:
            column.gap = True
        if math.isfinite(smooth):
            column.smooth = smooth
    return columns


def _draw_raw(grid: _Grid, columns: Sequence[_Column]) -> None:
    for x, column in enumerate(columns):
        if column.low <= column.high and column.high >= 0 and column.low <= 1:
            grid.line(x, column.low, column.high)


def _draw_smooth(grid: _Grid, columns: Sequence[_Column]) -> None:
    """A line through the smoothed values, carried over columns that no point fell into."""
    before: tuple[int, float] | None = None
    for x, column in enumerate(columns):
        if column.gap and column.low > column.high:
            before = None
        elif math.isfinite(column.smooth):
            start, value = before or (x, column.smooth)
            for between in range(start, x + 1):
                share = (between - start) / (x - start) if x > start else 1.0
                previous = value + (column.smooth - value) * max(0.0, share - 1 / max(1, x - start))
                grid.line(between, previous, value + (column.smooth - value) * share)
            before = (x, column.smooth)


def _cells(raw: _Grid, smooth: _Grid) -> list[Row]:
    """Both layers as rows; a cell that the smoothed line passes shows that line alone."""
    rows = []
    for raw_bits, smooth_bits in zip(raw.bits, smooth.bits, strict=True):
        cells = [
            (chr(0x2800 + (s or r)) if s or r else " ", "curve" if s else "curve-raw")
            for r, s in zip(raw_bits, smooth_bits, strict=True)
        ]
        rows.append(
            tuple(
                ("".join(text for text, _ in run), style)
                for style, run in groupby(cells, key=lambda cell: cell[1])
            )
        )
    return rows


def _value_labels(height: int, span: tuple[float, float], log: bool) -> list[str]:
    """Labels of the value axis at its top, middle and bottom."""
    places = {0, height - 1} | ({height // 2} if height >= 5 else set())
    labels = []
    for y in range(height):
        share = 1 - y / max(1, height - 1)
        value = span[0] + (span[1] - span[0]) * share
        labels.append(_label(10**value if log else value) if y in places else "")
    return labels


def _label(value: float) -> str:
    """A value to as many digits as the gutter holds."""
    texts = (number(value, digits) for digits in (3, 2, 1))
    return next((text for text in texts if len(text) <= GUTTER - 2), "")


def _step_axis(first: int, last: int, width: int, log: bool) -> Row:
    left = (
        (" " * (GUTTER - 1) + "└ ", "faint"),
        (shorten(f"step {count(first)}", width - 1), "dim"),
    )
    right = ((shorten(f"{'log scale' if log else 'linear'} · {count(last)}", width), "dim"),)
    return spread(left, right, GUTTER + width)
