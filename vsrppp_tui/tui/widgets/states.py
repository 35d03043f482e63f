"""A mark and a colour for each state and level: never the colour alone."""

from __future__ import annotations

from vsrppp_tui.link.interface import Level, RunState, Trend

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
