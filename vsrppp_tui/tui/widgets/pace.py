"""Rows that are drawn anew only now and then, because they cost more than they tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from itertools import zip_longest

from vsrppp_tui.tui.widgets.rows import Row, changed_regions, cut, row_width

# Bytes that a terminal is sent for a change of place and for one of colour.
_MOVE_BYTES, _COLOUR_BYTES = 8, 40


class Paced:
    """Keeps rows for `seconds`, or until what they depend on most changes.

    Args:
        seconds: how long the rows are kept at least.
        rate: bytes a second that new rows may cost, over the time since the last ones.
    """

    def __init__(self, seconds: float, rate: float = math.inf) -> None:
        self._seconds = seconds
        self._rate = rate
        self._rows: Sequence[Row] = ()
        self._reason: Hashable = None
        self._looked_at = self._drawn_at = float("-inf")

    def rows(
        self, reason: Hashable, now: float, draw: Callable[[], Sequence[Row]]
    ) -> Sequence[Row]:
        """The rows kept; those of `draw` where `reason` is another one or the kept ones are old."""
        if reason != self._reason or now < self._looked_at:
            self._take(draw(), now)
            self._reason = reason
        elif now - self._looked_at >= self._seconds:
            new = draw()
            self._looked_at = now
            if self._affordable(new, now):
                self._take(new, now)
        return self._rows

    def _affordable(self, new: Sequence[Row], now: float) -> bool:
        if math.isinf(self._rate):  # counting takes as long as drawing
            return True
        return bytes_of_change(self._rows, new) <= self._rate * (now - self._drawn_at)

    def _take(self, rows: Sequence[Row], now: float) -> None:
        self._rows, self._looked_at, self._drawn_at = rows, now, now


def bytes_of_change(before: Sequence[Row], after: Sequence[Row]) -> int:
    """About what a terminal is sent to show `after` where `before` is."""
    size = 0
    for old, new in zip_longest(before, after, fillvalue=()):
        width = max(row_width(old), row_width(new))
        for region in changed_regions(old, new, 0, width):
            pieces = cut(new, region.x, region.right) or new
            size += _MOVE_BYTES + sum(len(text.encode()) + _COLOUR_BYTES for text, _ in pieces)
    return size
