"""The activity of a block over the run as a strip of cells that stand still.

A cell stands for a fixed stretch of steps, counted from the start of the run. When the strip is full
the stretch grows by a half or a third, so that two thirds of the strip stay in use; until then a finished
cell never changes, so that a strip costs the terminal one cell a row now and then. (A strip that scrolled
would send all of its cells again at each step to the left.)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from vsrppp_tui.link.interface import COLD_PERCENT, HEALTHY_PERCENT, RunState
from vsrppp_tui.tui.widgets.rows import Piece, Row

if TYPE_CHECKING:  # numpy is loaded when there is a strip to draw: the first frame comes before
    from numpy.typing import NDArray

    from vsrppp_tui.tui.model import RunModel

Strips = Callable[[str, int], Row]  # the strip of a block, by its name and a width in cells

STRIP_SECONDS = 3.0
LOOKS_A_CELL = 4
FIRST_STRETCH = 5  # steps: then 10, 15, 20, 30, 40, 60, 80, 120, ...
# Below which percentage, character, style. The heights differ, so no colour is needed; the steps among
# them are those of the meanings: cold, under the healthy band, four parts of the band, above it.
_LOW, _HIGH = HEALTHY_PERCENT
SHADES = (
    (COLD_PERCENT, "▁", "warning"),
    (_LOW, "▂", "curve"),
    *((_LOW + (_HIGH - _LOW) * part / 4, mark, "curve") for part, mark in enumerate("▃▄▅▆", 1)),
    (math.inf, "▇", "high"),
)
_BOUNDS = [below for below, _, _ in SHADES[:-1]]
_BOUNDS[-1] = math.nextafter(_HIGH, math.inf)  # the healthy band ends with its upper edge
_CELLS = [(mark, style) for _, mark, style in SHADES]
GAP = ("·", "faint")  # no reading, or none that was a number


def stretch_for(newest: int, width: int) -> int:
    """Steps that one of `width` cells stands for, so that all steps up to `newest` have their cell."""
    stretch, larger = FIRST_STRETCH, 2 * FIRST_STRETCH
    while stretch * max(1, width) < newest:
        stretch, larger = larger, max(3 * FIRST_STRETCH, 2 * stretch)
    return stretch


def columns(steps: NDArray[Any], values: NDArray[Any], stretch: int, width: int) -> NDArray[Any]:
    """The mean of `values` in each stretch of steps: [..., columns], at most `width`, up to the last step.

    Args:
        steps: [n], increasing; steps 1 to `stretch` are the first column.
        values: [..., n], percent; what is not finite does not count.
        stretch: Steps of a column.
        width: Columns there is room for; what lies beyond is left out.

    Returns:
        Percent 0 to 100; NaN where no value was finite. A column without any step takes the value of
        the one before: readings may be further apart than columns.
    """
    import numpy as np

    places = np.maximum(0, np.ceil(steps / stretch).astype(np.int64) - 1)
    places = places[: np.searchsorted(places, width)]
    values = values[..., : places.size]
    if not places.size:
        return np.empty((*values.shape[:-1], 0))
    finite = np.isfinite(values)
    starts = np.flatnonzero(np.diff(places, prepend=-1))  # of each column that holds a step
    counts = np.add.reduceat(finite, starts, axis=-1, dtype=np.int64)
    sums = np.add.reduceat(np.where(finite, np.clip(values, 0.0, 100.0), 0.0), starts, axis=-1)
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    source = np.searchsorted(places[starts], np.arange(int(places[-1]) + 1), side="right") - 1
    return np.where(source >= 0, means[..., source], np.nan)


def shade(percent: float) -> Piece:
    """Character and style of a cell."""
    if not math.isfinite(percent):
        return GAP
    return _CELLS[bisect_right(_BOUNDS, percent)]


def strip_row(percents: Sequence[float], width: int) -> Row:
    """Cells of the columns, then blanks up to `width`: the rest of the run."""
    return _joined_cells(tuple([shade(percent) for percent in percents[:width]]), width)


@lru_cache(maxsize=1024)  # most strips look as they did a moment ago
def _joined_cells(cells: tuple[Piece, ...], width: int) -> Row:
    row: Row = tuple(
        ("".join(mark for mark, _ in run), style)
        for style, run in groupby(cells, key=lambda cell: cell[1])
    )
    missing = width - len(cells)
    return (*row, (" " * missing, "text")) if missing > 0 else row


def strip_legend(stretch: int, width: int) -> str:
    """What the cells mean, in as many words as fit in `width` cells; the help has them all."""
    cold, low, *healthy, above = (mark for _, mark, _ in SHADES)
    band = f"{''.join(healthy)} healthy {above} above"
    steps = f" · {stretch:,} steps/cell"
    all_marks, most = f"{cold} cold {low} low {band}", f"{cold} cold {band}"
    ways = (all_marks + steps, most + steps, all_marks, most)
    return next((way for way in ways if len(way) <= width), "")


_METRIC = "Activity/"


class _Kept(NamedTuple):
    """The strips of all blocks in one width, and when they were worked out."""

    rows: dict[str, Row]
    stretch: int
    step: int
    time: float


class Heat:
    """The strips of all blocks of a run, worked out anew at most every `STRIP_SECONDS`.

    Where cells are wide even that is more often than the eye can use: then a few times a cell.
    """

    def __init__(self, model: RunModel) -> None:
        self._model = model
        self._kept: dict[int, _Kept] = {}
        self._state: RunState | None = None  # a pause shows all that came before it, and then rests
        self.stretch: int | None = None  # steps of a cell of the strip asked for last

    def row(self, name: str, width: int) -> Row:
        """The strip of the block `name` in `width` cells; blank until the records have been read."""
        # Strips of the live part alone would be drawn twice; and numpy can wait for the first frame.
        if not self._model.history_done or width <= 0:
            return strip_row((), width)
        if self._model.state != self._state:
            self._kept.clear()
            self._state = self._model.state
        self.stretch = stretch_for(self._model.snapshot.step, width)
        kept = self._kept.get(width)
        if kept is None or name not in kept.rows or self._is_old(kept, self.stretch):
            kept = self._kept[width] = self._work_out(name, width, self.stretch)
        return kept.rows[name]

    def _is_old(self, kept: _Kept, stretch: int) -> bool:
        if 0 <= self._model.clock() - kept.time < STRIP_SECONDS:
            return False
        steps = self._model.snapshot.step - kept.step
        return stretch != kept.stretch or not 0 <= steps * LOOKS_A_CELL < stretch

    def _work_out(self, name: str, width: int, stretch: int) -> _Kept:
        """The strips of `name` and of all other blocks: together they take little longer than one."""
        snapshot = self._model.snapshot
        names = {name, *(block.name for block in snapshot.blocks)}
        rows: dict[str, Row] = {}
        for group, steps, values in self._model.metrics.newest([_METRIC + name for name in names]):
            for metric, percents in zip(group, columns(steps, values, stretch, width), strict=True):
                rows[metric.removeprefix(_METRIC)] = strip_row(percents.tolist(), width)
        return _Kept(rows, stretch, snapshot.step, self._model.clock())
