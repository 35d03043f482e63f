"""Keeping what is shown still: numbers that jitter move only when the difference can be seen."""

from __future__ import annotations

from collections.abc import Hashable

from vsrppp_tui.link.interface import LEVEL_TREND, is_finite


class Steady:
    """Shown whole numbers that follow the true ones once these are `margin` away."""

    def __init__(self, margin: float = 2.0) -> None:
        self._margin = margin
        self._shown: dict[Hashable, int] = {}

    def number(self, key: Hashable, value: float, margin: float, fresh: bool = False) -> int:
        """The whole number to show for `key`; `fresh` takes the true value at once."""
        if not is_finite(value):
            return self._shown.get(key, 0)
        shown = self._shown.get(key)
        if shown is None or fresh or abs(value - shown) >= margin:
            self._shown[key] = shown = round(value)
        return shown

    def percent(self, key: Hashable, value: float, fresh: bool = False) -> int:
        """The percentage to show for `key`; 0 and 100 are always shown as such."""
        at_an_end = is_finite(value) and round(value) in (0, 100)
        return self.number(key, value, self._margin, fresh or at_an_end)


UP, DOWN, LEVEL, NONE = "⬆", "⬇", "═", " "


def trend_mark(trend: float | None, before: str = NONE) -> str:
    """The arrow of a relative change; one already shown stays until the change is clearly back."""
    if trend is None or not is_finite(trend):
        return NONE
    rise = LEVEL_TREND * (0.75 if before == UP else 1.0)
    fall = -LEVEL_TREND * (0.75 if before == DOWN else 1.0)
    if trend > rise:
        return UP
    return DOWN if trend < fall else LEVEL
