"""The newest events with their times, among them the replies to this screen's commands."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.tui.events import Line
from vsrppp_tui.tui.text import clock_time, shorten_told
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row
from vsrppp_tui.tui.widgets.states import LEVEL_MARKS


class EventPanel(Panel):
    """The newest event stands at the bottom."""

    BORDER_TITLE = "Events"

    def build(self, width: int, height: int) -> Sequence[Row]:
        corners = self.styles.border_left[0] != ""  # without them Textual puts no blanks there
        self.entitle(title=self.BORDER_TITLE if corners else f" {self.BORDER_TITLE} ")
        lines = self.model.log.tail(height)
        return [_line_row(line, width) for line in lines] or [(("nothing yet", "dim"),)]


def _line_row(line: Line, width: int) -> Row:
    mark, style = LEVEL_MARKS[line.level]
    step = count(line.step) if line.step is not None else ""
    head = f"{clock_time(line.time)} {step:>8} "
    kind = f"{line.kind}  " if line.kind else ""
    text = shorten_told(" ".join(line.text.split()), width - len(head) - len(kind) - 2)
    return (
        (head, "dim"),
        (f"{mark} ", style),
        (kind, "strong"),
        (text, "error" if line.level == "error" else "text"),
    )
