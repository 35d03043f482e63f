"""Where each block goes: one column, several, or a summary, by the room there is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, HEALTHY_PERCENT
from vsrppp_tui.tui.heat import Strips
from vsrppp_tui.tui.text import bar, shorten
from vsrppp_tui.tui.views import Section, ShownBlock
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

TOP = 5
NARROWEST = 17  # cells of a column: name, a bar of four cells, percentage, marks
_AFTER_BAR = 8  # " 100% ⬆❄"
FULL_NAME = 40  # cells of a column from which names are written out and strips have room
_NAME = 9  # "Block_01 "
_SHORTEST_BAR, _LONGEST_BAR = 10, 20  # beside a strip


@dataclass(frozen=True, slots=True)
class Look:
    """How blocks are drawn: with which strips, and the key that explains the cold ones."""

    strips: Strips | None = None
    key: str = "B"

    def row(self, block: ShownBlock, width: int) -> Row:
        """The block, and where there is room its activity over the run at the right edge."""
        cells = strip_width(width) if self.strips is not None else 0
        if self.strips is None or not cells:
            return block_row(block, width)
        strip = self.strips(block.name.strip(), cells)
        return (*_bar_row(block, block.name, width - cells - 1), (" ", "text"), *strip)


PLAIN = Look()


def lay_out(
    groups: Sequence[Section],
    fuse_layers: Sequence[ShownBlock],
    ranked: Sequence[ShownBlock],
    width: int,
    height: int,
    look: Look = PLAIN,
) -> list[Row]:
    """Rows for all blocks in as few columns as fit, then what room is left for the summary."""
    for columns in range(1, max(1, width // NARROWEST) + 1):
        for headings, fuse_bars in ((True, True), (True, False), (False, False)):
            shape = _Shape(columns, headings, fuse_bars)
            left = height - len(_all_bars(groups, fuse_layers, width, shape, PLAIN))
            if left >= 0:
                rows = _all_bars(groups, fuse_layers, width, shape, look)
                return [*rows, *_summary(ranked, width, left, look)][:height]
    return _summary_alone(ranked, width, height, look)


class _Shape(NamedTuple):
    """One way to draw all blocks."""

    columns: int
    headings: bool
    fuse_bars: bool


def _all_bars(
    groups: Sequence[Section],
    fuse_layers: Sequence[ShownBlock],
    width: int,
    shape: _Shape,
    look: Look,
) -> list[Row]:
    return [
        *_bars(groups, shape.columns, width, shape.headings, look),
        *_fuse_rows(fuse_layers, width, shape.fuse_bars, look),
    ]


def _fuse_rows(layers: Sequence[ShownBlock], width: int, bars: bool, look: Look) -> list[Row]:
    """The fuse layers as bars under a heading, or all of them on one row."""
    if not layers:
        return []
    if bars:
        longest = max(len(layer.name) for layer in layers)
        aligned = [replace(layer, name=layer.name.ljust(longest)) for layer in layers]
        return [(("Fuse layers", "dim"),), *(look.row(layer, width) for layer in aligned)]
    row: Row = (("Fuse ", "dim"),)
    for layer in layers:
        name = {"Backward_Fuse": "back", "Forward_Fuse": "forw"}.get(layer.name, "out")
        mark = "❄" if layer.cold else layer.trend
        row += ((f"{name} ", "dim"), (f"{layer.percent}%{mark} ", block_style(layer)))
    return [row]


def _bars(
    groups: Sequence[Section], columns: int, width: int, headings: bool, look: Look
) -> list[Row]:
    """The bars in `columns` columns; several columns are shared out evenly among the groups."""
    columns -= columns % len(groups)
    if columns <= 1:
        rows: list[Row] = []
        for group in groups:
            rows += _column(group, group.blocks, width, headings, look)
        return rows
    parts = columns // len(groups)
    cell = (width - 2 * (columns - 1)) // columns
    drawn = []
    for group in groups:
        size = math.ceil(len(group.blocks) / parts)
        for part in range(parts):
            blocks = group.blocks[part * size : (part + 1) * size]
            drawn.append(_column(group, blocks, cell, headings, look, part == 0))
    return [_joined(row, cell) for row in zip_longest(*drawn, fillvalue=())]


def _joined(cells: Sequence[Row], width: int) -> Row:
    row: Row = ()
    for cell in cells[:-1]:
        row += (*padded(cell, width), ("  ", "text"))
    return row + cells[-1]


def _column(
    group: Section,
    blocks: Sequence[ShownBlock],
    width: int,
    headings: bool,
    look: Look,
    named: bool = True,
) -> list[Row]:
    rows: list[Row] = []
    if headings and group.heading:
        text = group.heading.capitalize() if named else ""
        rows.append(((shorten(text, width), "dim"),))
    return rows + [look.row(block, width) for block in blocks]


def short_name(name: str) -> str:
    """A block's number alone; the name of a layer that joins features stays as it is."""
    return re.sub(r"^Block_", "", name)


