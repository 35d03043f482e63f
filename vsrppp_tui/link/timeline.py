"""The time of a record as it is played: pauses and the time between two processes are shortened."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

SHORTEST_LONG_GAP = 10.0  # seconds
_USUAL_GAPS = 10  # so many times the usual distance of two snapshots is a gap


def rising(times: Iterable[float]) -> list[float]:
    """Times that never fall: a clock that was set back, or a spoilt time, stands still meanwhile."""
    risen: list[float] = []
    newest = -math.inf
    for time in times:
        newest = max(newest, time) if math.isfinite(time) else newest
        risen.append(newest)
    first = next((time for time in risen if math.isfinite(time)), 0.0)
    return [max(time, first) for time in risen]


def longest_gap(moments: Sequence[float]) -> float:
    """Seconds of which no gap is played for longer, by the usual distance of snapshots."""
    gaps = [after - before for before, after in pairwise(moments) if after > before]
    return max(SHORTEST_LONG_GAP, _USUAL_GAPS * median(gaps)) if gaps else SHORTEST_LONG_GAP


class Timeline:
    """Translates between a moment of the run (Unix seconds) and a position (seconds of the record).

    Args:
        moments: when something was recorded, in any order; at least one.
        longest: seconds that a gap between two of them takes at most.
    """

    def __init__(self, moments: Iterable[float], longest: float) -> None:
        self._moments = sorted(set(moments))
        self._positions = [0.0]
        self.shortened = 0  # gaps
        for before, after in pairwise(self._moments):
            self._positions.append(self._positions[-1] + min(after - before, longest))
            self.shortened += after - before > longest

    @property
    def duration(self) -> float:
        """The last position; 0 where all is of one moment."""
        return self._positions[-1]

    @property
    def seconds(self) -> float:
        """From the first moment to the last one, gaps and all."""
        return self._moments[-1] - self._moments[0]

    def moment_at(self, position: float) -> float:
        """The moment at a position; one outside counts as the nearer end."""
        return _between(position, self._positions, self._moments)

    def position_of(self, moment: float) -> float:
        """The position of a moment; one outside counts as the nearer end."""
        return _between(moment, self._moments, self._positions)


def _between(value: float, known: Sequence[float], wanted: Sequence[float]) -> float:
    """`wanted` at `value` of `known`: exact at what is known, a straight line between."""
    place = bisect_right(known, value) - 1
    if place < 0:
        return wanted[0]
    if place >= len(known) - 1 or known[place] == value:
        return wanted[place]
    share = (value - known[place]) / (known[place + 1] - known[place])
    # Rounding must not reach the next moment before its time has come.
    return min(wanted[place] + share * (wanted[place + 1] - wanted[place]), wanted[place + 1])
