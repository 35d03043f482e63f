"""The arithmetic of a step, and the rate at which a CPU can do it at best.

A step's operations are counted, not measured: two for each multiply-add of the forward pass
(`models.costs`), twice as many for the backward pass.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from vsrppp_tui.models.costs import network_costs

if TYPE_CHECKING:
    from benchmarks.step import StepSize

_SIDE, _TIMES = 2048, 12


def step_operations(size: StepSize) -> float:
    """Floating-point operations of a step, forward and backward."""
    costs = network_costs(size.config())
    pixels = size.batch * size.accumulation * size.lr_size**2
    return 2.0 * (3.0 * costs.multiply_adds + costs.recomputed) * pixels


def product_rate(dtype: torch.dtype) -> float:
    """Operations a second of the fastest of some products of square matrices, on the CPU."""
    one, other = (torch.randn(_SIDE, _SIDE).to(dtype) for _ in range(2))
    seconds = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        one @ other
        seconds.append(time.perf_counter() - started)
    return 2.0 * _SIDE**3 / min(seconds)
