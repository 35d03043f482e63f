"""What is being prepared, in the middle of the screen, until the first step."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.tui.widgets.header import bar_row
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, centred


class StartingPanel(Panel):
    """The label and progress of the task that comes before training."""

    def build(self, width: int, height: int) -> Sequence[Row]:
        task = self.model.snapshot.task
        rows: list[Row] = [
            ((("◌ ", "accent"), (self.model.preparing, "strong"))),
            (),
            ((task.label if task is not None else "starting the engine", "text"),),
        ]
        if task is not None and task.total:
            share = task.done / task.total
            bar = bar_row(share, min(40, max(0, width - 16)))
            rows.append((*bar, (f"  {count(task.done)} / {count(task.total)}", "text")))
        above = max(0, (height - len(rows)) // 2)
        return [()] * above + [centred(row, width) for row in rows]
