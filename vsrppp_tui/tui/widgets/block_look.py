"""How one block is drawn: name, bar, percentage, marks and strip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vsrppp_tui.link.interface import HEALTHY_PERCENT
from vsrppp_tui.tui.heat import Strips
from vsrppp_tui.tui.text import bar, shorten
from vsrppp_tui.tui.views import ShownBlock
from vsrppp_tui.tui.widgets.rows import Row

_AFTER_BAR = 8  # " 100% ⬆❄"
FULL_NAME = 40  # cells of a column from which names are written out and strips have room
_NAME = 9  # "Block_01 "
_SHORTEST_BAR, _LONGEST_BAR = 10, 20  # beside a strip


@dataclass(frozen=True, slots=True)
class Look:
    """How blocks are drawn and explained.

    Args:
        strips: The strips; none are drawn without it.
        key: What explains cold blocks.
        healthy: What shows the healthy band.
    """

    strips: Strips | None = None
    key: str = "B"
    healthy: str = "─"

    def row(self, block: ShownBlock, width: int) -> Row:
        """The block, and where there is room its activity over the run at the right edge."""
        cells = strip_width(width) if self.strips is not None else 0
        if self.strips is None or not cells:
            return block_row(block, width)
        strip = self.strips(block.name.strip(), cells)
        return (*_bar_row(block, block.name, width - cells - 1), (" ", "text"), *strip)


PLAIN = Look()


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
