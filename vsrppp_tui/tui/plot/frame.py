"""What stands around the dots of a plot: the labels of both axes, and the marks of what happened."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.tui.plot.axis import Range, end_labels, step_ticks, value_ticks
from vsrppp_tui.tui.plot.columns import Span
from vsrppp_tui.tui.plot.raster import DOTS_DOWN
from vsrppp_tui.tui.widgets.rows import Row, row_width

GUTTER = 9
_TICKS_FROM = 6  # rows of the raster


def cell_of(step: float, span: Span, width: int) -> int:
    """The cell column of a step."""
    return min(width - 1, max(0, int((step - span[0]) / (span[1] - span[0]) * width)))


def axis_labels(ranges: Sequence[Range | None], own: bool, height: int) -> list[str]:
    """The label of each row of the value axis."""
    texts = [""] * height
    shown = next((one for one in ranges if one is not None), None)
    if shown is None:
        return texts
    ticks = [(0.0, "low"), (1.0, "high")] if own else _placed(shown, height)
    for place, text in ticks:
        dot = round((1 - place) * (height * DOTS_DOWN - 1))
        if not texts[dot // DOTS_DOWN]:
            texts[dot // DOTS_DOWN] = text
    return texts


def gutter_row(label: str, width: int = GUTTER) -> Row:
    """What stands left of the dots: a label, and the axis."""
    # The longest one, "-1.75e-3" say, leaves no blank.
    text = label if len(label) == width - 1 else f"{label:>{width - 2}} "
    return ((text, "dim"), ("┤" if label else "│", "faint"))


def _placed(shown: Range, height: int) -> list[tuple[float, str]]:
    """Round values where there is room for two of them at least, else both ends: one alone says no scale."""
    ticks = value_ticks(shown, height // 3) if height >= _TICKS_FROM else []
    if len(ticks) > 1:
        return [(shown.place(value), text) for value, text in ticks]
    low, high = end_labels(shown)
    return [(1.0, high), (0.0, low)]


def mark_row(marks: Sequence[tuple[float, str, str]], span: Span, width: int) -> Row:
    """What happened, under the steps at which it did."""
    cells: list[tuple[str, str]] = [(" ", "faint")] * width
    for step, character, style in marks:
        if span[0] <= step <= span[1]:
            cells[cell_of(step, span, width)] = (character, style)
    return ((" " * (GUTTER - 1) + "│", "faint"), *cells)


def step_row(span: Span, width: int, cursor: float | None) -> Row:
    """The labels of the step axis, each to the right of its place, and the cursor's step over them."""
    row: Row = ((" " * (GUTTER - 1) + "└", "faint"),)
    first = f" step {count(round(span[0]))}"
    parts = [(0, first)]
    for step in step_ticks(*span, max(1, width // 14)):
        x, text = cell_of(step, span, width), count(round(step))
        if x > parts[-1][0] + len(parts[-1][1]) and x + len(text) + 1 <= width:
            parts.append((x, f"╵{text}"))
    end = count(round(span[1]))
    while len(parts) > 1 and parts[-1][0] + len(parts[-1][1]) > width - len(end) - 1:
        parts.pop()
    at = 0
    for x, text in parts:
        row += ((" " * (x - at) + text, "dim"),)
        at = x + len(text)
    if at + len(end) < width:
        row += ((" " * (width - at - len(end)) + end, "dim"),)
    return row if row_width(row) <= GUTTER + width else row[:1]
