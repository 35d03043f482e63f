"""The weights of the hybrid loss, steered by the sharpness of the output; normal and aggressive mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from vsrppp_tui.config.vsrpp import AdaptiveConfig

Turn = Literal["blurred", "recovered", "time is up"]
"""Why aggressive mode began ("blurred") or ended."""


class LossBalance:
    """Weights of L1, MS and Grad: positive, their sum 1. The rules are those of `training.adaptive`."""

    def __init__(self, config: AdaptiveConfig) -> None:
        self._start = config.start_weights
        self._grad = self._start[2]
        self._sum, self._count = 0.0, 0  # sharpness since the last adjustment
        # The time of an aggressive mode was up, and the output not yet sharp since.
        self._spent = False
        self.aggressive_since: int | None = None
        """Step at which aggressive mode began; None in normal mode."""
        self.sharpness: float | None = None
        """Mean that the last adjustment went by; None before the first."""

    @property
    def weights(self) -> tuple[float, float, float]:
        """Weights of L1, MS and Grad. The first two share what Grad leaves as they did at the start."""
        l1, ms, _ = self._start
        scale = (1.0 - self._grad) / (l1 + ms)
        return l1 * scale, ms * scale, self._grad

    def take(self, step: int, sharpness: float, config: AdaptiveConfig) -> Turn | None:
        """Take the sharpness of a step; says so where the mode changes."""
        self._sum += sharpness
        self._count += 1
        mean = self._end_interval() if step % self._interval(config) == 0 else None
        if mean is not None and mean > config.aggressive_until:
            self._spent = False
        turn = self._turn(step, mean, config)
        if turn is not None:
            self._change_mode(step, turn, config)
        elif mean is not None:
            self._move(mean, config)
        return turn

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {
            "grad": self._grad,
            "sum": self._sum,
            "count": self._count,
            "spent": self._spent,
            "aggressive_since": self.aggressive_since,
            "sharpness": self.sharpness,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned."""
        self._grad = state["grad"]
        self._sum, self._count = state["sum"], state["count"]
        self._spent = state["spent"]
        self.aggressive_since = state["aggressive_since"]
        self.sharpness = state["sharpness"]

    def _interval(self, config: AdaptiveConfig) -> int:
        aggressive = self.aggressive_since is not None
        return config.aggressive_every if aggressive else config.adapt_every

    def _end_interval(self) -> float:
        mean = self._sum / self._count
        self._sum, self._count, self.sharpness = 0.0, 0, mean
        return mean

    def _turn(self, step: int, mean: float | None, config: AdaptiveConfig) -> Turn | None:
        """Whether the mode changes; `mean` is None where the step is no adjustment."""
        if self.aggressive_since is None:
            blurred = mean is not None and mean < config.aggressive_below
            return "blurred" if blurred and not self._spent else None
        if mean is not None and mean > config.aggressive_until:
            return "recovered"
        if step - self.aggressive_since >= config.aggressive_max_steps:
            return "time is up"
        return None

    def _change_mode(self, step: int, turn: Turn, config: AdaptiveConfig) -> None:
        if turn == "blurred":
            self.aggressive_since = step
            self._set(max(self._grad, config.aggressive_grad_weight), config)
        else:
            self.aggressive_since = None
            self._spent = turn == "time is up"

    def _move(self, mean: float, config: AdaptiveConfig) -> None:
        """Raise or lower the gradient weight by the factor of the mode."""
        if mean < config.soft_below:
            aggressive = self.aggressive_since is not None
            up = config.aggressive_grad_weight_up if aggressive else config.grad_weight_up
            self._set(self._grad * up, config)
        elif mean > config.sharp_above:
            self._set(self._grad * config.grad_weight_down, config)

    def _set(self, grad: float, config: AdaptiveConfig) -> None:
        self._grad = min(max(grad, config.grad_weight_min), config.grad_weight_max)
