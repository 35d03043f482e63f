"""A picture in tiles: cores that cover it, each read with an overlap all around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Pixels `first` to `last` (without it) of one side: of a tile's core, or of what is read for it."""

    first: int
    last: int

    def widened(self, overlap: int, length: int) -> Span:
        """With `overlap` more pixels on both ends, within a side of `length` pixels."""
        return Span(max(0, self.first - overlap), min(length, self.last + overlap))

    def times(self, scale: int) -> Span:
        """The same stretch of the enlarged picture."""
        return Span(self.first * scale, self.last * scale)

    def within(self, outer: Span) -> slice:
        """Where this span lies in an array that holds `outer`."""
        return slice(self.first - outer.first, self.last - outer.first)

    @property
    def slice(self) -> slice:
        """Where this span lies in the whole picture."""
        return slice(self.first, self.last)


def spans(length: int, side: int) -> list[Span]:
    """Cores of at most `side` pixels that cover a side of `length` pixels, each pixel once."""
    return [Span(first, min(first + side, length)) for first in range(0, length, side)]


def grid(height: int, width: int, side: int) -> Iterator[tuple[Span, Span]]:
    """Rows and columns of the core of every tile, row by row."""
    for rows in spans(height, side):
        for columns in spans(width, side):
            yield rows, columns


def central(height: int, width: int, side: int) -> tuple[Span, Span]:
    """Rows and columns of the tile in the middle of the grid."""
    down, across = spans(height, side), spans(width, side)
    return down[len(down) // 2], across[len(across) // 2]
