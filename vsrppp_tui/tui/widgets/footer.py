"""The keys, in one row."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width

# In the order in which they are shown; those with the higher number give way first in a narrow terminal.
_KEYS = (
    ("Enter", "Setup", 0),
    ("S", "Sort", 1),
    ("P", "Pause", 0),
    ("V", "Validate", 0),
    ("C", "Checkpoint", 2),
    ("I", "Pictures", 1),
    ("L", "Log", 2),
    ("D", "Detach", 0),
    ("?", "Help", 0),
    ("Q", "Quit", 0),
    ("Ctrl+P", "Commands", 3),
)
_LEAST_WORTH = 3


class Footer(Panel):
    """Names the keys that do something now; as many as the terminal has room for."""

    def build(self, width: int, height: int) -> Sequence[Row]:
        words = {"Pause": "Continue"} if self.model.state == "paused" else {}
        rows = (
            key_row(
                [(key, words.get(word, word)) for key, word, rank in _KEYS if rank <= most], gap
            )
            for most in range(_LEAST_WORTH, -1, -1)
            for gap in (3, 2, 1)
        )
        row: Row = ()
        for row in rows:
            if row_width(row) <= width:
                break
        return [row]


def key_row(keys: Sequence[tuple[str, str]], gap: int = 2) -> Row:
    """Keys with what they do."""
    row: Row = ()
    for name, meaning in keys:
        row += ((" " * gap if row else "", "text"), (name, "key"), (f" {meaning}", "dim"))
    return row
