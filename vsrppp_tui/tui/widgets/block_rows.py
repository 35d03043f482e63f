"""Where each block goes: one column, several, or a summary, by the room there is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, HEALTHY_PERCENT, BlockReading
from vsrppp_tui.tui.heat import shade
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.views import Section, ShownBlock
from vsrppp_tui.tui.widgets.block_look import PLAIN, Look, block_style, short_name
from vsrppp_tui.tui.widgets.rows import Row, padded, row_width

TOP = 5
TILES = "▃▄▅▆"  # what a block in the healthy band looks like as a tile
LEAST = 3  # so many of the least active ones at least, or none
NARROWEST = 17  # cells of a column: name, a bar of four cells, percentage, marks


def all_rows(blocks: Sequence[BlockReading]) -> int:
    """Rows in which every block has one of its own, with headings and the summary under them."""
    return len(blocks) + len({block.trunk for block in blocks}) + TOP + 5


def lay_out(
    groups: Sequence[Section],
    fuse_layers: Sequence[ShownBlock],
    ranked: Sequence[ShownBlock],
    width: int,
    height: int,
    look: Look = PLAIN,
) -> list[Row]:
    """Rows for all blocks in as few columns as fit, then what room is left for the summary.

    Too many for bars are drawn as tiles; too many even for those are told by the summary alone.
    """
    for columns in range(1, max(1, width // NARROWEST) + 1):
        for headings, fuse_bars in ((True, True), (True, False), (False, False)):
            shape = _Shape(columns, headings, fuse_bars)
            left = height - len(_all_bars(groups, fuse_layers, width, shape, PLAIN))
            if left >= 0:
                rows = _all_bars(groups, fuse_layers, width, shape, look)
                return [*rows, *_summary(ranked, width, left, look)][:height]
    for headings in (True, False):
        tiles = [*_tiles(groups, width, headings), *_fuse_rows(fuse_layers, width, False, look)]
        if len(tiles) < height:
            look = replace(look, healthy=TILES)
            return [*tiles, *_summary(ranked, width, height - len(tiles), look)][:height]
    return _summary_alone(ranked, width, height, look)


class _Shape(NamedTuple):
    """One way to draw all blocks."""

    columns: int
    headings: bool
    fuse_bars: bool


def trunks_without_headings(groups: Sequence[Section], rows: Sequence[Row]) -> str:
    """Their names in short, ``back | forw``, where `rows` begin with a block at once; else nothing."""
    first = next((block.name for group in groups for block in group.blocks), "")
    if not rows or not rows[0] or rows[0][0][0].strip() not in (first, short_name(first)):
        return ""
    return " | ".join(group.heading[:4] for group in groups)


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


def _tiles(groups: Sequence[Section], width: int, headings: bool) -> list[Row]:
    """Every block as its number and one cell that is as high as the block is active."""
    names = [short_name(block.name) for group in groups for block in group.blocks]
    across = max(1, (width + 1) // (max(map(len, names), default=0) + 2))
    rows: list[Row] = []
    for group in groups:
        if headings and group.heading:
            rows.append(((shorten(group.heading.capitalize(), width), "dim"),))
        for start in range(0, len(group.blocks), across):
            row: Row = ()
            for block in group.blocks[start : start + across]:
                name = short_name(block.name).rjust(max(map(len, names)))
                style = block_style(block)
                mark = "❄" if block.cold else shade(block.percent)[0]
                gap = " " if row else ""
                row += ((f"{gap}{name}", style if block.cold else "dim"), (mark, style))
            rows.append(row)
    return rows


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


def _summary(ranked: Sequence[ShownBlock], width: int, height: int, look: Look) -> list[Row]:
    """What fits under the bars: the cold ones first, then the top five, then the key to the bars.

    Where there is room, bars for the top five and for as many at the other end; neither where the few
    blocks above say it already.
    """
    blocks = [block for block in ranked if block.trunk != FUSE]
    many = len(blocks) > 2 * TOP
    cold, legend = _cold_row(ranked, width, look.key), _legend(width, look.healthy)
    rows: list[Row] = []
    if height >= TOP + 5:
        if many:
            rows = _named_bars("most active", blocks[:TOP], width, look)
        least = min(TOP, height - len(rows) - 5)
        if least >= LEAST and many:
            rows += _named_bars("least active", blocks[: -least - 1 : -1], width, look)
        return [*rows, (), cold, *legend]
    if many:
        rows.append(_ranked_row("Top  ", blocks[:TOP], width))
    if many and height >= 5:
        rows.append(_ranked_row("Low  ", blocks[: -TOP - 1 : -1], width))
    while rows and 1 + len(rows) + len(legend) > height:  # no half of a legend
        rows.pop()
    rows = [cold, *rows, *legend][: max(0, height)]
    return [(), *rows] if height > len(rows) else rows


def _named_bars(what: str, blocks: Sequence[ShownBlock], width: int, look: Look) -> list[Row]:
    head: Row = ((f"The {len(blocks)} {what} blocks", "dim"),)
    return [(), head, *(look.row(block, width) for block in blocks)]


def _summary_alone(ranked: Sequence[ShownBlock], width: int, height: int, look: Look) -> list[Row]:
    """Too many blocks for the panel: the cold ones by name, and the most active ones as bars."""
    rows = [_cold_row(ranked, width, look.key)]
    shown = max(0, height - 2)
    blocks = [block for block in ranked if block.trunk != FUSE]
    rows += [look.row(block, width) for block in blocks[:shown]]
    if height > 1:
        rows.append(((f"the {shown} most active of {len(blocks)} blocks", "dim"),))
    return rows[:height]


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


def _ranked_row(label: str, blocks: Sequence[ShownBlock], width: int) -> Row:
    """As many of the blocks as fit whole."""
    row: Row = ((label, "dim"),)
    for block in blocks:
        name = short_name(block.name)
        gap = "  " if len(row) > 1 else ""
        cell: Row = ((f"{gap}{name} ", "strong"), (f"{block.percent}% {block.trend}", "text"))
        if row_width(row) + row_width(cell) > width:
            break
        row += cell
    return row


def _legend(width: int, healthy: str) -> list[Row]:
    """The marks on one row, or on two."""
    low, high = HEALTHY_PERCENT
    lines = [f"{healthy} healthy {low:.0f} to {high:.0f}%"]
    beyond = [f"{shade(low - 1)[0]} low", f"{shade(high + 1)[0]} above"]
    tiles = beyond if healthy == TILES else []
    for more in (*tiles, "❄ cold", "⬆ ⬇ ═ trend"):
        if len(lines[-1]) + 3 + len(more) <= width:
            lines[-1] += f"   {more}"
        else:
            lines.append(more)
    return [((shorten(line, width), "dim"),) for line in lines]
