"""Pictures as character cells: the upper half of a cell in one colour, the lower half in another."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style

from vsrppp_tui.tui.placement import Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Line = tuple[Segment, ...]

_UPPER_HALF = "▀"
_CUBE = (0, 95, 135, 175, 215, 255)  # steps of red, green and blue


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
    size = (math.ceil(region.shape[1] * where.zoom), math.ceil(region.shape[0] * where.zoom))
    large = cv2.resize(region, size, interpolation=cv2.INTER_NEAREST)
    large = large[: where.lines, : where.columns]
    # An odd number of lines ends within a cell, whose lower half repeats the last one.
    missing = where.lines - large.shape[0]
    return np.asarray(np.pad(large, ((0, missing), (0, 0), (0, 0)), mode="edge"), dtype=np.uint8)


def half_blocks(pixels: NDArray[np.uint8], *, indexed: bool = False) -> tuple[Line, ...]:
    """Screen pixels (RGB [H, W, 3], H even) as H/2 lines of W cells; equal neighbours are one piece.

    Args:
        indexed: in the 240 fixed colours of a 256-colour terminal, each the nearest one.
    """
    rows = fixed_colours(pixels)[..., None].tolist() if indexed else pixels.tolist()
    lines: list[Line] = []
    before = None
    for pair in zip(rows[::2], rows[1::2], strict=True):
        if pair != before:  # enlarged pixels fill several lines
            upper, lower = (map(tuple, row) for row in pair)
            cells = groupby(zip(upper, lower, strict=True))
            line = tuple(_piece(*colours, len(list(run))) for colours, run in cells)
        lines.append(line)
        before = pair
    return tuple(lines)


def fixed_colours(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The nearest of a terminal's fixed colours: a cube of 6x6x6 (16 to 231) and 24 greys (232 to 255)."""
    import numpy as np

    wanted = pixels.astype(np.int32)
    levels = np.abs(wanted[..., None] - np.array(_CUBE)).argmin(axis=-1)
    grey = np.clip((wanted.mean(axis=-1) - 3) // 10, 0, 23).astype(np.int32)
    off_cube = np.square(np.array(_CUBE)[levels] - wanted).sum(axis=-1)
    off_grey = np.square(8 + 10 * grey[..., None] - wanted).sum(axis=-1)
    cube = 16 + levels @ np.array((36, 6, 1))
    return np.asarray(np.where(off_grey < off_cube, 232 + grey, cube), dtype=np.uint8)


def _piece(upper: tuple[int, ...], lower: tuple[int, ...], count: int) -> Segment:
    ground = _colour(lower)
    if upper == lower:  # a colour less to send
        return Segment(" " * count, Style(bgcolor=ground))
    return Segment(_UPPER_HALF * count, Style.from_color(_colour(upper), ground))


def _colour(value: tuple[int, ...]) -> Color:
    """An RGB colour, or a fixed one by its number; made by hand, which takes a third of the time."""
    if len(value) == 1:
        return Color("fixed", ColorType.EIGHT_BIT, value[0])
    return Color("rgb", ColorType.TRUECOLOR, None, ColorTriplet(*value))
