"""The cursor of a plot: it stands on a cell, and takes the window along at its edges."""

from __future__ import annotations

from vsrppp_tui.tui.plot.frame import cell_of
from vsrppp_tui.tui.plot.window import Extent, Window

_PUSH = 0.25  # of its width, by which the window moves when the cursor is pushed over its edge


def moved(
    window: Window, extent: Extent, cursor: float | None, by: int, cells: int
) -> tuple[Window, float]:
    """Window and cursor after a move of `by` cells; the first one starts from the newest values."""
    span = window.span(extent)
    start = extent.last if cursor is None else cursor
    cell = cell_of(start, span, cells) + by
    if not 0 <= cell < cells and (span[0] if cell < 0 else span[1]) != _end(extent, cell):
        window = window.pan(extent, -_PUSH if cell < 0 else _PUSH)
        span = window.span(extent)
        cell = cell_of(start, span, cells) + by
    newest = cell_of(extent.last, span, cells)
    if cell >= newest and span[0] <= extent.last <= span[1]:
        return window, extent.last
    cell = min(max(0, cell), cells - 1)
    return window, span[0] + (cell + 0.5) / cells * (span[1] - span[0])


def _end(extent: Extent, cell: int) -> float:
    return extent.whole[0 if cell < 0 else 1]
