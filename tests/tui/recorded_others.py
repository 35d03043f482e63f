"""The synthetic run of `recorded`, as a run from a YAML file and as one of the recipe `wqv`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.tui.recorded import RUN, progress, snapshot
from tests.tui.recorded_meters import activity, readings
from tests.tui.recorded_vsrpp import FUSES, vsrpp_snapshot, with_fuses
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.interface import Snapshot

_YAML = Path(__file__).parents[2] / "configs" / "train_general_7frames.yaml"
UNIFIED = build_config(read_values(_YAML))
UNIFIED_CONFIG = UNIFIED.to_file()
UNIFIED_RUN = replace(
    RUN,
    run_dir="runs/general_7frames",
    recipe="vsrpp",
    parameters=10_879_363,
    train_samples=41_500,
    val_samples=20,
)
UNIFIED_BLOCKS = tuple(
    (f"Block_{place + 1:02d}", "backward" if place < 16 else "forward") for place in range(32)
)
WQV = build_config({"RECIPE": "wqv", "SOURCE": "pictures", "VAL_STEP_EVERY": 500})
WQV_CONFIG = WQV.to_file()
WQV_RUN = replace(RUN, run_dir="runs/wqv", recipe="wqv", scale=4, parameters=16_697_987)
WQV_BLOCKS = tuple((f"Block_{place + 1:02d}", "body") for place in range(23))


def unified_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps: patches of three formats, its configuration nested in sections."""
    values: dict[str, Any] = {
        "run": UNIFIED_RUN,
        "blocks": readings(step, (*UNIFIED_BLOCKS, *FUSES), with_fuses(len(UNIFIED_BLOCKS))),
        "config": UNIFIED_CONFIG,
    }
    return vsrpp_snapshot(step, **(values | progress(step, UNIFIED, UNIFIED_RUN) | changes))


def wqv_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps: one trunk of 23 blocks, compared with bicubic enlargement."""
    values: dict[str, Any] = {
        "run": WQV_RUN,
        "blocks": readings(step, WQV_BLOCKS, lambda at: activity(at, len(WQV_BLOCKS))),
        "config": WQV_CONFIG,
        "lr_phase": "constant",
        "lr": 2e-4,
    }
    return snapshot(step, **(values | progress(step, WQV, WQV_RUN) | changes))
