"""Drawing less: of a changed row, the changed cells alone, and of the screen, the changed rows alone.

Textual 8.2 resends a row from the left edge of its widget up to the change, so a percentage at the end
of a bar costs the whole bar; and for each change it renders every visible widget from top to
bottom. Panels of rows need neither: `RowWidget` knows its changed cells, and which side of its frame has
a new name. At four updates a second that is a third of the bytes and of the time. It leans on private
names of Textual; whatever else changes, and rows that are not in full view, take Textual's own way.
"""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.errors import NoWidget
from textual.geometry import Region
from textual.strip import Strip

from vsrppp_tui.tui.widgets.rows import RowWidget

Placed = tuple[int, int, Strip]  # x, y, what to write there


class LeanUpdate(ChopsUpdate):
    """A partial update that writes the given strips, and then what Textual draws in its own way."""

    def __init__(self, strips: list[Placed], rest: ChopsUpdate | None) -> None:
        super().__init__([], [], [])
        self._strips = strips
        self._rest = rest

    def render_segments(self, console: Console) -> str:
        lean = "".join(
            Control.move_to(x, y).segment.text + strip.render(console)
            for x, y, strip in self._strips
        )
        return lean + (self._rest.render_segments(console) if self._rest else "")


class LeanCompositor(Compositor):
    """A compositor whose partial updates are lean where no more than rows changed."""

    def render_partial_update(self) -> ChopsUpdate | None:
        strips: list[Placed] = []
        others: set[Region] = set()
        for region in self._dirty_regions:
            widget = self._rows_at(region)
            cells = self._cells(widget, region) if widget is not None else None
            if cells is None:
                others.add(region)
            else:
                strips += cells
        self._dirty_regions = others
        rest = super().render_partial_update()
        return LeanUpdate(strips, rest) if strips else rest

    def _rows_at(self, region: Region) -> RowWidget | None:
        """The widget of rows that is seen at both ends of a region; None for any other widget."""
        try:
            first, _ = self.get_widget_at(region.x, region.y)
            last, _ = self.get_widget_at(region.right - 1, region.bottom - 1)
        except NoWidget:
            return None
        return first if first is last and isinstance(first, RowWidget) else None

    def _cells(self, widget: RowWidget, region: Region) -> list[Placed] | None:
        """The cells of a region of rows, or of one row of their frame; None where it is another."""
        place, clip = self.visible_widgets[widget]
        if not clip.contains_region(place):
            return None
        content = Region.from_offset(place.offset + widget.content_offset, widget.content_size)
        if content.contains_region(region):
            return _changed_cells(widget, content, region)
        if region.height == 1:
            (strip,) = widget.render_lines(region.translate(-place.offset))
            return [(region.x, region.y, strip)]
        return None


def _changed_cells(widget: RowWidget, content: Region, region: Region) -> list[Placed]:
    """The changed cells of one widget, without the frame that Textual would render with them."""
    filters = widget.get_line_filters()
    background = widget.background_colors[1]
    strips: list[Placed] = []
    for y in region.line_range:
        x = region.x - content.x
        strip = widget.render_line(y - content.y).crop(x, x + region.width)
        for line_filter in filters:
            strip = strip.apply_filter(line_filter, background)
        strips.append((region.x, y, strip))
    return strips
