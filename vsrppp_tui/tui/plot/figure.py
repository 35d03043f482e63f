"""One picture: curves, their axes, the marks of what happened, the cursor; rows of text come out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsrppp_tui.tui.plot.axis import Range
from vsrppp_tui.tui.plot.columns import Band, Line, Span, band_of, joined, line_of
from vsrppp_tui.tui.plot.dashes import shown_columns, style_of
from vsrppp_tui.tui.plot.frame import GUTTER, axis_labels, cell_of, gutter_row, mark_row, step_row
from vsrppp_tui.tui.plot.raster import DOTS_ACROSS, Raster
from vsrppp_tui.tui.plot.scales import Scales, Values, union, values_to_show
from vsrppp_tui.tui.plot.smoothing import FADED, averaged_steps, grouped, smoothed
from vsrppp_tui.tui.plot.strokes import draw_band, draw_line, finite_enough, name_ends
from vsrppp_tui.tui.widgets.rows import Row

if TYPE_CHECKING:
    from vsrppp_tui.tui.metrics import Series
    from vsrppp_tui.tui.plot.columns import Floats

LEAST_WIDTH, LEAST_HEIGHT = 12, 2  # cells of the raster: both ends of the axis have a label
_MARK_ROW_FROM = 7  # rows of the whole; in fewer the marks give way


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric to plot."""

    name: str
    series: Series


@dataclass(frozen=True, slots=True)
class Look:
    """How the values are shown."""

    log: bool = False
    strength: int = 1  # of the smoothing, a place in STRENGTHS
    # Each curve from bottom to top instead of one axis for all; None: where one would flatten some.
    own_scales: bool | None = None

    def averages(self, span: Span) -> float:
        """Over how many steps the curves are smoothed; 0: not at all."""
        return averaged_steps(self.strength, span[1] - span[0])


@dataclass(frozen=True, slots=True)
class Figure:
    """The rows, and what a legend must say about them."""

    rows: list[Row]
    ranges: tuple[Range | None, ...] = ()  # of each curve; None: nothing of it is to be seen
    left_out: int = 0  # points at or below zero, on a log scale
    beyond: bool = False  # whether values lie outside of the axis
    own_scales: bool = False
    log: bool = False
    averaged: float = 0.0  # over how many steps the curves are smoothed
    cell: float = math.inf  # steps a cell
    marked: bool = False  # whether there is a row of marks


@dataclass(slots=True)
class _Drawn:
    """A curve in columns."""

    line: Line
    band: Band | None
    left_out: int
    values: Values | None


