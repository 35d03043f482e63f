"""The keys, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width


class Footer(Panel):
    """Names the keys that do something now; shorter words where the terminal is narrow."""

    def build(self, width: int, height: int) -> Sequence[Row]:
        pause = "Continue" if self.model.state == "paused" else "Pause"
        keys = [
            ("Enter", "Setup"),
            ("S", "Sort"),
            ("P", pause),
            ("V", "Validate"),
            ("C", "Checkpoint"),
            ("L", "Log"),
            ("?", "Help"),
            ("Q", "Quit"),
        ]
        for shown, gap in (([*keys, ("Ctrl+P", "Commands")], 3), (keys, 2), (keys, 1)):
            row = key_row(shown, gap)
            if row_width(row) <= width:
                return [row]
        return [key_row([keys[-1], keys[-2], *keys[:-2]], 1)]


def key_row(keys: Sequence[tuple[str, str]], gap: int = 2) -> Row:
    """Keys with what they do."""
    row: Row = ()
    for name, meaning in keys:
        row += ((" " * gap if row else "", "text"), (name, "key"), (f" {meaning}", "dim"))
    return row
