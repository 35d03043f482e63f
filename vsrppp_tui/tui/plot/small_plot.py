"""A small plot of one measure against the level it is to surpass: a title, the dots, the steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsrppp_tui.tui.plot.axis import Range, fitted
from vsrppp_tui.tui.plot.columns import Line, Span, joined, line_of
from vsrppp_tui.tui.plot.dashes import sample, shown_columns
from vsrppp_tui.tui.plot.frame import axis_labels, cell_of, gutter_row, step_row
from vsrppp_tui.tui.plot.raster import DOTS_ACROSS, DOTS_DOWN, Raster
from vsrppp_tui.tui.plot.scales import union, values_to_show
from vsrppp_tui.tui.plot.strokes import draw_line, finite_enough, heights
from vsrppp_tui.tui.widgets.rows import Row, centred, row_width

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.columns import Floats

LEAST_WIDTH, LEAST_HEIGHT = 14, 4  # cells of the whole: title, two rows of dots, steps
BEST = "★"
_AXIS_FROM = 26  # cells from which the values have labels
_NOTHING: Row = (("no number yet", "dim"),)
_DASHED = 2  # the place of the level's dashes among the patterns


@dataclass(frozen=True, slots=True)
class SmallPlot:
    """What is drawn; the arrays are [n], by increasing steps."""

    title: str  # with its unit after a comma
    name: str  # of the values
    level_name: str
    steps: Floats
    values: Floats
    level: Floats
    best: float | None = None  # the step to mark


def draw_small_plot(shown: SmallPlot, span: Span, width: int, height: int) -> list[Row]:
    """`height` rows of at most `width` cells; none where these are too few. A NaN is a gap."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return []
    values, level = finite_enough(shown.values), finite_enough(shown.level)
    axis = _axis(values, level, height - 2)
    if axis is None:
        rows: list[Row] = [()] * height
        rows[0], rows[height // 2] = _title(shown, False, width), centred(_NOTHING, width)
        return rows
    labels = axis_labels([axis], False, height - 2) if width >= _AXIS_FROM else []
    gutter = max(map(len, labels)) + 2 if labels else 0
    raster = Raster(width - gutter, height - 2)
    marked = _mark_best(raster, shown, values, axis, span)
    columns = raster.width * DOTS_ACROSS
    draw_line(raster, _joined(shown.steps, values, span, columns), axis, "curve")
    line = _level(shown.steps, level, span, columns)
    draw_line(raster, line, axis, "dim", shown_columns(_DASHED, columns))
    dots = raster.rows()
    if labels:
        dots = [(*gutter_row(label, gutter), *row) for label, row in zip(labels, dots, strict=True)]
    corner: Row = ((" " * (gutter - 1) + "└", "faint"),) if labels else ()
    steps = (*corner, *step_row(span, raster.width, None)[1:])
    return [_title(shown, marked, width), *dots, steps]


def _axis(values: Floats, level: Floats, rows: int) -> Range | None:
    """What the axis must show of both; None: neither has a number."""
    known = [values_to_show(Line(each, each, each, each), None) for each in (values, level)]
    ranges = [each for each in known if each is not None]
    return fitted(*union(ranges), max(2, rows // 3)) if ranges else None


def _joined(steps: Floats, values: Floats, span: Span, columns: int) -> Line:
    line = line_of(steps, values, span, columns)
    return Line(*joined(line), line.first, line.last)


def _level(steps: Floats, level: Floats, span: Span, columns: int) -> Line:
    """From edge to edge where it is the same all along, as it is unless other data came in."""
    import numpy as np

    if not np.isfinite(level).all() or np.ptp(level):
        return _joined(steps, level, span, columns)
    whole = np.full(columns, level[0])
    return Line(whole, whole, whole, whole)


def _mark_best(raster: Raster, shown: SmallPlot, values: Floats, axis: Range, span: Span) -> bool:
    """The mark at the best value, unless its height cannot be seen."""
    import numpy as np

    places = np.flatnonzero(shown.steps == shown.best)
    if not places.size or not np.isfinite(values[places[0]]):
        return False
    height = min(1.0, max(0.0, float(heights(values[places[:1]], axis)[0])))
    y = round((1 - height) * (raster.height * DOTS_DOWN - 1)) // DOTS_DOWN
    raster.put(cell_of(float(shown.steps[places[0]]), span, raster.width), y, BEST, "good")
    return True


def _title(shown: SmallPlot, marked: bool, width: int) -> Row:
    """What is drawn, then how each of its parts looks, as far as there is room."""
    title = shown.title if width >= _AXIS_FROM else shown.title.partition(",")[0]
    row: Row = ((title, "dim"),)
    parts: list[Row] = [((BEST, "good"), (" best", "dim"))] if marked else []
    parts += [
        ((sample(0, 2), "curve"), (f" {shown.name}", "dim")),
        ((sample(_DASHED, 3), "dim"), (f" {shown.level_name}", "dim")),
    ]
    for part in parts:
        part = (("  ", "dim"), *part)
        row = (*row, *part) if row_width(row) + row_width(part) <= width else row
    return row
