"""Plateaus of the training: steps without a gain, each of which lowers the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.training.convergence import Smoother

SMOOTHING_STEPS = 100.0
"""Time constant of the moving average whose falls count: single batches differ by far more than a gain."""


class PlateauWatch:
    """Watches the L1 term, which the loss weights do not change; the rules: `training.adaptive`."""

    def __init__(self) -> None:
        self.rate_factor = 1.0
        """What the scheduled learning rate is multiplied by; in (0, 1]."""
        self.plateaus = 0
        """How often it has been lowered."""
        self._smoother = Smoother(SMOOTHING_STEPS)
        self._best: float | None = None
        self._since = 0  # step from which the steps without a gain count

    def take(self, step: int, l1: float, config: AdaptiveConfig) -> bool:
        """Take the L1 term of a step; True where it completes a plateau."""
        self._smoother.add({"L1": l1})
        if step <= config.warmup_steps:
            self._since = step
            return False
        level = self._smoother.values["L1"]
        if self._best is None or level < self._best * (1.0 - config.plateau_gain_percent / 100.0):
            self._best, self._since = level, step
            return False
        if step - self._since < config.plateau_steps:
            return False
        self._best, self._since = level, step
        if not self._can_fall(config):
            return False
        self.rate_factor *= config.plateau_factor
        self.plateaus += 1
        return True

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {
            "rate_factor": self.rate_factor,
            "plateaus": self.plateaus,
            "smoother": self._smoother.state(),
            "best": self._best,
            "since": self._since,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned."""
        self.rate_factor, self.plateaus = state["rate_factor"], state["plateaus"]
        self._smoother.restore(state["smoother"])
        self._best, self._since = state["best"], state["since"]

    def _can_fall(self, config: AdaptiveConfig) -> bool:
        """Whether a lower factor would change any rate: the schedule never goes below LR_MIN."""
        return config.plateau_factor < 1.0 and config.lr_max * self.rate_factor > config.lr_min
