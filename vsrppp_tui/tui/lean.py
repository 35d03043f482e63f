"""Drawing less: of a changed row, the changed cells alone, and of the screen, the changed rows alone.

Textual 8.2 resends a row from the left edge of its widget up to the change, so a percentage at the end
of a bar costs the whole bar; and for each change it renders every visible widget from top to
bottom. Panels of rows need neither: `RowWidget` knows its changed cells, and which side of its frame has
a new name. At four updates a second that is a third of the bytes and of the time. It leans on private
names of Textual; whatever else changes, and rows that are not in full view, take Textual's own way.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import takewhile

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

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

    def __init__(self) -> None:
        super().__init__()
        self._origins: dict[Region, RowWidget] = {}
        self._above: dict[RowWidget, list[Widget]] = {}
        self._layout: object = None  # for which `_above` was found

    def update_widgets(self, widgets: set[Widget]) -> None:
        """As Textual's; remembers which widget of rows each region is of."""
        for widget in self.visible_widgets.keys() & widgets:
            if isinstance(widget, RowWidget):
                place, clip = self.visible_widgets[widget]
                for region in widget._repaint_regions:
                    self._origins[clip.intersection(region.translate(place.offset))] = widget
        super().update_widgets(widgets)

    def render_partial_update(self) -> ChopsUpdate | None:
        by_widget: defaultdict[RowWidget | None, set[Region]] = defaultdict(set)
        for region in self._dirty_regions:
            by_widget[self._origins.get(region)].add(region)
        self._origins.clear()
        others = by_widget.pop(None, set())
        strips: list[Placed] = []
        for widget, regions in by_widget.items():
            if widget is None or not self._in_full_view(widget):
                others |= regions
                continue
            painter = _Painter(widget, self.visible_widgets[widget][0])
            can = {region for region in regions if painter.can_paint(region)}
            others |= regions - can
            strips += [cells for region in can for cells in painter.cells(region)]
        self._dirty_regions = others
        rest = super().render_partial_update()
        return LeanUpdate(strips, rest) if strips else rest

    def _in_full_view(self, widget: RowWidget) -> bool:
        """Whether all of a widget is on the screen and nothing stands before it."""
        if widget not in self.visible_widgets:
            return False
        place, clip = self.visible_widgets[widget]
        return clip.contains_region(place) and not any(w.visible for w in self._before(widget))

    def _before(self, widget: RowWidget) -> list[Widget]:
        """The widgets that are laid out over this one, hidden ones included."""
        if self._layout is not self.visible_widgets:  # made anew with each layout
            self._layout, self._above = self.visible_widgets, {}
        if widget not in self._above:
            # The uppermost come first; those behind, its parents among them, after the widget itself.
            upper = takewhile(lambda item: item[0] is not widget, self.visible_widgets.items())
            place, _ = self.visible_widgets[widget]
            self._above[widget] = [
                other
                for other, (region, clip) in upper
                if clip.intersection(region).intersection(place).area
            ]
        return self._above[widget]


class _Painter:
    """The cells of one widget, without the frame that Textual would render with them."""

    def __init__(self, widget: RowWidget, place: Region) -> None:
        self._widget = widget
        self._place = place
        start = place.offset + widget.content_offset
        self._content = Region.from_offset(start, widget.content_size)
        self._filters = widget.get_line_filters()
        self._background = widget.background_colors[1]
        self._lines: dict[int, Strip] = {}

    def can_paint(self, region: Region) -> bool:
        """Whether it is of the rows, or a single row of the frame; not one of a former place."""
        single = region.height == 1 and self._place.contains_region(region)
        return single or self._content.contains_region(region)

    def cells(self, region: Region) -> list[Placed]:
        """What to write for a region."""
        if not self._content.contains_region(region):
            (strip,) = self._widget.render_lines(region.translate(-self._place.offset))
            return [(region.x, region.y, strip)]
        left = region.x - self._content.x
        return [
            (region.x, y, self._line(y).crop(left, left + region.width)) for y in region.line_range
        ]

    def _line(self, y: int) -> Strip:
        """The whole row at line `y` of the screen."""
        if y not in self._lines:
            strip = self._widget.render_line(y - self._content.y)
            for line_filter in self._filters:
                strip = strip.apply_filter(line_filter, self._background)
            self._lines[y] = strip
        return self._lines[y]
