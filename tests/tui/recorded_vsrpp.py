"""The synthetic run of `recorded`, as a run of the recipe `vsrpp`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.tui.recorded import RUN, blocks, losses, snapshot
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.link.interface import FUSE, AdaptiveReading, BlockReading, Snapshot

CONFIG = build_config(
    {"RECIPE": "vsrpp", "MODEL_CONFIG": {"n_feats": 128, "n_blocks": 30, "batch_size": 4}}
).to_file()
NORMAL = AdaptiveReading(
    weights={"L1": 0.585, "MS": 0.195, "Grad": 0.22}, clip=1.3127, sharpness=0.8314
)
AGGRESSIVE = AdaptiveReading(
    weights={"L1": 0.4905, "MS": 0.1635, "Grad": 0.346},
    clip=1.0418,
    aggressive=True,
    aggressive_steps=1_230,
    sharpness=0.6617,
    plateaus=1,
    rate_factor=0.5,
)
LAYERS = (("Backward_Fuse", 100.0), ("Forward_Fuse", 91.0), ("Fusion", 14.0))


def vsrpp_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps."""
    layers = tuple(
        BlockReading(name, FUSE, percent / 400, percent, percent < 20, 0.0)
        for name, percent in LAYERS
    )
    values: dict[str, Any] = {
        "run": replace(RUN, recipe="vsrpp"),
        "blocks": (*blocks(step), *layers),
        "losses": _losses(step, True),
        "smooth_losses": _losses(step, False),
        "adaptive": NORMAL,
        "config": CONFIG,
    }
    return snapshot(step, **(values | changes))


def _losses(step: int, noisy: bool) -> dict[str, float]:
    l1 = losses(step, noisy)["L1"]
    return {"L1": l1, "MS": 0.8 * l1, "Grad": 0.5 * l1, "Total": 0.85 * l1}
