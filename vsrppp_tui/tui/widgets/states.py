"""A mark and a colour for each state and level: never the colour alone."""

from __future__ import annotations

import textwrap

from vsrppp_tui.link.interface import Level, RunState, Trend
from vsrppp_tui.tui.widgets.rows import Row

STATE_MARKS: dict[RunState, tuple[str, str]] = {
    "starting": ("◌", "accent"),
    "running": ("▶", "good"),
    "paused": ("‖", "warning"),
    "validating": ("◆", "accent"),
    "stopping": ("■", "warning"),
    "stopped": ("■", "strong"),
    "done": ("✓", "good"),
    "failed": ("✗", "error"),
    "dead": ("✗", "error"),
}

LEVEL_MARKS: dict[Level, tuple[str, str]] = {
    "info": ("·", "dim"),
    "good": ("✓", "good"),
    "warning": ("⚠", "warning"),
    "error": ("✗", "error"),
}

TREND_MARKS: dict[Trend, tuple[str, str]] = {
    "gathering": ("…", "dim"),
    "Converging": ("✓", "good"),
    "Plateauing": ("⚠", "warning"),
    "Diverging": ("✗", "error"),
}


def message_lines(level: Level, text: str, width: int, most: int) -> list[Row]:
    """A sentence with its mark, in at most `most` rows; an ellipsis says where it goes on."""
    if not text:
        return []
    mark, style = LEVEL_MARKS[level]
    lines = textwrap.wrap(text, max(20, width - 2), max_lines=most, placeholder=" …")
    # The gap has no style: a theme may give the mark a ground.
    begins = [(mark, style), *[(" ", "text")] * (len(lines) - 1)]
    return [(begin, (f" {line}", "text")) for begin, line in zip(begins, lines, strict=True)]
