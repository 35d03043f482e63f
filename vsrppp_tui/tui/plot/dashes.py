"""Several curves told apart without colour: a letter and a pattern of dashes each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsrppp_tui.tui.plot.raster import BRAILLE

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.columns import Flags, Floats

# Columns of dots that are drawn (#) and left out (.), over and over; they differ in their first eight,
# which is what a legend shows.
_PATTERNS = ("#", "######..", "##..", "####..#..", "#..", "####....")
# Dots from which on a column is drawn whatever the dashes: else a steep line falls apart.
_STEEP = 4
STYLES = ("curve", "curve-2", "curve-3", "curve-4", "curve-5", "curve-6")
MOST_CURVES = len(_PATTERNS)


def letter(place: int) -> str:
    """The letter of a curve, by its place in the plot: ``A`` for the first."""
    return "ABCDEF"[place]


def style_of(place: int) -> str:
    """The style of a curve's dots."""
    return STYLES[place]


def shown_columns(place: int, columns: int) -> Flags:
    """Which of the columns of dots a curve is drawn in, [columns]."""
    import numpy as np

    pattern = np.array([dot == "#" for dot in _PATTERNS[place]])
    return np.resize(pattern, columns)


def always_shown(low: Floats, high: Floats, dots: int) -> Flags:
    """The columns that no gap may hide: both ends of each stretch (a single reading is one), and steep ones.

    Args:
        low, high: [columns], 0 the bottom and 1 the top; NaN where there is no line.
        dots: from the bottom to the top.
    """
    import numpy as np

    there = np.pad(~np.isnan(low), 1)
    inside = there[:-2] & there[2:]
    with np.errstate(invalid="ignore"):
        steep = (high - low) * dots >= _STEEP
    shown: Flags = ~inside | steep
    return shown


def sample(place: int, cells: int) -> str:
    """A piece of the line, for a legend."""
    pattern = _PATTERNS[place] * (2 * cells)
    return "".join(
        chr(BRAILLE + (0x02 if left == "#" else 0) + (0x10 if right == "#" else 0))
        for left, right in zip(pattern[: 2 * cells : 2], pattern[1 : 2 * cells : 2], strict=True)
    )
