"""The adaptive system of VSR++: what it makes of the values of finished steps.

A state machine on plain numbers, without a clock and without a tensor: the same values give the same
decisions. Capitals are keys of the configuration, live unless the key says otherwise.

**Order.** `take` is called once for every step, in order. A step with a value that is not finite (one
whose update was left out) is passed over entirely: no value of it counts, and where it would have been an
adjustment there is none. ADAPTIVE = false, fixed when the run starts: nothing moves, and what an earlier
part of the run has moved counts no more.

**Loss weights** (`loss_balance`). Adjustments happen at steps divisible by ADAPT_EVERY, in aggressive mode
by AGGRESSIVE_EVERY, and go by the mean sharpness since the adjustment before. One either changes the mode
or moves the gradient weight, never both:

- In normal mode, below AGGRESSIVE_BELOW: aggressive mode begins, with a gradient weight of at least
  AGGRESSIVE_GRAD_WEIGHT.
- In aggressive mode, above AGGRESSIVE_UNTIL: it ends ("recovered"). It also ends at the first step, adjustment
  or not, that is AGGRESSIVE_MAX_STEPS after its beginning ("time is up"); it then cannot begin again before an
  adjustment has seen a sharpness above AGGRESSIVE_UNTIL, since it would begin again at once.
- Else, below SOFT_BELOW, the gradient weight is multiplied by GRAD_WEIGHT_UP (in aggressive mode
  AGGRESSIVE_GRAD_WEIGHT_UP), above SHARP_ABOVE by GRAD_WEIGHT_DOWN.

Whatever sets the gradient weight keeps it within GRAD_WEIGHT_MIN..GRAD_WEIGHT_MAX; the weight of the start is
not touched by them before its first move. L1 and MS share the rest in the proportion of the start.

**Clip** (`gradient_clip`). CLIP_START until CLIP_AFTER norms have been seen; from that norm on each step sets
``CLIP_KEEP * clip + (1 - CLIP_KEEP) * percentile``, the CLIP_PERCENTILE of the newest CLIP_WINDOW norms.

**Plateau** (`plateau`). What has to fall is L1, as a moving average with a time constant of 100 steps: the
total would also fall and rise with the loss weights. After WARMUP_STEPS, a gain is a fall of
PLATEAU_GAIN_PERCENT below the level of the gain before; PLATEAU_STEPS without one multiply the rate by
PLATEAU_FACTOR, and the count begins anew from the present level. Where that would lower no rate (the factor
is 1, or LR_MAX times the factors so far is at LR_MIN already) there is no plateau.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.training.gradient_clip import GradientClip
from vsrppp_tui.training.loss_balance import LossBalance, Turn
from vsrppp_tui.training.plateau import PlateauWatch
from vsrppp_tui.training.telemetry import Level

HappeningKind = Literal["aggressive on", "aggressive off", "plateau"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something the adaptive system has decided that its user should see."""

    kind: HappeningKind
    text: str
    level: Level = "info"
    data: Mapping[str, Any] = field(default_factory=dict)  # plain values


class AdaptiveSystem:
    """Loss weights, gradient clip and plateaus of a run; the rules are at the top of the module."""

    def __init__(self, config: AdaptiveConfig) -> None:
        self._on = config.adaptive
        self._balance = LossBalance(config)
        self._clip = GradientClip(config)
        self._plateau = PlateauWatch()

    @property
    def weights(self) -> tuple[float, float, float]:
        """Weights of L1, MS and Grad: positive, their sum 1."""
        return self._balance.weights

    @property
    def clip(self) -> float:
        """Largest allowed norm of the gradients, positive; with ADAPTIVE = false GRAD_CLIP holds instead."""
        return self._clip.value

    @property
    def aggressive(self) -> bool:
        """Whether aggressive mode is on."""
        return self.aggressive_since is not None

    @property
    def aggressive_since(self) -> int | None:
        """Step whose values began aggressive mode; None in normal mode."""
        return self._balance.aggressive_since

    @property
    def sharpness(self) -> float | None:
        """Mean sharpness that the last adjustment went by; None before the first."""
        return self._balance.sharpness

    @property
    def plateaus(self) -> int:
        """How often a plateau has lowered the learning rate."""
        return self._plateau.plateaus

    @property
    def rate_factor(self) -> float:
        """What the plateaus multiply the scheduled learning rate by, in (0, 1]."""
        return self._plateau.rate_factor

    def take(
        self, step: int, l1: float, sharpness: float, norm: float, config: AdaptiveConfig
    ) -> tuple[Happening, ...]:
        """Take the values of a finished step.

        Args:
            step: its number, from 1.
            l1: the L1 term of its loss.
            sharpness: gradient energy of the output over the target's, at least 0.
            norm: of all its gradients before clipping.
            config: the configuration in force.
        """
        if not self._on or not all(map(math.isfinite, (l1, sharpness, norm))):
            return ()
        self._clip.take(norm, config)
        before = self.weights[2]
        turn = self._balance.take(step, sharpness, config)
        happenings = [] if turn is None else [self._mode_changed(turn, before, config)]
        if self._plateau.take(step, l1, config):
            happenings.append(self._rate_lowered(config))
        return tuple(happenings)

    def state(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        return {
            "balance": self._balance.state(),
            "clip": self._clip.state(),
            "plateau": self._plateau.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` returned; with ADAPTIVE = false stay at the start."""
        if not self._on:
            return
        self._balance.restore(state["balance"])
        self._clip.restore(state["clip"])
        self._plateau.restore(state["plateau"])

    def _mode_changed(self, turn: Turn, before: float, config: AdaptiveConfig) -> Happening:
        grad = self.weights[2]
        data = {"reason": turn, "sharpness": self.sharpness, "weights": list(self.weights)}
        now = (
            f"sharpness {self.sharpness:.4f}" if self.sharpness is not None else "no sharpness yet"
        )
        if turn == "blurred":
            text = (
                f"{now} is below {config.aggressive_below:g}, "
                f"gradient weight {before:.3f} → {grad:.3f}"
            )
            return Happening("aggressive on", text, data=data)
        if turn == "recovered":
            text = f"recovered: {now} is above {config.aggressive_until:g}"
            return Happening("aggressive off", text, "good", data)
        text = (
            f"its time is up: {now} after {config.aggressive_max_steps:,} "
            f"steps, gradient weight stays at {grad:.3f}"
        )
        return Happening("aggressive off", text, "warning", data)

    def _rate_lowered(self, config: AdaptiveConfig) -> Happening:
        text = (
            f"number {self.plateaus}: L1 has not fallen by {config.plateau_gain_percent:g}% within "
            f"{config.plateau_steps:,} steps, learning rate × {config.plateau_factor:g}"
        )
        data = {"plateaus": self.plateaus, "rate_factor": self.rate_factor}
        return Happening("plateau", text, data=data)
