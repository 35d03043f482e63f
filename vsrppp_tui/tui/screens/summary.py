"""What came of a run, over its dashboard, until any key puts it away."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key, Mount, Resize
from textual.screen import ModalScreen

from vsrppp_tui.tui.screens.base import leave
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_NAME_CELLS = 18  # the names of `line` in the status page take as many
_FRAME = 6  # cells of border and padding
_WIDEST = 110


class SummaryScreen(ModalScreen[None]):
    """Shows ``name: value`` lines; Q leaves the dashboard at once, as it does without them."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        with Container(id="summary") as box:
            box.border_title = "✓ Run complete"
            box.border_subtitle = "Q leaves, any other key goes back"
            yield RowWidget(id="summary-text")

    def on_mount(self, event: Mount) -> None:
        """Fill in the lines."""
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Wrap the lines anew."""
        self._draw()

    async def on_key(self, event: Key) -> None:
        """Go back, whichever key it is."""
        event.stop()
        event.prevent_default()
        if leave(self) and event.key in ("q", "Q"):
            await self.app.run_action("leave")

    def _draw(self) -> None:
        width, height = self.app.size
        rows = summary_rows(self._lines, min(width, _WIDEST) - _FRAME)
        room = max(1, height - 4)
        if len(rows) > room:
            rows = [*rows[: room - 1], (("… the shell shows all of it", "dim"),)]
        text = self.query_one(RowWidget)
        text.styles.height = len(rows)
        text.show(rows)


def summary_rows(lines: Sequence[str], width: int) -> list[Row]:
    """The lines in `width` cells, values wrapped beside their names."""
    rows: list[Row] = []
    indent = _NAME_CELLS if width >= 3 * _NAME_CELLS else 2
    for line in lines:
        wrapped = textwrap.wrap(line, max(8, width), subsequent_indent=" " * indent) or [""]
        first, *others = wrapped
        name, value = first[:_NAME_CELLS], first[_NAME_CELLS:]
        rows.append(((name, "dim"), (value, "text")))
        rows += [((other, "text"),) for other in others]
    return rows
