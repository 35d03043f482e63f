"""What is measured in the synthetic run, and what the program makes of it: trends of activity and loss."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

from vsrppp_tui.link.interface import BlockReading, Convergence, Machine, Quality
from vsrppp_tui.training.activity import TREND_READINGS, ActivityMonitor
from vsrppp_tui.training.convergence import LossCurve, estimate

COLD = {6: 12.0, 11: 3.0, 21: 17.0}
_SWING = 0.3  # of the logarithm; the most active blocks and the cold ones hardly move
_EVERY_STEP = 5_000  # so far the loss of each step is looked at, and beyond it of each twentieth


def quality(step: int, network: bool) -> Quality:
    gain = 2.6 * (1 - math.exp(-step / 4000)) - 0.2 if network else 0.0
    psnr = 28.31 + gain
    ssim = 0.8412 + gain * 0.017
    return Quality(psnr, ssim, psnr + 1.4, ssim + 0.011, 50 * ssim + (psnr - 20) / 0.6)


@cache
def base_losses(step: int, noisy: bool, trained: int | None = None) -> tuple[float, float]:
    """L1 and the perceptual term; where the loss stands still, as low as after `trained` steps."""
    noise = random.Random(step * 7919 + 1)
    trained = step if trained is None else trained
    base = 0.043 * math.exp(-trained / 2500) + 0.0121 * math.exp(-trained / 60000)
    l1 = base * (1 + (noise.gauss(0, 0.14) if noisy else 0.0))
    return l1, 3.1 * base * (1 + (noise.gauss(0, 0.1) if noisy else 0.0))


def machine(noise: random.Random) -> Machine:
    return Machine(
        cpu_percent=41 + noise.gauss(0, 3),
        ram_used=31_200_000_000 + int(noise.gauss(0, 2e7)),
        ram_total=128_000_000_000,
        process_ram=6_100_000_000,
        disk_free=812_000_000_000,
        gpu_name="NVIDIA H200",
        gpu_percent=95 + noise.gauss(0, 2),
        gpu_mem_used=12_100_000_000,
        gpu_mem_total=141_000_000_000,
        gpu_temperature=61.0,
        gpu_power=512.0 + noise.gauss(0, 12),
    )


@cache
def activity(step: int, count: int) -> tuple[float, ...]:
    """The raw activity of so many blocks in one step."""
    noise = random.Random(step)
    return tuple(_level(place, step) * (1 + noise.gauss(0, 0.015)) / 4000 for place in range(count))


def readings(
    step: int, names: tuple[tuple[str, str], ...], of: Callable[[int], tuple[float, ...]]
) -> tuple[BlockReading, ...]:
    """What is told of the blocks at a step, with one reading a step before it."""
    monitor = ActivityMonitor(names)
    before = range(max(1, step + 1 - 2 * TREND_READINGS), step)
    monitor.restore({"readings": [of(at) for at in before]})
    return monitor.add(of(step))


class Judge:
    """How the loss is judged at each step; cheapest where the steps are asked for in their order."""

    def __init__(self, total: Callable[[int], float]) -> None:
        self._total = total
        self._known: dict[int, Convergence] = {}
        self._curve, self._step = LossCurve(), 0

    def __call__(self, step: int) -> Convergence:
        if step not in self._known:
            self._go_to(step)
            self._known[step] = estimate(self._curve)
        return self._known[step]

    def _go_to(self, step: int) -> None:
        if step < self._step:
            self._curve, self._step = LossCurve(), 0
        for at in range(self._step + 1, step + 1):
            if at <= _EVERY_STEP or at % 20 == 0:
                self._curve.add(at, self._total(at))
        self._step = step


def _level(place: int, step: int) -> float:
    """Percent, about: each block goes up and down in a time of its own, some so fast that it is a trend."""
    level = COLD.get(place, 34 + 62 * abs(math.sin(place * 0.9 + 0.4)))
    swing = _SWING if 20 < level < 80 else _SWING / 8
    period = 120 if place % 4 == 0 else 400 + 90 * (place % 5)
    return level * math.exp(swing * math.sin(step / period + place * 2.1))
