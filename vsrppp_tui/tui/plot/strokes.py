"""Lines and bands as dots on a raster, with a mark at the edge wherever one goes on beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsrppp_tui.tui.plot.axis import LARGEST, Range
from vsrppp_tui.tui.plot.columns import Band, Line
from vsrppp_tui.tui.plot.dashes import always_shown, letter, style_of
from vsrppp_tui.tui.plot.raster import DOTS_ACROSS, DOTS_DOWN, Raster

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.columns import Flags, Floats

ABOVE, BELOW = "▲", "▼"
_SPARSE = 3  # points a column: with fewer, raw values are dots, since a bar would say "a range"
_FAR = 1.0  # heights of the axis beyond its edge, from which a raw value is worth a mark


def finite_enough(values: Floats) -> Floats:
    """The values, with those that no axis can hold as infinite ones."""
    import numpy as np

    huge = np.abs(values) > LARGEST
    return np.where(huge, np.copysign(np.inf, values), values) if huge.any() else values


def heights(values: Floats, shown: Range) -> Floats:
    """Where values stand on an axis: 0 is the bottom, 1 the top."""
    import numpy as np

    low, high = shown.ends
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return ((np.log10(values) if shown.log else values) - low) / (high - low)


def draw_line(
    raster: Raster, line: Line, shown: Range, style: str, dashes: Flags | None = None
) -> bool:
    """A line that has been joined; whether some of it lies beyond the axis."""
    low, high = heights(line.low, shown), heights(line.high, shown)
    if dashes is not None:
        dashes = dashes | always_shown(low, high, raster.dots[1])
    raster.draw(*_visible(low, high, raster), style, dashes)
    return _mark_edges(raster, low, high, style, 0.5 / raster.dots[1])


def draw_band(raster: Raster, band: Band, shown: Range) -> bool:
    """The raw values behind a line; whether some lie far beyond the axis."""
    low, high = heights(band.low, shown), heights(band.high, shown)
    if band.points >= _SPARSE * raster.dots[0]:
        raster.draw(low, high, "curve-raw")
    else:
        raster.dot((low, high), "curve-raw")
    return _mark_edges(raster, low, high, "warning", _FAR)


def name_ends(raster: Raster, lines: Sequence[Line], ranges: Sequence[Range | None]) -> None:
    """The letter of each of several lines at its newest end, near it where another one is."""
    import numpy as np

    taken: set[tuple[int, int]] = set()
    for at, (line, shown) in enumerate(zip(lines, ranges, strict=True)):
        there = np.flatnonzero(np.isfinite(line.last))
        if len(lines) < 2 or shown is None or not there.size:
            continue
        height = float(heights(line.last[there[-1:]], shown)[0])
        y = round((1 - min(1.0, max(0.0, height))) * (raster.height - 1))
        x = min(raster.width - 1, int(there[-1]) // DOTS_ACROSS + 1)
        places = [(x - back, row) for back in range(3) for row in _around(y, raster.height)]
        x, y = next((place for place in places if place not in taken), (x, y))
        taken.add((x, y))
        raster.put(x, y, letter(at), style_of(at))


def _visible(low: Floats, high: Floats, raster: Raster) -> tuple[Floats, Floats]:
    """A column that stands alone as two dots: a single one is easily overlooked."""
    import numpy as np

    absent = np.pad(np.isnan(low), 1, constant_values=True)
    alone = absent[:-2] & absent[2:] & ~absent[1:-1]
    dot = 1 / (raster.height * DOTS_DOWN - 1) if raster.height else 0.0
    with np.errstate(invalid="ignore"):
        short = alone & (high - low < dot)
    up = np.where(high + dot <= 1, dot, 0.0)
    return np.where(short, low + up - dot, low), np.where(short, high + up, high)


def _mark_edges(raster: Raster, low: Floats, high: Floats, style: str, margin: float) -> bool:
    import numpy as np

    above = np.flatnonzero(high > 1 + margin) // DOTS_ACROSS
    below = np.flatnonzero(low < -margin) // DOTS_ACROSS
    for x in np.unique(above):
        raster.put(int(x), 0, ABOVE, style)
    for x in np.unique(below):
        raster.put(int(x), raster.height - 1, BELOW, style)
    return bool(above.size or below.size)


def _around(y: int, height: int) -> list[int]:
    """The row, and those above and below it in turn."""
    rows = [y + sign * away for away in range(4) for sign in ((-1, 1) if away else (1,))]
    return [row for row in rows if 0 <= row < height]
