"""The legend of a plot: what each curve is, how it is drawn, and what it reads at the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.marks import MARKS, Mark
from vsrppp_tui.tui.metric_values import unit_of
from vsrppp_tui.tui.plot.axis import Range, labels
from vsrppp_tui.tui.plot.dashes import letter, sample, style_of
from vsrppp_tui.tui.plot.figure import ABOVE, BELOW, Curve, Figure, Look
from vsrppp_tui.tui.text import count, number, shorten
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

_NARROWEST = 46  # cells of a column of the legend
_SAMPLE = 4


def legend_rows(
    curves: Sequence[Curve], figure: Figure, cursor: float | None, width: int
) -> list[Row]:
    """A piece of line, the name and the value of each curve, in as many columns as fit."""
    columns = max(1, min(len(curves), width // _NARROWEST))
    each = width // columns
    longest = max((len(curve.name) for curve in curves), default=0)
    entries = [
        padded(_entry(at, curve, figure, cursor, each - 2, longest), each)
        for at, curve in enumerate(curves)
    ]
    lines = legend_height(len(curves), width)
    return [
        tuple(piece for entry in entries[line::lines] for piece in entry) for line in range(lines)
    ]


def legend_height(curves: int, width: int) -> int:
    """How many rows the legend takes."""
    columns = max(1, min(curves, width // _NARROWEST))
    return max(1, -(-curves // columns))


def _entry(
    at: int, curve: Curve, figure: Figure, cursor: float | None, width: int, longest: int
) -> Row:
    shown = figure.ranges[at] if at < len(figure.ranges) else None
    value = _reading(curve, cursor)
    unit = unit_of(curve.name)
    reading = f"  {value}" + (f" {unit}" if unit and value[-1:].isdigit() else "")
    scale = f"  {_range_text(shown)}" if figure.own_scales and shown else ""
    room = width - _SAMPLE - 3 - len(reading)
    if room - len(scale) < min(12, longest):
        scale = ""
    room -= len(scale)
    return (
        (f"{letter(at)} {sample(at, _SAMPLE)} ", style_of(at)),
        (f"{shorten(curve.name, max(0, room)):<{min(longest, max(0, room))}}", "text"),
        (reading, "strong"),
        (scale, "dim"),
    )


def _range_text(shown: Range) -> str:
    return " to ".join(labels([end])[0] for end in (shown.low, shown.high))


def _reading(curve: Curve, cursor: float | None) -> str:
    """The value at the newest point, or at the one nearest to the cursor, with its step where it is off."""
    import numpy as np

    steps, low, high, last = curve.series
    if not len(steps):
        return "no values"
    if cursor is None:
        return number(float(last[-1]))
    at = int(np.argmin(np.abs(steps - cursor)))
    value = number(float(last[at]))
    if low[at] < high[at]:
        value += f" ({number(float(low[at]), 3)} to {number(float(high[at]), 3)})"
    return value


def nearest_step(curves: Sequence[Curve], cursor: float) -> float | None:
    """The step of the point that is read at the cursor, of the first curve that has any."""
    import numpy as np

    for curve in curves:
        if len(curve.series.steps):
            steps = curve.series.steps
            return float(steps[np.argmin(np.abs(steps - cursor))])
    return None


def note_row(figure: Figure, look: Look, marks: Sequence[Mark], width: int) -> Row:
    """What the picture leaves out or does on its own account, then the marks that are in it."""
    notes = []
    if figure.own_scales:
        notes.append("own scales: see ranges")
    if look.log and figure.left_out:
        points = "point" if figure.left_out == 1 else "points"
        notes.append(f"{count(figure.left_out)} {points} at or below zero left out")
    if figure.beyond:
        notes.append(f"{ABOVE}{BELOW} beyond the axis")
    row: Row = (("   ".join(notes), "warning"),) if notes else ()
    kinds = {mark.kind for mark in marks}
    for kind, (character, style) in MARKS.items():
        if kind in kinds:
            entry: Row = (("   " if row else "", "text"), (character, style), (f" {kind}", "dim"))
            row = (*row, *entry) if row_width(row) + row_width(entry) <= width else row
    return row
