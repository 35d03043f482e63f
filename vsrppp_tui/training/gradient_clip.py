"""A gradient clip that follows the norms seen: a percentile of the newest, smoothed."""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from vsrppp_tui.config.vsrpp import AdaptiveConfig

SMALLEST_CLIP = 1e-6
"""Below this a clip would end the training; norms of zero alone would lead there."""


class GradientClip:
    """Starts at CLIP_START and, from the CLIP_AFTERth norm on, moves at every norm."""

    def __init__(self, config: AdaptiveConfig) -> None:
        self.value = config.clip_start
        """Largest allowed L2 norm; positive."""
        self._seen = 0  # norms of the run
        self._norms: deque[float] = deque()  # the newest, oldest first
        self._sorted: list[float] = []  # the same by size, so that no step has to sort them

    def take(self, norm: float, config: AdaptiveConfig) -> None:
        """Take the norm of a step before clipping, finite and at least 0."""
        self._seen += 1
        self._norms.append(norm)
        bisect.insort(self._sorted, norm)
        while len(self._norms) > config.clip_window:
            del self._sorted[bisect.bisect_left(self._sorted, self._norms.popleft())]
        if self._seen < config.clip_after:
            return
        keep = config.clip_keep
        goal = percentile(self._sorted, config.clip_percentile)
        self.value = max(keep * self.value + (1.0 - keep) * goal, SMALLEST_CLIP)

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {"value": self.value, "seen": self._seen, "norms": list(self._norms)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned."""
        self.value, self._seen = state["value"], state["seen"]
        self._norms = deque(state["norms"])
        self._sorted = sorted(state["norms"])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the ordered values lie, linear between two of them.

    As numpy's default; of at least one value.
    """
    place = (len(ordered) - 1) * percent / 100.0
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
