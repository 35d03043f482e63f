"""The four ways to look at the blocks, and the blocks as they are shown: steady and in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, BlockReading
from vsrppp_tui.tui.steady import NONE, Steady, trend_mark


@dataclass(frozen=True, slots=True)
class View:
    """How the block panel is sorted."""

    by_trunk: bool
    by_activity: bool

    @property
    def title(self) -> str:
        """The view in words."""
        grouping = "by trunk" if self.by_trunk else "flat"
        return f"{grouping}, by {'activity' if self.by_activity else 'position'}"

    def next(self) -> View:
        """The view after this one."""
        return VIEWS[(VIEWS.index(self) + 1) % len(VIEWS)]


VIEWS = tuple(
    View(by_trunk, by_activity) for by_trunk in (True, False) for by_activity in (False, True)
)


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as the panel draws it."""

    name: str
    trunk: str
    percent: int
    cold: bool
    trend: str


class SteadyBlocks:
    """Turns readings into what is shown, so that noise neither redraws nor reorders the panel."""

    def __init__(self) -> None:
        self._percent = Steady(margin=2.0)
        self._shown: dict[str, ShownBlock] = {}
        self._ranks: dict[str, int] = {}

    def show(
        self, readings: Iterable[BlockReading], *, keep_ranks: bool = False
    ) -> list[ShownBlock]:
        """The blocks in the order of position; their ranking is that of the numbers shown.

        With `keep_ranks` it stays what it was, unless there are other blocks.
        """
        blocks = [self._block(reading) for reading in readings]
        if keep_ranks and {block.name for block in blocks} == self._ranks.keys():
            return blocks
        ranked = sorted(blocks, key=lambda block: -block.percent)
        self._ranks = {block.name: rank for rank, block in enumerate(ranked)}
        return blocks

    def ranked(self, blocks: Iterable[ShownBlock]) -> list[ShownBlock]:
        """The most active first."""
        return sorted(blocks, key=lambda block: self._ranks[block.name])

    def _block(self, reading: BlockReading) -> ShownBlock:
        before = self._shown.get(reading.name)
        fresh = before is not None and before.cold != reading.cold
        percent = self._percent.percent(reading.name, reading.percent, fresh)
        # A number held still or rounded must not contradict the mark beside it.
        cold_limit = int(COLD_PERCENT)
        percent = min(percent, cold_limit - 1) if reading.cold else max(percent, cold_limit)
        trend = trend_mark(reading.trend, before.trend if before else NONE)
        block = ShownBlock(reading.name, reading.trunk, percent, reading.cold, trend)
        self._shown[reading.name] = block
        return block


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks drawn under one heading; the heading is empty in the flat views."""

    heading: str
    blocks: tuple[ShownBlock, ...]


def sections(blocks: Sequence[ShownBlock], view: View, steady: SteadyBlocks) -> list[Section]:
    """The blocks of the trunks grouped and sorted as `view` says."""
    blocks = [block for block in blocks if block.trunk != FUSE]
    ordered = steady.ranked(blocks) if view.by_activity else blocks
    if not view.by_trunk:
        return [Section("", tuple(ordered))]
    trunks = dict.fromkeys(block.trunk for block in blocks)
    return [
        Section(f"{trunk} trunk", tuple(block for block in ordered if block.trunk == trunk))
        for trunk in trunks
    ]
