"""All blocks one below the other, each with a wide strip of its activity over the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, BlockReading, RunState
from vsrppp_tui.tui.heat import Heat
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.views import Section, ShownBlock, SteadyBlocks, View, sections
from vsrppp_tui.tui.widgets.block_look import band_bar, block_style
from vsrppp_tui.tui.widgets.pace import Paced
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row

LIST_SECONDS = 3.0
ORDER_SECONDS = 9.0  # a row that moves sends its whole strip, and the eye loses it
_FACTS = 9  # " 100% ⬆❄ "
_BAR = 14
_Line = ShownBlock | str  # a block or a heading
_BAR_FROM = 100  # cells of the list from which there is room for bars as well


def left_width(names: Sequence[str], width: int) -> int:
    """Cells before the strips, for the list and for the curve that stands under it."""
    bar = _BAR + 1 if width >= _BAR_FROM else 0
    return 2 + max((len(name) for name in names), default=8) + bar + _FACTS


class BlockList(Panel):
    """Keeps the selected block in sight; it stays selected where the order changes."""

    def __init__(self, model: RunModel, view: View) -> None:
        super().__init__(model, id="block-list")
        self.heat = Heat(model)
        self.view = view
        self.only_cold = False
        self.selected = ""
        self._steady = SteadyBlocks()
        self._groups: list[Section] = []
        self._paced = Paced(LIST_SECONDS)
        self._ordered_at = float("-inf")
        self._order: tuple[View, RunState] | None = None
        self._top = 0
        self.seen = (0, 0)  # the first and the last block in sight, from 1

    @property
    def names(self) -> list[str]:
        """The blocks of the list, from top to bottom."""
        return [block.name for group in self._groups for block in group.blocks]

    @property
    def reading(self) -> BlockReading | None:
        """The newest reading of the selected block."""
        blocks = self.model.snapshot.blocks
        return next((block for block in blocks if block.name == self.selected), None)

    def move(self, by: int) -> None:
        """Select another block, at most to the ends of the list."""
        names = self.names
        if names:
            place = names.index(self.selected) if self.selected in names else 0
            self.selected = names[min(len(names) - 1, max(0, place + by))]
        self.update()

    def page(self) -> int:
        """Blocks that are seen at a time."""
        return max(1, self.content_size.height - 1)

    def next_view(self) -> None:
        """Go on to the next of the four views."""
        self.view = self.view.next()
        self.update()

    def toggle_cold(self) -> None:
        """Show the cold blocks alone, or all, at the next update: the screen may give it other room first."""
        self.only_cold = not self.only_cold

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        return self._paced.rows(
            (
                (width, height, self.view, self.only_cold, self.selected, snapshot.state),
                (len(snapshot.blocks), snapshot.cold_blocks, self.model.history_done),
            ),
            self.model.clock(),
            lambda: self._draw(width, height),
        )

    def _draw(self, width: int, height: int) -> Sequence[Row]:
        self._groups = self._sections()
        names = self.names
        if not names:
            return [((self._why_none(), "dim"),)]
        if self.selected not in names:
            self.selected = self._first()
        left = left_width([block.name for block in self.model.snapshot.blocks], width)
        lines = [line for group in self._groups for line in (*_heading(group), *group.blocks)]
        self._scroll([_name(line) for line in lines].index(self.selected), len(lines), height)
        shown = self._with_heading(lines[self._top : self._top + height])
        in_sight = [names.index(_name(line)) + 1 for line in shown if not isinstance(line, str)]
        self.seen = (in_sight[0], in_sight[-1]) if in_sight else (0, 0)
        return [
            ((line, "dim"),) if isinstance(line, str) else self._row(line, left, width)
            for line in shown
        ]

    def _with_heading(self, lines: list[_Line]) -> list[_Line]:
        """The heading that stands further up in the place of the first block, unless that is selected."""
        first = _name(lines[0])
        if any(isinstance(line, str) for line in lines[:2]) or first == self.selected:
            return lines
        group = next(g for g in self._groups if any(block.name == first for block in g.blocks))
        return [*_heading(group), *lines[1:]] if group.heading else lines

    def _scroll(self, place: int, lines: int, height: int) -> None:
        """Keep the line at `place` in sight, with one more on either side."""
        self._top = min(self._top, max(0, place - 1))
        self._top = max(self._top, place + (2 if place + 1 < lines else 1) - height)
        self._top = max(0, min(self._top, lines - height))

    def _sections(self) -> list[Section]:
        now = self.model.clock()
        order = (self.view, self.model.state)  # in a pause it stands as it was at its start
        keep = order == self._order and 0 <= now - self._ordered_at < ORDER_SECONDS
        if not keep:
            self._order, self._ordered_at = order, now
        blocks = self._steady.show(self.model.snapshot.blocks, keep_ranks=keep)
        groups = sections(blocks, self.view, self._steady)
        layers = tuple(block for block in blocks if block.trunk == FUSE)
        groups += [Section("fuse layers", layers)] if layers else []
        if self.only_cold:
            groups = [
                replace(group, blocks=tuple(block for block in group.blocks if block.cold))
                for group in groups
            ]
        return [group for group in groups if group.blocks]

    def _first(self) -> str:
        """A cold block where there is one, since the dashboard says that this screen explains it."""
        blocks = [block for group in self._groups for block in group.blocks]
        return next((block for block in blocks if block.cold), blocks[0]).name

    def _why_none(self) -> str:
        if not self.model.snapshot.blocks:
            return "No activity yet: it is measured from the first step on."
        return f"No block is cold (under {COLD_PERCENT:.0f}%). C shows all blocks again."

    def _row(self, block: ShownBlock, left: int, width: int) -> Row:
        selected = block.name == self.selected
        bar = _BAR if width >= _BAR_FROM else 0
        name = left - 2 - _FACTS - (bar + 1 if bar else 0)
        style = "selected" if selected else "warning" if block.cold else "text"
        return (
            (f"{'▸' if selected else ' '} {block.name:<{name}}", style),
            *(((" ", "text"), *band_bar(block.percent, bar, block_style(block))) if bar else ()),
            (f" {block.percent:3d}%", "warning" if block.cold else "text"),
            (f" {block.trend}", "dim"),
            ("❄ " if block.cold else "  ", "warning"),
            *self.heat.row(block.name, max(1, width - left)),
        )


def _heading(group: Section) -> list[_Line]:
    return [group.heading.capitalize()] if group.heading else []


def _name(line: _Line) -> str:
    return line if isinstance(line, str) else line.name
