"""Rows that are drawn anew only now and then, because they cost more than they tell."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from vsrppp_tui.tui.widgets.rows import Row


class Paced:
    """Keeps rows for `seconds`, or until what they depend on most changes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rows: Sequence[Row] = ()
        self._reason: Hashable = None
        self._drawn_at = float("-inf")

    def rows(
        self, reason: Hashable, now: float, draw: Callable[[], Sequence[Row]]
    ) -> Sequence[Row]:
        """The rows kept; those of `draw` where `reason` is another one or the kept ones are old."""
        if reason != self._reason or not 0 <= now - self._drawn_at < self._seconds:
            self._rows, self._reason, self._drawn_at = draw(), reason, now
        return self._rows
