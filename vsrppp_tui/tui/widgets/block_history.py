"""The history of the selected block as a curve, in line with the strips above it, and in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, HEALTHY_PERCENT, BlockReading
from vsrppp_tui.tui.block_story import LONGEST_MEANING, Story, meaning, story_of
from vsrppp_tui.tui.heat import stretch_for
from vsrppp_tui.tui.metrics import Series
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.text import decimal, number
from vsrppp_tui.tui.widgets.block_list import BlockList, left_width
from vsrppp_tui.tui.widgets.pace import Paced
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width, spread

HISTORY_SECONDS = 3.0
LEAST_ROWS, MOST_ROWS = 11, 40  # of the panel, without its border
TOP_PERCENT = 104.0  # of the curve: 100% is not the very edge
TELLING = 10  # readings from which on the history says something
_LABEL_CELLS = 12  # of a label under the curve, with the room beside it
_APART = 3  # cells between two things said in one row
# The lines across the curve by their rank: where two would share a row, the later one is left out.
# Height, its names from the longest, and every how many columns of dots the line has one.
_LOW, _HIGH = HEALTHY_PERCENT
_LINES: tuple[tuple[float, tuple[str, ...], int], ...] = (
    (COLD_PERCENT, (f"cold {COLD_PERCENT:.0f}%",), 8),
    (_HIGH, (f"healthy to {_HIGH:.0f}%", f"{_HIGH:.0f}%"), 4),
    (_LOW, (f"healthy from {_LOW:.0f}%", f"healthy {_LOW:.0f}%", f"{_LOW:.0f}%"), 4),
    (0.0, ("0%",), 0),
    (100.0, ("100%",), 0),
)


class BlockHistory(Panel):
    """Drawn at most every three seconds, and whenever another block is selected."""

    def __init__(self, model: RunModel, blocks: BlockList) -> None:
        super().__init__(model, id="block-history")
        self._list = blocks
        self._paced = Paced(HISTORY_SECONDS)

    def build(self, width: int, height: int) -> Sequence[Row]:
        block, snapshot = self._list.reading, self.model.snapshot
        if block is None:
            return []
        return self._paced.rows(
            (width, height, block.name, block.cold, snapshot.state, self.model.history_done),
            self.model.clock(),
            lambda: self._draw(block, width, height),
        )

    def _draw(self, block: BlockReading, width: int, height: int) -> Sequence[Row]:
        series = self.model.metrics.series(f"Activity/{block.name}")
        snapshot = self.model.snapshot
        story = story_of(series)
        says = textwrap.wrap(meaning(block, snapshot.step, snapshot.total_steps), width)
        most = textwrap.wrap(LONGEST_MEANING, width)  # so that all curves are equally high
        rows = [_title(block, story, width), _numbers(block, story, width)]
        curve = height - len(rows) - max(len(most), len(says))
        left = left_width([other.name for other in snapshot.blocks], width)
        if self.model.history_done:
            rows += curve_rows(series, snapshot.step, left, width, curve)
        return [*rows, *(((line, "text"),) for line in says)]


def _title(block: BlockReading, story: Story | None, width: int) -> Row:
    where = "fuse layer" if block.trunk == FUSE else f"{block.trunk} trunk"
    row: Row = ((block.name, "accent"), (f"  {where}  ", "dim"))
    if block.cold:
        row += ((f"❄ cold{_since(story)}", "warning"),)
    what = "its output" if block.trunk == FUSE else "what it adds"
    value: Row = ((number(block.value), "strong"),)
    for text in (f"mean size of {what} ", "mean size ", "raw "):
        right: Row = ((text, "dim"), *value)
        if row_width(row) + _APART + row_width(right) <= width:
            return spread(row, right, width)
    return row


def _since(story: Story | None) -> str:
    if story is None or story.cold_since is None or story.readings < TELLING:
        return ""
    if story.cold_since == story.first_step:
        return " all along"
    return f" since step {count(story.cold_since)}"


def _numbers(block: BlockReading, story: Story | None, width: int) -> Row:
    """As many as there is room for, the extremes first."""
    rows = [_number_row(block, story, width, at) for at in ("at step", "at")]
    return max(rows, key=len)  # the second "step" goes before a number does


def _number_row(block: BlockReading, story: Story | None, width: int, at: str) -> Row:
    row: Row = (("now ", "dim"), (f"{block.percent:.0f}%", "strong"))
    numbers: list[tuple[str, str]] = []
    if story is not None and story.readings >= TELLING:
        numbers += [*_extremes(story, at), ("cold ", _share(story.cold_share))]
    if block.trend is not None:
        change = decimal(100 * block.trend, 0, "%", signed=True)
        numbers.append(("last ten readings against those before ", change))
    for text, value in numbers:
        if row_width(row) + _APART + len(text) + len(value) <= width:
            row += ((" " * _APART + text, "dim"), (value, "text"))
    return row


def _extremes(story: Story, at: str) -> list[tuple[str, str]]:
    """The lowest and the highest reading, `at` before the step of the second one."""
    lowest, highest = f"{story.lowest:.0f}%", f"{story.highest:.0f}%"
    if lowest == highest:
        return [("all along ", lowest)]
    return [
        ("lowest ", f"{lowest} at step {count(story.lowest_step)}"),
        ("highest ", f"{highest} {at} {count(story.highest_step)}"),
    ]


def _share(share: float) -> str:
    if share == 0:
        return "never"
    return f"{'under 1%' if share < 0.01 else f'{share:.0%}'} of the steps"


def curve_rows(series: Series, step: int, left: int, width: int, height: int) -> list[Row]:
    """The activity from 0 to 100% over the steps of the strips; cold parts in the warning style."""
    from vsrppp_tui.tui.plot.columns import joined, line_of
    from vsrppp_tui.tui.plot.raster import Raster

    cells, plot_height = width - left, height - 1
    if cells < 4 or plot_height < 1:
        return []
    raster = Raster(cells, plot_height)
    stretch = stretch_for(step, cells)
    span = (0.0, float(stretch * cells))
    line = line_of(series.steps, series.last, span, cells * 2)
    low, high = joined(line)
    cold = line.high < COLD_PERCENT
    raster.draw(low / TOP_PERCENT, high / TOP_PERCENT, "warning", cold)
    raster.draw(low / TOP_PERCENT, high / TOP_PERCENT, "curve", ~cold)
    labels, named = _value_labels(plot_height, left - 2)
    for percent, every in named:
        raster.level(percent / TOP_PERCENT, every, "faint")
    rows: list[Row] = [
        ((f"{label:>{left - 2}} ", "dim"), ("┤" if label else "│", "faint"), *row)
        for label, row in zip(labels, raster.rows(), strict=True)
    ]
    return [*rows, _step_axis(stretch, left, cells)]


def _value_labels(height: int, width: int) -> tuple[list[str], list[tuple[float, int]]]:
    """The name of each row; heights and dashes of the lines to draw: a line without its name misleads."""
    labels = [""] * height
    named = []
    for percent, names, every in _LINES:
        y = round((1 - percent / TOP_PERCENT) * (height * 4 - 1)) // 4
        if not labels[y]:
            labels[y] = next((name for name in names if len(name) <= width), names[-1])
            named += [(percent, every)] if every else []
    return labels, named


def _step_axis(stretch: int, left: int, cells: int) -> Row:
    """Round steps under the curve, each at the cell that begins with it."""
    every = _round_step(stretch * _LABEL_CELLS)
    text = "step 0"
    for step in range(every, stretch * cells, every):
        text = text.ljust(step // stretch) + f"╵{count(step)}"
    if len(text) > cells:  # the last label has no room
        text = text[: text.rindex("╵")] if "╵" in text else text[:cells]
    return ((" " * (left - 1) + "└", "faint"), (text, "dim"))


def _round_step(least: int) -> int:
    """1, 2 or 5 times a power of ten, at least `least`."""
    size = int("1".ljust(len(str(least)), "0"))
    return next((times * size for times in (1, 2, 5) if times * size >= least), 10 * size)
