"""Drawing less: of a changed row, the changed cells alone; of the screen, the changed rows alone; and once.

Textual 8.2 resends a row from the left edge of its widget up to the change, so a percentage at the end
of a bar costs the whole bar; and for each change it renders every visible widget from top to
bottom. Panels of rows need neither: `RowWidget` knows its changed cells, and which side of its frame has
a new name. At four updates a second that is a third of the bytes and of the time.

Between a changed widget and the terminal Textual passes half a dozen messages, each through the queue of
a task of its own: a fifth of the time of a look at the run, while a training waits for the core.
`paint_now` draws what a look has changed in one go.

All this leans on private names of Textual; whatever else changes, and rows that are not in full view, take
Textual's own way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile
from time import monotonic
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import UPDATE_PERIOD, Screen
from textual.strip import Strip
from textual.widget import Widget

from vsrppp_tui.tui.widgets.rows import RowWidget, cut

_ANY = "x"  # no sequence of colours has it


def paint_now(screen: Screen[Any], widgets: Iterable[RowWidget]) -> None:
    """Draw what changed in widgets that have not asked for it themselves (`RowWidget.quietly`).

    Calls that follow each other faster than Textual draws wait for its next frame.
    """
    compositor = screen._compositor
    if screen not in compositor:  # not laid out yet: the first frame holds everything
        return
    for widget in widgets:
        widget._repaint_required = False
        screen._dirty_widgets.add(widget)
    if not screen._dirty_widgets:
        return
    now = monotonic()
    if isinstance(compositor, LeanCompositor) and now - compositor.painted >= UPDATE_PERIOD:
        compositor.painted = now
        screen._on_timer_update()
    if screen._dirty_widgets:
        screen.check_idle()


class LeanUpdate(ChopsUpdate):
    """A partial update that writes regions of rows, and then what Textual draws in its own way."""

    def __init__(self, regions: list[tuple[_Painter, Region]], rest: ChopsUpdate | None) -> None:
        super().__init__([], [], [])
        self._regions = regions
        self._rest = rest

    def render_segments(self, console: Console) -> str:
        cells = "".join([painter.cells(region) for painter, region in self._regions])
        return cells + (self._rest.render_segments(console) if self._rest else "")


class LeanCompositor(Compositor):
    """A compositor whose partial updates are lean where no more than rows changed."""

    def __init__(self) -> None:
        super().__init__()
        self._origins: dict[Region, RowWidget] = {}
        self._above: dict[RowWidget, list[Widget]] = {}
        self._painters: dict[RowWidget, _Painter] = {}
        self._layout: object = None  # for which these two were found
        self.painted = 0.0  # `time.monotonic` of the last `paint_now`

    def update_widgets(self, widgets: set[Widget]) -> None:
        """As Textual's; remembers which widget of rows each region is of."""
        self._forget_former_layout()
        for widget in self.visible_widgets.keys() & widgets:
            if isinstance(widget, RowWidget):
                place, clip = self.visible_widgets[widget]
                for region in widget._repaint_regions:
                    if region.size == place.size:  # of all of it: its colours may be others
                        self._painters.pop(widget, None)
                    self._origins[clip.intersection(region.translate(place.offset))] = widget
        super().update_widgets(widgets)

    def render_partial_update(self) -> ChopsUpdate | None:
        by_widget: defaultdict[RowWidget | None, set[Region]] = defaultdict(set)
        for region in self._dirty_regions:
            by_widget[self._origins.get(region)].add(region)
        self._origins.clear()
        self._forget_former_layout()
        others = by_widget.pop(None, set())
        painted: list[tuple[_Painter, Region]] = []
        for widget, regions in by_widget.items():
            if widget is None or not self._in_full_view(widget):
                others |= regions
                continue
            painter = self._painters.get(widget)
            if painter is None:
                painter = _Painter(widget, self.visible_widgets[widget][0])
                self._painters[widget] = painter
            can = {region for region in regions if painter.can_paint(region)}
            others |= regions - can
            painted += [(painter, region) for region in can]
        self._dirty_regions = others
        rest = super().render_partial_update()
        return LeanUpdate(painted, rest) if painted else rest

    def _forget_former_layout(self) -> None:
        if self._layout is not self.visible_widgets:  # made anew with each layout
            self._layout, self._above, self._painters = self.visible_widgets, {}, {}

    def _in_full_view(self, widget: RowWidget) -> bool:
        """Whether all of a widget is on the screen and nothing stands before it."""
        if widget not in self.visible_widgets:
            return False
        place, clip = self.visible_widgets[widget]
        return clip.contains_region(place) and not any(w.visible for w in self._before(widget))

    def _before(self, widget: RowWidget) -> list[Widget]:
        """The widgets that are laid out over this one, hidden ones included."""
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
    """The cells of one widget, without the frame that Textual would render with them.

    Cells of rows become text at once: strips, cropped and filtered for each change, took a fifth of the
    time of a look at the run.
    """

    def __init__(self, widget: RowWidget, place: Region) -> None:
        self._widget = widget
        self._place = place
        self._console = widget.app.console
        start = place.offset + widget.content_offset
        self._content = Region.from_offset(start, widget.content_size)
        self._filters = tuple(widget.get_line_filters())
        self._background = widget.background_colors[1]

    def can_paint(self, region: Region) -> bool:
        """Whether it is of the rows, or a single row of the frame; not one of a former place."""
        single = region.height == 1 and self._place.contains_region(region)
        return single or self._content.contains_region(region)

    def cells(self, region: Region) -> str:
        """What to write for a region, places of the cursor included."""
        if not self._content.contains_region(region):
            (strip,) = self._widget.render_lines(region.translate(-self._place.offset))
            return _at(region.x, region.y, strip.render(self._console))
        left = region.x - self._content.x
        return "".join(
            _at(region.x, y, self._stretch(y - self._content.y, left, left + region.width))
            for y in region.line_range
        )

    def _stretch(self, y: int, left: int, right: int) -> str:
        """The cells of line `y` of the content from `left` up to `right`."""
        row = self._widget.row_at(y)
        pieces = None if row is None else cut(row, left, right)
        if pieces is None:
            line = self._filtered(self._widget.render_line(y))
            return line.crop(left, right).render(self._console)
        codes = self._widget.codes(
            (self._filters, self._background, self._console.color_system), self._around
        )
        around = ((codes[style], text) for text, style in pieces)
        return "".join([f"{before}{text}{after}" for (before, after), text in around])

    def _around(self, style: Style) -> tuple[str, str]:
        """What is sent before and after a text in a style."""
        sent = self._filtered(Strip([Segment(_ANY, style)])).render(self._console)
        before, _, after = sent.partition(_ANY)
        return before, after

    def _filtered(self, strip: Strip) -> Strip:
        for line_filter in self._filters:
            strip = strip.apply_filter(line_filter, self._background)
        return strip


def _at(x: int, y: int, text: str) -> str:
    """A text at a place of the screen; CUP, ECMA-48 8.3.21, counts from 1."""
    return f"\x1b[{y + 1};{x + 1}H{text}"
