"""Learning rate as a pure function of the step and of the configuration in force."""

from __future__ import annotations

import math

COSINE_FLOOR = 1e-7


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
