"""Dots to characters: layers of braille cells, two dots across and four down, put one on another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from vsrppp_tui.tui.widgets.rows import Piece, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vsrppp_tui.tui.plot.columns import Flags, Floats

DOTS_ACROSS, DOTS_DOWN = 2, 4
BRAILLE = 0x2800
# Bits of a braille cell, by row and column of its dots.
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_FEW_STYLES = 4  # those of one curve, its raw values and a cursor
GROUND = "curve-raw"  # the style of empty cells too: fewer changes of colour to send


class Raster:
    """A rectangle of `width` x `height` cells; what is drawn first stays in front."""

    def __init__(self, width: int, height: int) -> None:
        import numpy as np

        self.width, self.height = width, height
        self._codes = np.full((height, width), ord(" "), np.uint32)
        self._styles = np.zeros((height, width), np.uint8)
        self._taken = np.zeros((height, width), np.bool_)
        self._names = [GROUND]

    @property
    def dots(self) -> tuple[int, int]:
        """Dots across and down."""
        return self.width * DOTS_ACROSS, self.height * DOTS_DOWN

    def draw(self, low: Floats, high: Floats, style: str, shown: Flags | None = None) -> None:
        """Fill each column of dots from `low` to `high` (0 is the bottom, 1 the top; NaN: nothing).

        What lies outside is cut off. `shown` leaves columns out: the dashes of a line.
        """
        import numpy as np

        top, bottom = self._row(high), self._row(low)
        rows = np.arange(self.height * DOTS_DOWN)[:, None]
        dots = (rows >= top) & (rows <= bottom)
        if shown is not None:
            dots &= shown
        self._lay(dots, style)

    def level(self, height: float, every: int, style: str) -> None:
        """A dotted line across at `height`, a dot in `every` columns, but where another line is: it would take its colour."""
        import numpy as np

        down = int(self._row(np.array([height]))[0])
        if 0 <= down < self.height * DOTS_DOWN:
            dots = np.zeros((self.height * DOTS_DOWN, self.width * DOTS_ACROSS), np.bool_)
            dots[down, ::every] = True
            self._lay(dots, style)

    def dot(self, values: tuple[Floats, ...], style: str) -> None:
        """Set single dots, one a column for each of the arrays."""
        import numpy as np

        rows = np.arange(self.height * DOTS_DOWN)[:, None]
        dots = np.zeros((self.height * DOTS_DOWN, self.width * DOTS_ACROSS), np.bool_)
        for heights in values:
            dots |= rows == self._row(heights)
        self._lay(dots, style)

    def put(self, x: int, y: int, character: str, style: str) -> None:
        """Set one character, over whatever is there."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._codes[y, x] = ord(character)
            self._styles[y, x] = self._style(style)
            self._taken[y, x] = True

    def upright(self, x: int, character: str, blank_style: str, style: str) -> None:
        """A line from top to bottom at cell column `x`, behind the dots; those there take `style`."""
        blank = ~self._taken[:, x]
        self._codes[blank, x] = ord(character)
        self._styles[:, x] = self._style(style)
        self._styles[blank, x] = self._style(blank_style)

    def rows(self) -> list[Row]:
        """The cells as rows of text and style."""
        return [self._row_of(y) for y in range(self.height)]

    def _carried(self, y: int) -> NDArray[np.uint8]:
        """The styles of a row, of empty cells that of the cell before: half as many changes of colour."""
        import numpy as np

        full = self._codes[y] != ord(" ")
        before = np.maximum.accumulate(np.where(full, np.arange(self.width), 0))
        carried: NDArray[np.uint8] = self._styles[y][before]
        if "selected" in self._names:  # it has a ground of its own
            carried[~full & (carried == self._names.index("selected"))] = 0
        return carried

    def _row(self, heights: Floats) -> NDArray[np.float64]:
        """Rows of dots from the top; just outside for what is cut off. NaN stays and draws nothing."""
        import numpy as np

        down = self.height * DOTS_DOWN
        with np.errstate(invalid="ignore", over="ignore"):
            return np.clip(np.rint((1 - heights) * (down - 1)), -1, down)

    def _bits(self, dots: Flags) -> NDArray[np.uint32]:
        """What each cell adds to the code of an empty one."""
        import numpy as np

        cells = dots.reshape(self.height, DOTS_DOWN, self.width, DOTS_ACROSS)
        bits: NDArray[np.uint32] = np.einsum("ydxa,da->yx", cells, np.array(_BITS, np.uint32))
        return bits

    def _lay(self, dots: Flags, style: str) -> None:
        bits = self._bits(dots)
        new = (bits > 0) & ~self._taken
        self._codes[new] = BRAILLE + bits[new]
        self._styles[new] = self._style(style)
        self._taken |= new

    def _style(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def _row_of(self, y: int) -> Row:
        import numpy as np

        text = self._codes[y].tobytes().decode("utf-32-le")
        styles = self._styles[y]
        if len(self._names) > _FEW_STYLES:
            styles = self._carried(y)
        edges = [0, *(int(at) + 1 for at in np.flatnonzero(np.diff(styles))), self.width]
        pieces: list[Piece] = [
            (text[start:end], self._names[styles[start]]) for start, end in pairwise(edges)
        ]
        return tuple(pieces)
