"""A comparison picture, its parts side by side or one of them large, under their names; or a sentence."""

from __future__ import annotations

import textwrap
from itertools import zip_longest

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from vsrppp_tui.tui.comparison import KI, LR, Layout
from vsrppp_tui.tui.half_blocks import Line
from vsrppp_tui.tui.picture_loader import DrawnPicture
from vsrppp_tui.tui.placement import Size
from vsrppp_tui.tui.text import decimal, shorten
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, padded, row_width, spread
from vsrppp_tui.tui.widgets.validation_rows import gain_row

GAP = 1  # cells between two parts
LEAST = (6, 4)  # screen pixels of a part; below, there is nothing to see
_REGIONS = 6  # changed pieces of a line; more cost as much as the whole stretch


class PictureView(RowWidget):
    """Two pixels a cell. A cell whose colours are the same as before is not written again."""

    def __init__(self) -> None:
        super().__init__(id="picture")
        self._lines: tuple[Line, ...] = ()
        self._shown: tuple[DrawnPicture, int] | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the picture shown now; none where a sentence stands in its place."""
        return self._lines

    def box(self, abreast: int) -> Size | None:
        """Screen pixels that each of so many parts may take; None where that is too small."""
        width, height = self.content_size
        box = ((width - (abreast - 1) * GAP) // abreast, 2 * (height - 1))
        return box if box[0] >= LEAST[0] and box[1] >= LEAST[1] else None

    def say(self, text: str) -> None:
        """Show a sentence instead of a picture."""
        width = max(10, self.content_size.width)
        rows: list[Row] = [((line, "dim"),) for line in textwrap.wrap(text, width)]
        self._take([(), *rows], (), None)

    def show_picture(self, picture: DrawnPicture, baseline: str, part: int) -> None:
        """Show a picture, drawn for a box of this size or another.

        Args:
            baseline: what enlarged LR.
            part: the one that is seen where the layout has one of them large.
        """
        layout = picture.request.layout
        names = part_names(layout, baseline)
        width = picture.request.box[0]
        if layout.large:
            part = min(part, len(layout.parts) - 1)
            lines = _abreast(picture, (part,), width)
            row = _large_names(picture, names, part, self.content_size.width)
            rows = [row, *self._room(lines)]  # at the top, where it stays however near one is
        else:
            lines = _abreast(picture, layout.parts, width)
            rows = [*self._room(lines), _names_abreast(picture, names, width)]
        self._take(rows, lines, (picture, part))

    def _room(self, lines: tuple[Line, ...]) -> list[Row]:
        """Empty rows above a picture under its names, half of those that there are."""
        return [()] * max(0, (self.content_size.height - 1 - len(lines)) // 2)

    def row_at(self, y: int) -> Row | None:
        return super().row_at(y) if y < len(self.rows) or not self._lines else None

    def render_line(self, y: int) -> Strip:
        line = y - len(self.rows)
        if not 0 <= line < len(self._lines):
            return super().render_line(y)
        ground = self._style("text")
        cells = [Segment(text, style or ground) for text, style, _ in self._lines[line]]
        return Strip(cells).adjust_cell_length(self.content_size.width, ground)

    def _take(
        self, rows: list[Row], lines: tuple[Line, ...], shown: tuple[DrawnPicture, int] | None
    ) -> None:
        """Rows above lines; when the rows become more or fewer, every line moves."""
        top, moved = min(len(rows), len(self.rows)), len(rows) != len(self.rows)
        bottom = max(len(self.rows) + len(self._lines), len(rows) + len(lines))
        before, self._lines = self._lines, lines
        drawn, self._shown = self._shown, shown
        self.show(rows)
        width, height = self.content_size
        if moved:
            regions = [Region(0, y, width, 1) for y in range(top, bottom)]
        elif drawn and shown and _comparable(drawn[0], shown[0]):
            regions = [
                Region(left, y, right - left, 1)
                for y, left, right in _changed_cells(drawn, shown, len(rows))
            ]
        else:
            regions = [
                Region(0, y, width, 1)
                for y, (old, new) in enumerate(zip_longest(before, lines), len(rows))
                if old != new
            ]
        seen = [region for region in regions if region.y < height]
        if seen:
            self.refresh(*seen)


def part_names(layout: Layout, baseline: str) -> tuple[str, ...]:
    """What the parts of a layout are called."""
    if layout.gain:
        return ("|LR − GT|", "|KI − GT|")
    return (f"LR ({baseline})" if baseline else "LR", "KI (network)", "GT")


def _comparable(before: DrawnPicture, after: DrawnPicture) -> bool:
    """Whether the cells of both lie at the same places."""
    one, other = before.request, after.request
    same_colours = one.indexed == other.indexed
    extent = (before.where.columns, before.where.lines) == (after.where.columns, after.where.lines)
    return one.box == other.box and one.layout == other.layout and same_colours and extent


def _changed_cells(
    before: tuple[DrawnPicture, int], after: tuple[DrawnPicture, int], top: int
) -> list[tuple[int, int, int]]:
    """Lines and columns (line, first, end) in which two pictures of the same layout differ."""
    import numpy as np

    picture, large = after[0], after[0].request.layout.large
    width = picture.request.box[0]
    old, new = ((shown.pixels[part],) if large else shown.pixels for shown, part in (before, after))
    found = []
    for at, (one, other) in enumerate(zip(old, new, strict=True)):
        start = at * (width + GAP) + _offset(picture, width)
        pixels = (one != other).any(axis=2)
        for line, cells in enumerate(pixels[::2] | pixels[1::2], top):
            edges = np.flatnonzero(np.diff(cells, prepend=False, append=False)) + start
            spans = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
            if len(spans) > _REGIONS:
                spans = [(spans[0][0], spans[-1][1])]
            found += [(line, left, right) for left, right in spans]
    return found


def _offset(picture: DrawnPicture, width: int) -> int:
    """Empty cells to the left of each part, which is in the middle of its box."""
    return (width - picture.where.columns) // 2


def _measured(picture: DrawnPicture, part: int) -> Row:
    """PSNR of a part against GT, and what the network gains."""
    lr, ki = picture.psnr
    if part == LR:
        return ((f"  {decimal(lr, 2)} dB", "text"),)
    if part == KI:
        return ((f"  {decimal(ki, 2)} dB", "text"), *gain_row(ki - lr, 2, " dB"))
    return ()


def _names_abreast(picture: DrawnPicture, names: tuple[str, ...], width: int) -> Row:
    """Each name above its part, with PSNR against GT where there is room."""
    row: Row = ()
    for part, name in enumerate(names):
        offset = _offset(picture, width)
        room = width - offset
        cells: Row = ((shorten(name, room), "strong"),)
        for piece in _measured(picture, part):
            if row_width((*cells, piece)) <= room:
                cells += (piece,)
        last = part == len(names) - 1
        row += ((" " * offset, "text"), *padded(cells, room + (0 if last else GAP)))
    return row


def _large_names(picture: DrawnPicture, names: tuple[str, ...], part: int, width: int) -> Row:
    """All names at fixed places, the one that is seen marked; its PSNR at the right edge."""
    row: Row = ()
    for at, name in enumerate(names):
        seen = at == part
        row += ((f" ▸ {name} " if seen else f"   {name} ", "selected" if seen else "dim"),)
        row += (("  ", "text"),)
    return spread(row, _measured(picture, part), width)


def _abreast(picture: DrawnPicture, parts: tuple[int, ...], width: int) -> tuple[Line, ...]:
    left = _offset(picture, width)
    before = Segment(" " * left)
    between = Segment(" " * (width - picture.where.columns + GAP))
    lines = []
    for cells in zip(*(picture.lines(part) for part in parts), strict=True):
        line: Line = (before,)
        for at, part in enumerate(cells):
            line += (*((between,) if at else ()), *part)
        lines.append(line)
    return tuple(lines)
