"""The legend of a plot: what each curve is, how it is drawn, and what it reads at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vsrppp_tui.counting import counted
from vsrppp_tui.tui.marks import MARKS, Fitted
from vsrppp_tui.tui.metric_values import unit_of
from vsrppp_tui.tui.plot.axis import end_labels
from vsrppp_tui.tui.plot.dashes import letter, sample, style_of
from vsrppp_tui.tui.plot.figure import Curve, Figure
from vsrppp_tui.tui.plot.reading import read
from vsrppp_tui.tui.plot.strokes import ABOVE, BELOW
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

_WORDS = 44  # cells beside a name: value, raw value or step, and range, with the gaps before them
_SAMPLE = 4
_LETTER = 2 + _SAMPLE + 1  # cells before a name
_LONGEST_UNIT = 2  # of a range; a longer unit is said by the value alone
_LEAST_NAME = 12  # cells of a name, before a value from elsewhere gives way to it


class Legend(NamedTuple):
    """Its rows, and whether they say the range of each curve that has a scale of its own."""

    rows: list[Row]
    ranges: bool = False


class _Words(NamedTuple):
    """What stands beside the name of a curve."""

    value: str
    detail: str
    scale: str
    room: int  # cells of the name


def draw_legend(
    curves: Sequence[Curve], figure: Figure, cursor: float | None, width: int
) -> Legend:
    """A piece of line, the name and the values of each curve, in as many columns as fit."""
    names = [curve.name for curve in curves]
    lines = legend_height(names, width)
    each = width // max(1, -(-len(curves) // lines))
    words = _words(curves, figure, cursor, each - _LETTER - (2 if each < width else 0), lines)
    entries = [
        padded(_entry(at, *entry), each) for at, entry in enumerate(zip(names, words, strict=True))
    ]
    rows = [
        tuple(piece for entry in entries[line::lines] for piece in entry) for line in range(lines)
    ]
    return Legend(rows, any(entry.scale.strip() for entry in words))


def legend_height(names: Sequence[str], width: int) -> int:
    """How many rows the legend takes: as many columns as hold the longest name and all words beside it.

    By the names alone, so that it stays the same whatever is read.
    """
    each = _LETTER + max(map(len, names), default=0) + _WORDS
    columns = max(1, min(len(names), width // each))
    return max(1, -(-len(names) // columns))


def _entry(at: int, name: str, words: _Words) -> Row:
    value, detail, scale = (f"  {part}" if part else "" for part in words[:3])
    return (
        (f"{letter(at)} {sample(at, _SAMPLE)} ", style_of(at)),
        (f"{shorten(name, words.room):<{words.room}}", "text"),
        (value, "strong"),
        (detail + scale, "dim"),
    )


def _words(
    curves: Sequence[Curve], figure: Figure, cursor: float | None, width: int, lines: int
) -> list[_Words]:
    """The words of each curve, aligned in each column of `lines` curves; fewer where `width` is short."""
    readings = [read(curve, figure, cursor).ways for curve in curves]
    ends = _ends(figure, curves)
    without = [("", "")] * len(curves)
    columns = [slice(first, first + lines) for first in range(0, len(curves), lines)]
    longest = [max(len(curve.name) for curve in curves[column]) for column in columns]
    for way, ranges, least in (
        (0, ends, width),
        (1, ends, width),
        (2, ends, width),
        (0, without, width),
        (1, without, width),
        (2, without, width),
        (2, without, _LEAST_NAME),
        (3, without, 0),
    ):
        ways = [reading[way] for reading in readings]
        fitted = [_fitted(ways[column], ranges[column]) for column in columns]
        rooms = [width - sum(2 + len(text) for text in texts[0] if text) for texts in fitted]
        if all(room >= min(least, name) for room, name in zip(rooms, longest, strict=True)):
            break
    return [
        _Words(*texts, max(0, min(name, room)))
        for column, name, room in zip(fitted, longest, rooms, strict=True)
        for texts in column
    ]


def _fitted(
    ways: Sequence[tuple[str, str]], ends: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Value, detail and range of the curves of one column, each as wide as the widest one."""
    values, details = zip(*ways, strict=True)
    return list(zip(*map(_aligned, (values, details, _scales(ends))), strict=True))


def _aligned(texts: Sequence[str]) -> list[str]:
    """All as wide as the widest one."""
    widest = max(map(len, texts), default=0)
    return [f"{text:<{widest}}" for text in texts]


def _ends(figure: Figure, curves: Sequence[Curve]) -> list[tuple[str, str]]:
    """The ends of the range of each curve where these differ, the upper one with its unit."""
    ends: list[tuple[str, str]] = []
    ranges = figure.ranges if figure.own_scales else (None,) * len(curves)
    for curve, shown in zip(curves, ranges, strict=True):
        low, high = end_labels(shown) if shown is not None else ("", "")
        unit = unit_of(curve.name) if high else ""
        ends.append((low, f"{high} {unit}" if 0 < len(unit) <= _LONGEST_UNIT else high))
    return ends


def _scales(ends: Sequence[tuple[str, str]]) -> list[str]:
    """Ranges, the word between their ends in one column."""
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
        notes.append(f"{counted(figure.left_out, 'point')} at or below zero left out")
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