def strip_width(width: int) -> int:
    """Cells of a strip in a column of `width` cells; the bar beside it stays short."""
    if width < FULL_NAME:
        return 0
    room = width - _NAME - _AFTER_BAR - 1
    return room - min(_LONGEST_BAR, max(_SHORTEST_BAR, room * 2 // 5))


def block_row(block: ShownBlock, width: int) -> Row:
    """One block: name, bar over the healthy band, percentage, trend, cold mark."""
    name = block.name if width >= FULL_NAME else short_name(block.name)
    return _bar_row(block, shorten(name, max(2, width - _AFTER_BAR - 5)), width)


@lru_cache(maxsize=4096)  # most blocks look as they did a moment ago
def _bar_row(block: ShownBlock, name: str, width: int) -> Row:
    style = block_style(block)
    room = width - len(name) - 1 - _AFTER_BAR
    return (
        (f"{name} ", style if block.cold else "text"),
        *band_bar(block.percent, room, style),
        (f" {block.percent:3d}%", style if block.cold else "text"),
        (f" {block.trend}", "dim"),
        ("❄" if block.cold else " ", "warning"),
    )


def band_bar(percent: int, width: int, style: str) -> Row:
    """A bar whose empty part shows the healthy band as a line: 30 to 80%."""
    filled, rest = bar(percent / 100, width)
    low, high = (round(edge / 100 * width) for edge in HEALTHY_PERCENT)
    track = "".join("─" if low <= cell < high else " " for cell in range(width))
    return ((filled, style), (track[width - rest :] if rest else "", "faint"))


def block_style(block: ShownBlock) -> str:
    """The style of its bar: cold, within or under the healthy band, above it."""
    if block.cold:
        return "warning"
    return "curve" if block.percent <= HEALTHY_PERCENT[1] else "high"


def _summary(ranked: Sequence[ShownBlock], width: int, height: int, look: Look) -> list[Row]:
    """What fits under the bars: the cold ones first, then the top five, then the key to the bars."""
    if height >= TOP + 5:
        top = [look.row(block, width) for block in _most_active(ranked)]
        head: Row = ((f"The {len(top)} most active", "dim"),)
        return [(), head, *top, (), _cold_row(ranked, width, look.key), _legend(width)]
    rows = [_cold_row(ranked, width, look.key), _top_row(ranked, width), _legend(width)][
        : max(0, height)
    ]
    return [(), *rows] if height > len(rows) else rows


def _summary_alone(ranked: Sequence[ShownBlock], width: int, height: int, look: Look) -> list[Row]:
    """Too many blocks for the panel: the cold ones by name, and the most active ones as bars."""
    rows = [_cold_row(ranked, width, look.key)]
    shown = max(0, height - 2)
    blocks = [block for block in ranked if block.trunk != FUSE]
    rows += [look.row(block, width) for block in blocks[:shown]]
    if height > 1:
        rows.append(((f"the {shown} most active of {len(blocks)} blocks", "dim"),))
    return rows[:height]


def _most_active(ranked: Sequence[ShownBlock]) -> list[ShownBlock]:
    return [block for block in ranked if block.trunk != FUSE][:TOP]


def _cold_row(ranked: Sequence[ShownBlock], width: int, key: str) -> Row:
    cold = sorted(block.name for block in ranked if block.cold)
    if not cold:
        return (("✓ ", "good"), (f"no cold block (under {COLD_PERCENT:.0f}%)", "dim"))
    head: Row = ((f"❄ {len(cold)} cold: ", "warning"),)
    why: Row = ((key, "key"), (" why?", "dim"))
    room = width - row_width(head) - row_width(why) - 2
    names = " ".join(cold)
    if len(names) > room:
        names = " ".join(short_name(name) for name in cold)
    return (*head, (shorten(names, room), "text"), ("  ", "text"), *why)


def _top_row(ranked: Sequence[ShownBlock], width: int) -> Row:
    row: Row = (("Top  ", "dim"),)
    for block in _most_active(ranked):
        name = short_name(block.name)
        cell: Row = ((f"{name} ", "strong"), (f"{block.percent}% {block.trend}  ", "text"))
        if row_width(row) + row_width(cell) - 2 > width:
            break
        row += cell
    return row


def _legend(width: int) -> Row:
    low, high = HEALTHY_PERCENT
    texts = (f"─ healthy {low:.0f} to {high:.0f}%", "❄ cold", "⬆ ⬇ ═ trend")
    text = texts[0]
    for more in texts[1:]:
        text += f"   {more}" if len(text) + 3 + len(more) <= width else ""
    return ((shorten(text, width), "dim"),)
