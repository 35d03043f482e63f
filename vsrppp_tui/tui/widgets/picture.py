"""A comparison picture, LR | KI | GT side by side under their names; or a sentence in its place."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import zip_longest

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from vsrppp_tui.tui.half_blocks import Line
from vsrppp_tui.tui.picture_loader import PARTS, DrawnPicture
from vsrppp_tui.tui.placement import Size
from vsrppp_tui.tui.text import decimal, shorten
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, padded, row_width
from vsrppp_tui.tui.widgets.validation import gain_row

GAP = 1  # cells between two parts
LEAST = (6, 4)  # screen pixels of a part; below, there is nothing to see


class PictureView(RowWidget):
    """Two pixels a cell. A row whose cells are the same as before is not written again."""

    def __init__(self) -> None:
        super().__init__(id="picture")
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the picture shown now; none where a sentence stands in its place."""
        return self._lines

    @property
    def box(self) -> Size | None:
        """Screen pixels that each part may take; None where that is too small for a picture."""
        width, height = self.content_size
        box = ((width - (PARTS - 1) * GAP) // PARTS, 2 * (height - 1))
        return box if box[0] >= LEAST[0] and box[1] >= LEAST[1] else None

    def say(self, text: str) -> None:
        """Show a sentence instead of a picture."""
        width = max(10, self.content_size.width)
        rows: list[Row] = [((line, "dim"),) for line in textwrap.wrap(text, width)]
        self._take([(), *rows], ())

    def show_picture(self, picture: DrawnPicture, baseline: str) -> None:
        """Show a picture, drawn for a box of this size or another; `baseline` enlarged its first part."""
        width = picture.request.box[0]
        names = _name_row(picture, f"LR {baseline}", width)
        self._take([names], _side_by_side(picture, width))

    def render_line(self, y: int) -> Strip:
        line = y - len(self.rows)
        if not 0 <= line < len(self._lines):
            return super().render_line(y)
        ground = self._style("text")
        cells = [Segment(text, style or ground) for text, style, _ in self._lines[line]]
        return Strip(cells).adjust_cell_length(self.content_size.width, ground)

    def _take(self, rows: list[Row], lines: tuple[Line, ...]) -> None:
        """Rows above lines; when the rows become more or fewer, every line moves."""
        moved = len(rows) != len(self.rows)
        before, self._lines = self._lines, lines
        self.show(rows)
        width, height = self.content_size
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip_longest(before, lines), len(rows))
            if y < height and (moved or old != new)
        ]
        if changed:
            self.refresh(*changed)


def _offset(picture: DrawnPicture, width: int) -> int:
    """Empty cells to the left of each part, which is in the middle of its box."""
    return (width - picture.where.columns) // 2


def _name_row(picture: DrawnPicture, first: str, width: int) -> Row:
    """The names of the parts, with PSNR against GT where there is room."""
    lr, ki = picture.psnr
    rests: Iterable[Row] = (
        ((f"  {decimal(lr, 2)} dB", "text"),),
        ((f"  {decimal(ki, 2)} dB", "text"), *gain_row(ki - lr, 2, " dB")),
        (),
    )
    row: Row = ()
    for part, (name, rest) in enumerate(zip((first, "KI network", "GT"), rests, strict=True)):
        offset = _offset(picture, width)
        room = width - offset
        cells: Row = ((shorten(name, room), "strong"),)
        for piece in rest:
            if row_width((*cells, piece)) <= room:
                cells += (piece,)
        last = part == PARTS - 1
        row += ((" " * offset, "text"), *padded(cells, room + (0 if last else GAP)))
    return row


def _side_by_side(picture: DrawnPicture, width: int) -> tuple[Line, ...]:
    left = _offset(picture, width)
    before = Segment(" " * left)
    between = Segment(" " * (width - picture.where.columns + GAP))
    return tuple(
        (before, *lr, between, *ki, between, *gt) for lr, ki, gt in zip(*picture.parts, strict=True)
    )
