"""Learning rate as a pure function of the step, of the configuration in force and of recorded plateaus."""

from __future__ import annotations

import math
from typing import Literal

from vsrppp_tui.config.vsrpp import AdaptiveConfig

COSINE_FLOOR = 1e-7

Phase = Literal["warmup", "cosine", "plateau"]
PHASES: tuple[Phase, ...] = ("warmup", "cosine", "plateau")
"""In the order of their numbers in the records: 0, 1, 2."""


def cosine_lr(step: int, *, peak: float, total_steps: int, floor: float = COSINE_FLOOR) -> float:
    """Learning rate of the update that follows `step` finished ones.

    Cosine annealing without restarts (Loshchilov and Hutter, arXiv:1608.03983, eq. 5 with T_0 =
    total_steps): ``floor + (peak - floor) * (1 + cos(pi * step / total_steps)) / 2``. A peak below
    the floor stays constant, since annealing must never raise the rate.
    """
    if peak <= floor:
        return peak
    progress = min(max(step / total_steps, 0.0), 1.0)
    return floor + (peak - floor) * (1.0 + math.cos(math.pi * progress)) / 2.0


def rising_decay(step: int, decay: float) -> float:
    """Decay of the weights' running average in the update that follows `step` finished ones.

    ``(1 + step) / (10 + step)``, at most `decay` (as in TensorFlow's ExponentialMovingAverage): a constant
    0.999 would show the untrained weights for a thousand steps.
    """
    return min((1 + step) / (10 + step), decay)


def vsrpp_lr(step: int, config: AdaptiveConfig, rate_factor: float = 1.0) -> float:
    """Learning rate of the update that follows `step` finished ones, in the recipe `vsrpp`.

    Linear from 0 to LR_MAX over WARMUP_STEPS, then a cosine to LR_MIN at MAX_STEPS; all of it times
    `rate_factor`, which the plateaus lower. After the warm-up never below LR_MIN.
    """
    warmup = config.warmup_steps
    if step < warmup:
        return config.lr_max * step / warmup * rate_factor
    rate = cosine_lr(
        step - warmup,
        peak=config.lr_max,
        total_steps=max(config.max_steps - warmup, 1),
        floor=config.lr_min,
    )
    return max(rate * rate_factor, config.lr_min)


def vsrpp_phase(step: int, config: AdaptiveConfig, rate_factor: float = 1.0) -> Phase:
    """Phase of the update that follows `step` finished ones: "plateau" once one has lowered the rate."""
    if step < config.warmup_steps:
        return "warmup"
    return "plateau" if rate_factor < 1.0 else "cosine"
