"""How often the screen looks at the run: less often where its work would hold the training up.

A training on the cores that the screen draws with waits for it, about as long as it works, so a budget of
processor time is one of the training's time. On a slow or busy machine a look takes more of it.
"""

from __future__ import annotations

import math

BUDGET = 0.005  # of a core; the step is to stay within 1%, and waits up to 1.5 times as long
_LONGEST = 4.0  # times as long as the shortest time between two looks; beyond, it looks dead
_RUNGS = 0.5  # the times between are these parts of the shortest one, so that they seldom change
_SLACK = 0.85  # of the budget, from which looks come more often again
_LOOKS = 12.0  # that count: light ones, and the heavy ones that draw the curves


class LookPace:
    """The time between two looks, from what they cost.

    Args:
        shortest: seconds between two looks that cost little.
        budget: of a core; infinite: looks never come less often.
    """

    def __init__(self, shortest: float, budget: float = BUDGET) -> None:
        self.seconds = shortest
        self._shortest = shortest
        self._budget = budget
        self._cost = 0.0

    def looked(self, cost: float) -> bool:
        """Take the processor time of a look, seconds; says whether `seconds` is another now."""
        # A single one, the first with its imports say, is no reason to look less often.
        most = self._longest * self._budget
        self._cost += (min(cost, most) - self._cost) / _LOOKS
        before = self.seconds
        needed = self._cost / self._budget
        if needed > self.seconds or needed < _SLACK * (self.seconds - self._rung):
            rungs = math.ceil((needed - self._shortest) / self._rung)
            self.seconds = min(self._longest, self._shortest + max(0, rungs) * self._rung)
        return self.seconds != before

    @property
    def _rung(self) -> float:
        return _RUNGS * self._shortest

    @property
    def _longest(self) -> float:
        return _LONGEST * self._shortest
