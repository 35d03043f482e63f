"""The activity of every block as bars, the most active ones, and the cold ones by name."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.link.interface import FUSE
from vsrppp_tui.tui.heat import Heat, strip_legend
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.views import SteadyBlocks, View, sections
from vsrppp_tui.tui.widgets.block_look import Look
from vsrppp_tui.tui.widgets.block_rows import lay_out, trunks_without_headings
from vsrppp_tui.tui.widgets.pace import Paced
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, centred

BLOCK_SECONDS = 1.0
RANKED_SECONDS = 3.0


class BlockPanel(Panel):
    """S cycles its views; where it begins is SORT_BY_ACTIVITY of the configuration.

    The bars move once a second, sorted by activity every three seconds, since a new order redraws them
    all; but a block that turns cold shows so at once. `key` opens the screen that explains them.
    """

    def __init__(self, model: RunModel, key: str) -> None:
        super().__init__(model, id="blocks")
        self._key = key
        self._steady = SteadyBlocks()
        self._heat = Heat(model)
        self._bars = Paced(BLOCK_SECONDS)
        self._ranked_bars = Paced(RANKED_SECONDS)
        self._view: View | None = None
        self._trunks = "by trunk"  # or their short names, where they have no headings

    @property
    def view(self) -> View:
        """The view shown now."""
        if self._view is not None:
            return self._view
        return View(True, bool(self.model.snapshot.config.get("SORT_BY_ACTIVITY", True)))

    def next_view(self) -> None:
        """Go on to the next of the four views."""
        self._view = self.view.next()
        self.update()

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        if self._view is None and snapshot.config:
            self._view = self.view
        if not snapshot.blocks:
            self._entitle()
            return [(), centred((("no activity yet", "dim"),), width)]
        bars = self._ranked_bars if self.view.by_activity else self._bars
        rows = bars.rows(
            (
                (width, height, self.view, snapshot.state),
                (len(snapshot.blocks), snapshot.cold_blocks, self.model.history_done),
            ),
            self.model.clock(),
            lambda: self._draw(width, height),
        )
        self._entitle()
        return rows

    def _entitle(self) -> None:
        self.entitle(title=f"Blocks · {self.view.title.replace('by trunk', self._trunks)}")

    def _draw(self, width: int, height: int) -> Sequence[Row]:
        if self.went_elsewhere():
            self._steady = SteadyBlocks()
        blocks = self._steady.show(self.model.snapshot.blocks)
        groups = sections(blocks, self.view, self._steady)
        fuse_layers = [block for block in blocks if block.trunk == FUSE]
        ranked = self._steady.ranked(blocks)
        self._heat.stretch = None
        rows = lay_out(groups, fuse_layers, ranked, width, height, Look(self._heat.row, self._key))
        self._trunks = trunks_without_headings(groups, rows) or "by trunk"
        self._explain(rows, width)
        return rows

    def _explain(self, rows: Sequence[Row], width: int) -> None:
        """Say on the lower border, which costs no row, what the strips mean or where they are."""
        cold = len(self.model.snapshot.cold_blocks)
        if self._heat.stretch is not None:
            text = strip_legend(self._heat.stretch, width - 2)
        elif any(row and " cold: " in row[0][0] for row in rows):
            text = ""  # that row names the key
        elif cold:
            text = f"❄ {cold} cold: {self._key} explains"
        else:
            text = f"{self._key} more on blocks"
        self.entitle(subtitle=text)
