"""The legend of a plot: what each curve is, how it is drawn, and what it reads at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vsrppp_tui.tui.marks import MARKS, Fitted
from vsrppp_tui.tui.plot.axis import end_labels
from vsrppp_tui.tui.plot.dashes import letter, sample, style_of
from vsrppp_tui.tui.plot.figure import Curve, Figure
from vsrppp_tui.tui.plot.reading import read
from vsrppp_tui.tui.plot.strokes import ABOVE, BELOW
from vsrppp_tui.tui.text import count, shorten
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

_NARROWEST = 46  # cells of a column of the legend
_SAMPLE = 4
_LEAST_NAME = 12  # cells of a name, before the ranges give way to it


class Legend(NamedTuple):
    """Its rows, and whether they say the range of each curve that has a scale of its own."""

    rows: list[Row]
    ranges: bool = False


class _Words(NamedTuple):
    """What stands beside the name of a curve."""

    value: str
    detail: str
    scale: str


def draw_legend(
    curves: Sequence[Curve], figure: Figure, cursor: float | None, width: int
) -> Legend:
    """A piece of line, the name and the values of each curve, in as many columns as fit."""
    lines = legend_height(len(curves), width)
    each = width // max(1, -(-len(curves) // lines))
    names = [curve.name for curve in curves]
    words, room = _words(curves, figure, cursor, each - 2 - _SAMPLE - 3)
    entries = [
        padded(_entry(at, *entry, room), each)
        for at, entry in enumerate(zip(names, words, strict=True))
    ]
    rows = [
        tuple(piece for entry in entries[line::lines] for piece in entry) for line in range(lines)
    ]
    return Legend(rows, any(entry.scale.strip() for entry in words))


def legend_height(curves: int, width: int) -> int:
    """How many rows the legend takes."""
    columns = max(1, min(curves, width // _NARROWEST))
    return max(1, -(-curves // columns))


def _entry(at: int, name: str, words: _Words, room: int) -> Row:
    value, detail, scale = (f"  {part}" if part else "" for part in words)
    return (
        (f"{letter(at)} {sample(at, _SAMPLE)} ", style_of(at)),
        (f"{shorten(name, room):<{room}}", "text"),
        (value, "strong"),
        (detail + scale, "dim"),
    )


def _words(
    curves: Sequence[Curve], figure: Figure, cursor: float | None, width: int
) -> tuple[list[_Words], int]:
    """The words of each curve in columns, fewer of them where `width` is short; and the cells of a name."""
    longest = max((len(curve.name) for curve in curves), default=0)
    readings = [read(curve, figure, cursor).ways for curve in curves]
    scales = _scales(figure, len(curves))
    without = [""] * len(curves)
    for way, ranges, least in (
        (0, scales, longest),
        (1, scales, longest),
        (2, scales, min(_LEAST_NAME, longest)),
        (0, without, longest),
        (1, without, longest),
        (2, without, 0),
    ):
        values = [reading[way][0] for reading in readings]
        details = [reading[way][1] for reading in readings]
        columns = [_aligned(texts) for texts in (values, details, ranges)]
        taken = sum(2 + len(texts[0]) for texts in columns if texts and texts[0])
        if width - taken >= least:
            break
    words = [_Words(*entry) for entry in zip(*columns, strict=True)]
    return words, max(0, min(longest, width - taken))


def _aligned(texts: Sequence[str]) -> list[str]:
    """All as wide as the widest one."""
    widest = max(map(len, texts), default=0)
    return [f"{text:<{widest}}" for text in texts]


def _scales(figure: Figure, curves: int) -> list[str]:
    """The range of each curve where these differ, the word between its ends in one column."""
    shown = figure.ranges if figure.own_scales else (None,) * curves
    ends = [end_labels(one) if one is not None else ("", "") for one in shown]
    widest = max((len(low) for low, _ in ends), default=0)
    return [f"{low:>{widest}} to {high}" if high else "" for low, high in ends]


def note_row(figure: Figure, marks: Fitted, width: int, *, ranges: bool = False) -> Row:
    """What the picture leaves out or does on its own account, then the marks that are in it.

    Args:
        ranges: whether the legend says the range of each curve.
    """
    notes = []
    if figure.own_scales:
        notes.append("own scales: see ranges" if ranges else "own scales")
    if figure.log and figure.left_out:
        points = "point" if figure.left_out == 1 else "points"
        notes.append(f"{count(figure.left_out)} {points} at or below zero left out")
    if figure.beyond:
        notes.append(f"{ABOVE}{BELOW} beyond the axis")
    row: Row = (("   ".join(notes), "warning"),) if notes else ()
    for entry in _mark_entries(marks):
        entry = (("   " if row else "", "text"), *entry)
        row = (*row, *entry) if row_width(row) + row_width(entry) <= width else row
    return row


def _mark_entries(marks: Fitted) -> list[Row]:
    """What the marks mean, then those that cannot be seen."""
    entries: list[Row] = [(MARKS[kind], (f" {kind}", "dim")) for kind in marks.seen]
    return [*entries, ((marks.unseen, "dim"),)] if marks.unseen else entries
