"""How much of a picture is seen, and how large: the whole, or a region around a centre.

Sizes are ``(width, height)``. A box is measured in screen pixels: a character cell is one of them wide
and two high, so boxes have an even height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Size = tuple[int, int]

ZOOMS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # screen pixels a picture pixel
_PAN = 0.25  # of the region seen


@dataclass(frozen=True, slots=True)
class View:
    """What one wants to see; it holds for pictures and boxes of any size."""

    zoom: float | None = None  # None: the whole picture
    x: float = 0.5  # centre, 0 left to 1 right
    y: float = 0.5  # 0 top to 1 bottom


@dataclass(frozen=True, slots=True)
class Placement:
    """The region of the picture (x, y, width, height; its pixels) and the screen pixels it fills."""

    zoom: float
    whole: bool
    x: int
    y: int
    width: int
    height: int
    columns: int
    lines: int  # even


def place(size: Size, box: Size, view: View) -> Placement:
    """Fit the picture or the wanted region of it into the box; the region stays inside the picture.

    The whole picture is enlarged by whole factors, or one and a half, so that its pixels stay sharp.
    """
    least = _whole_zoom(size, box)
    zoom = least if view.zoom is None else max(view.zoom, least)
    columns = min(box[0], max(1, round(size[0] * zoom)))
    lines = min(box[1], 2 * max(1, math.ceil(round(size[1] * zoom, 6) / 2)))
    whole = zoom == least
    width = size[0] if whole else min(size[0], math.ceil(columns / zoom))
    height = size[1] if whole else min(size[1], math.ceil(lines / zoom))
    x = _start(view.x, width, size[0])
    y = _start(view.y, height, size[1])
    return Placement(zoom, whole, x, y, width, height, columns, lines)


def zoomed(size: Size, box: Size, view: View, by: int) -> View:
    """One level nearer (`by` 1) or farther (-1), as far as there are levels."""
    least = _whole_zoom(size, box)
    levels = [None, *(zoom for zoom in ZOOMS if zoom > least)]
    level = levels.index(view.zoom) if view.zoom in levels else 0
    return replace(view, zoom=levels[max(0, min(level + by, len(levels) - 1))])


def panned(size: Size, box: Size, view: View, right: int, down: int) -> View:
    """Move the region by a quarter of itself, at most to the edges of the picture."""
    seen = place(size, box, view)
    return replace(
        view,
        x=_centre(seen.x, right, seen.width, size[0]),
        y=_centre(seen.y, down, seen.height, size[1]),
    )


def _whole_zoom(size: Size, box: Size) -> float:
    zoom = min(box[0] / size[0], box[1] / size[1])
    if 1.5 <= zoom < 2:  # by a factor of one, more than half of the room would stay empty
        return 1.5
    return float(math.floor(zoom)) if zoom >= 1 else zoom


def _start(centre: float, extent: int, limit: int) -> int:
    return max(0, min(round(centre * limit - extent / 2), limit - extent))


def _centre(start: int, by: int, extent: int, limit: int) -> float:
    start = max(0, min(start + by * max(1, round(extent * _PAN)), limit - extent))
    return (start + extent / 2) / limit