def draw_figure(
    curves: Sequence[Curve],
    size: tuple[int, int],
    span: Span,
    look: Look,
    scales: Scales,
    marks: Sequence[tuple[float, str, str]] = (),
    cursor: float | None = None,
) -> Figure:
    """Rows of a plot of `size` cells (width, height), axes included; a NaN is a gap.

    Args:
        span: the first and the last step shown.
        scales: remembers the ranges from frame to frame.
        marks: steps with the character and the style that mark them; of several in a cell, the last.
        cursor: the step at which a line stands.
    """
    width, height = size[0] - GUTTER, size[1] - 1
    with_marks = size[1] >= _MARK_ROW_FROM
    height -= with_marks
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Figure([])
    drawn = [_in_columns(curve, span, look, width, len(curves) == 1) for curve in curves]
    left_out = sum(curve.left_out for curve in drawn)
    own = scales.apart(look.own_scales, [curve.values for curve in drawn])
    ranges = _ranges(drawn, own, look.log, scales, max(4, height // 4))
    raster = Raster(width, height)
    at_cursor = None if cursor is None else cell_of(cursor, span, width)
    beyond = _draw(raster, drawn, ranges, at_cursor)
    name_ends(raster, [curve.line for curve in drawn], ranges)
    if at_cursor is not None:
        raster.upright(at_cursor, "┊", "key", "selected")
    if not any(ranges):
        _say(raster, curves, look, left_out)
    rows = [
        (*gutter_row(label), *cells)
        for label, cells in zip(axis_labels(ranges, own, height), raster.rows(), strict=True)
    ]
    rows += [mark_row(marks, span, width)] if with_marks else []
    rows.append(step_row(span, width, cursor))
    cell = (span[1] - span[0]) / width
    averaged = look.averages(span)
    return Figure(rows, tuple(ranges), left_out, beyond, own, look.log, averaged, cell, with_marks)


def _in_columns(curve: Curve, span: Span, look: Look, width: int, alone: bool) -> _Drawn:
    import numpy as np

    over, columns = look.averages(span), width * DOTS_ACROSS
    steps = curve.series.steps
    # What smoothing needs from before, and one point on either side, for a line that enters and leaves.
    start = max(0, int(np.searchsorted(steps, span[0] - FADED * over)) - 1)
    part = slice(start, int(np.searchsorted(steps, span[1], side="right")) + 1)
    steps, low, high, last = (finite_enough(kept[part]) for kept in curve.series)
    left_out = 0
    if look.log:
        inside = (steps >= span[0]) & (steps <= span[1])
        left_out = int(np.count_nonzero(inside & (last <= 0)))
        low, high, last = _positive(low, high), _positive(high, high), _positive(last, last)
    band = band_of(steps, low, high, span, columns) if alone else None
    if over:
        steps, last = grouped(steps, last)
        last = smoothed(steps, last, over)
    line = line_of(steps, last, span, columns)
    line = Line(*joined(line), line.first, line.last)
    return _Drawn(line, band, left_out, values_to_show(line, band))


def plotted_values(values: Floats, log: bool) -> Floats:
    """The values as they go into a line: NaN where a logarithmic scale has no place for them."""
    values = finite_enough(values)
    return _positive(values, values) if log else values


def _positive(values: Floats, otherwise: Floats) -> Floats:
    import numpy as np

    otherwise = np.where(otherwise > 0, otherwise, np.nan)
    return np.where(values > 0, values, otherwise)


def _ranges(
    drawn: Sequence[_Drawn], own: bool, log: bool, scales: Scales, ticks: int
) -> list[Range | None]:
    """The range of each curve's axis, one for all of them where they share it."""
    known = [curve.values for curve in drawn if curve.values is not None]
    if not known:
        return [None] * len(drawn)
    if own:
        return [
            scales.range_for(at, curve.values, ticks, log) if curve.values else None
            for at, curve in enumerate(drawn)
        ]
    shared = scales.range_for("all", union(known), ticks, log)
    return [shared if curve.values is not None else None for curve in drawn]


def _draw(
    raster: Raster, drawn: Sequence[_Drawn], ranges: Sequence[Range | None], at_cursor: int | None
) -> bool:
    """All curves, the first in front, none with a gap at the cursor; whether some lies beyond the axis."""
    beyond = False
    for at, (curve, shown) in enumerate(zip(drawn, ranges, strict=True)):
        if shown is None:
            continue
        dashes = shown_columns(at, raster.dots[0]) if len(drawn) > 1 else None
        if dashes is not None and at_cursor is not None:
            dashes[at_cursor * DOTS_ACROSS : (at_cursor + 1) * DOTS_ACROSS] = True
        beyond |= draw_line(raster, curve.line, shown, style_of(at), dashes)
        if curve.band is not None:
            beyond |= draw_band(raster, curve.band, shown)
    return beyond


def _say(raster: Raster, curves: Sequence[Curve], look: Look, left_out: int) -> None:
    """Why there is nothing to see, in the middle of the raster."""
    if not curves:
        text = "no metric chosen"
    elif not any(len(curve.series.steps) for curve in curves):
        text = "no values yet"
    elif look.log and left_out:
        text = "no value above zero for a log scale"
    else:
        text = "no value in these steps"
    text = text[: raster.width]
    start = (raster.width - len(text)) // 2
    for x, character in enumerate(text, start):
        raster.put(x, raster.height // 2, character, "dim")
