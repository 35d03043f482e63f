"""Pictures as character cells: the upper half of a cell in one colour, the lower half in another."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from vsrppp_tui.tui.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Line = tuple[Segment, ...]

_UPPER_HALF = "▀"


def scaled(picture: NDArray[np.uint8], where: Placement) -> NDArray[np.uint8]:
    """The region of a picture (RGB [H, W, 3]) as screen pixels [lines, columns, 3].

    Averaged where it shrinks, repeated where it grows.
    """
    import cv2
    import numpy as np

    region = picture[where.y : where.y + where.height, where.x : where.x + where.width]
    if where.zoom < 1:
        area = cv2.resize(region, (where.columns, where.lines), interpolation=cv2.INTER_AREA)
        return np.asarray(area, dtype=np.uint8)
    factor = int(where.zoom)
    size = (region.shape[1] * factor, region.shape[0] * factor)
    large = cv2.resize(region, size, interpolation=cv2.INTER_NEAREST)
    large = large[: where.lines, : where.columns]
    # An odd number of lines ends within a cell, whose lower half repeats the last one.
    missing = where.lines - large.shape[0]
    return np.asarray(np.pad(large, ((0, missing), (0, 0), (0, 0)), mode="edge"), dtype=np.uint8)


def half_blocks(pixels: NDArray[np.uint8]) -> tuple[Line, ...]:
    """Screen pixels (RGB [H, W, 3], H even) as H/2 lines of W cells; equal neighbours are one piece."""
    lines = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        cells = groupby(zip(map(tuple, upper), map(tuple, lower), strict=True))
        lines.append(tuple(_piece(*colours, len(list(run))) for colours, run in cells))
    return tuple(lines)


def _piece(upper: tuple[int, int, int], lower: tuple[int, int, int], count: int) -> Segment:
    ground = Color.from_rgb(*lower)
    if upper == lower:  # a colour less to send
        return Segment(" " * count, Style(bgcolor=ground))
    return Segment(_UPPER_HALF * count, Style.from_color(Color.from_rgb(*upper), ground))
