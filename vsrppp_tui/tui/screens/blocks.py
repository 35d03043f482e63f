"""All blocks over the whole run, and the history of the selected one."""

from __future__ import annotations

import math
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize

from vsrppp_tui.counting import counted
from vsrppp_tui.link.interface import COLD_PERCENT, FUSE
from vsrppp_tui.tui.action_list import BLOCKS
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.heat import strip_legend
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.views import View
from vsrppp_tui.tui.widgets.block_history import LEAST_ROWS, MOST_ROWS, BlockHistory
from vsrppp_tui.tui.widgets.block_list import BlockList
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.header import state_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, row_width, spread

_WHAT_IS_COLD: Row = ((f" (under {COLD_PERCENT:.0f}%)", "dim"),)
_STEPS = 8  # rows by which the list of the cold ones grows
_OTHER_ROWS = 3  # title, footer, border of the history


class BlockScreen(RunScreen):
    """Arrows select, S sorts, C shows the cold ones alone, Escape goes back."""

    GROUP = BLOCKS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(BLOCKS)]

    def __init__(self, model: RunModel, view: View) -> None:
        super().__init__()
        self._model = model
        self._list = BlockList(model, view)
        self._history_rows = 0

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield self._list
        yield BlockHistory(self._model, self._list)
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Show the blocks as they are now."""
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Fit to the new size, once the widgets have it."""
        self.call_after_refresh(self.follow)

    def follow(self) -> None:
        self._share_room()
        super().follow()
        for name, row in (("#title", self._title), ("#footer", self._keys)):
            widget = self.query_one(name, RowWidget)
            widget.show([row(max(1, widget.content_size.width))])

    def _share_room(self) -> None:
        """Give the list what its blocks take, and the rest, within limits, to the history."""
        blocks = [b for b in self._model.snapshot.blocks if b.cold or not self._list.only_cold]
        listed = len(blocks) + len({block.trunk for block in blocks})  # the trunks have headings
        if self._list.only_cold:  # the chart keeps its height where a block or two turn cold
            listed = _STEPS * math.ceil(listed / _STEPS)
        room = self.size.height - _OTHER_ROWS - listed
        rows = 1 + min(MOST_ROWS, max(LEAST_ROWS, room))
        if rows != self._history_rows:
            self._history_rows = rows
            self.query_one(BlockHistory).styles.height = rows

    def action_move(self, by: int) -> None:
        """Select another block."""
        self._list.move(by)
        self.follow()

    def action_end(self, towards: int) -> None:
        """Select the first or the last block."""
        self.action_move(towards * len(self._list.names))

    def action_page(self, by: int) -> None:
        """Select the block a page further."""
        self.action_move(by * self._list.page())

    def action_sort(self) -> None:
        """Show the blocks in the next of the four views."""
        self._list.next_view()
        self.follow()

    def action_cold(self) -> None:
        """Show the cold blocks alone, or all."""
        self._list.toggle_cold()
        self._share_room()
        self.call_after_refresh(self.follow)

    def _title(self, width: int) -> Row:
        snapshot = self._model.snapshot
        blocks = sum(block.trunk != FUSE for block in snapshot.blocks)
        cold = sum(block.cold and block.trunk != FUSE for block in snapshot.blocks)
        layers = len(snapshot.cold_blocks) - cold
        facts = _cold_ones(blocks, cold) if self._list.only_cold else self._all_blocks(blocks, cold)
        if layers:
            facts += ((f", ❄ {counted(layers, 'fuse layer')} cold", "warning"),)
        state = state_row(snapshot)
        for view in self._view_titles():
            row: Row = (("Blocks", "accent"), (view, "dim"), *facts)
            if row_width((*row, *state)) < width:
                break
        if row_width((*row, *_WHAT_IS_COLD, *state)) < width:
            row += _WHAT_IS_COLD
        row += self._legend(width - row_width((*row, *state)) - 1)
        return spread(row, state, width)

    def _view_titles(self) -> tuple[str, ...]:
        """How the blocks are sorted; the headings of the list tell as well that it is by trunk."""
        title = self._list.view.title
        return (f"   {title}   ", f"   {title.partition(', ')[2]}   ", "   ")

    def _legend(self, width: int) -> Row:
        stretch = self._list.heat.stretch
        text = strip_legend(stretch, width - 3) if stretch is not None else ""
        return ((f"   {text}", "dim"),) if text else ()

    def _keys(self, width: int) -> Row:
        words = {"blocks.cold": "All blocks"} if self._list.only_cold else {}
        return footer_row(self.actions, width, words)

    def _all_blocks(self, blocks: int, cold: int) -> Row:
        """How many there are, or which of them are in sight."""
        (first, last), listed = self._list.seen, len(self._list.names)
        whole = last - first + 1 >= listed
        number = f"{blocks} blocks" if whole else f"{first} to {last} of {listed}"
        found: Row = ((f"❄ {cold} cold", "warning"),) if cold else (("none cold", "good"),)
        return ((number, "text"), (", ", "dim"), *found)


def _cold_ones(blocks: int, cold: int) -> Row:
    found: Row = ((f"❄ {cold}", "warning"),) if cold else (("none", "good"),)
    return (("cold ones only: ", "text"), *found, (f" of {blocks} blocks", "text"))
