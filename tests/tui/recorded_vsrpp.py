"""The synthetic run of `recorded`, as a run of the recipe `vsrpp`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.tui.recorded import BLOCKS, RUN, event, progress, snapshot
from tests.tui.recorded_meters import Judge, activity, base_losses, readings
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.link.interface import FUSE, AdaptiveReading, Snapshot
from vsrppp_tui.training.schedule import vsrpp_lr, vsrpp_phase

SETTINGS = build_config(
    {"RECIPE": "vsrpp", "MODEL_CONFIG": {"n_feats": 128, "n_blocks": 30, "batch_size": 4}}
)
CONFIG = SETTINGS.to_file()
VSRPP = replace(RUN, recipe="vsrpp", parameters=10_289_027)
LAYERS = (("Backward_Fuse", 100.0), ("Forward_Fuse", 91.0), ("Fusion", 14.0))
FUSES = tuple((name, FUSE) for name, _ in LAYERS)
BLURRED, SLOWED = (
    2_980,
    3_620,
)  # steps at which aggressive mode begins, and at which a plateau is seen


def vsrpp_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps; `changes` may also say what the adaptive system does."""
    adaptive = changes.get("adaptive", normal(step))
    assert isinstance(SETTINGS, AdaptiveConfig)
    values: dict[str, Any] = {
        "run": VSRPP,
        "lr": vsrpp_lr(step - 1, SETTINGS, adaptive.rate_factor),
        "lr_phase": vsrpp_phase(step - 1, SETTINGS, adaptive.rate_factor),
        "blocks": readings(step, (*BLOCKS, *FUSES), with_fuses(len(BLOCKS))),
        "losses": losses(step, True, adaptive),
        "smooth_losses": losses(step, False, adaptive),
        "convergence": judge(step),
        "adaptive": adaptive,
        "config": CONFIG,
    }
    return snapshot(step, **(values | progress(step, SETTINGS, VSRPP) | changes))


def aggressive_snapshot(step: int) -> Snapshot:
    """The same, of a run whose pictures were too soft from a step on, and whose loss then stood still."""
    return vsrpp_snapshot(
        step,
        adaptive=aggressive(step),
        losses=losses(step, True, aggressive(step), _held(step)),
        smooth_losses=losses(step, False, aggressive(step), _held(step)),
        convergence=judge_aggressive(step),
    )


HAPPENED = (
    event(BLURRED, "aggressive on", "sharpness 0.6981 is below 0.7, gradient weight 0.215 → 0.247"),
    event(
        SLOWED,
        "plateau",
        "number 1: L1 has not fallen by 0.3% within 300 steps, learning rate × 0.5",
    ),
)


def normal(step: int) -> AdaptiveReading:
    """From the weights of the start to a little more for the gradients."""
    share = min(1.0, step / 4_000)
    return AdaptiveReading(
        weights=_weights(0.2 + 0.02 * share),
        clip=1.5 - 0.1873 * share,
        sharpness=0.6914 + 0.14 * share,
    )


def aggressive(step: int) -> AdaptiveReading:
    """The mode against blur from a step on, then a rate that was lowered once."""
    if step < BLURRED:
        return replace(normal(step), sharpness=0.76 - 0.06 * step / BLURRED)
    share = min(1.0, (step - BLURRED) / 1_230)
    slowed = step >= SLOWED
    return AdaptiveReading(
        weights=_weights(0.247 + 0.099 * share),
        clip=1.36 - 0.3182 * share,
        aggressive=True,
        aggressive_steps=step - BLURRED,
        sharpness=0.7 - 0.0383 * share,
        plateaus=int(slowed),
        rate_factor=0.5 if slowed else 1.0,
    )


def losses(
    step: int, noisy: bool, adaptive: AdaptiveReading, trained: int | None = None
) -> dict[str, float]:
    l1 = base_losses(step, noisy, trained)[0]
    terms = {"L1": l1, "MS": 0.8 * l1, "Grad": 0.5 * l1}
    total = sum(adaptive.weights[name] * value for name, value in terms.items())
    return {**terms, "Total": total}


def _held(step: int) -> int:
    return min(step, SLOWED - 320) + max(0, step - SLOWED)


judge = Judge(lambda step: losses(step, True, normal(step))["Total"])
judge_aggressive = Judge(lambda step: losses(step, True, aggressive(step), _held(step))["Total"])


def with_fuses(blocks: int) -> Callable[[int], tuple[float, ...]]:
    """The raw activity of so many blocks and of the layers that join features."""

    def of(step: int) -> tuple[float, ...]:
        grown = 1.4 - math.exp(-step / 1_500)
        fusion = (*(percent for _, percent in LAYERS[:2]), LAYERS[2][1] * grown / 1.34)
        return (*activity(step, blocks), *(percent / 400 for percent in fusion))

    return of


def _weights(grad: float) -> dict[str, float]:
    return {"L1": 0.75 * (1 - grad), "MS": 0.25 * (1 - grad), "Grad": grad}
