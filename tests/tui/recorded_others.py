"""The synthetic run of `recorded`, as a run from a YAML file and as one of the recipe `wqv`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.tui.recorded import RUN, losses, snapshot, validation
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.interface import BlockReading, Snapshot

_YAML = Path(__file__).parents[2] / "configs" / "train_general_7frames.yaml"
UNIFIED_CONFIG = build_config(read_values(_YAML)).to_file()
WQV_CONFIG = build_config({"RECIPE": "wqv", "SOURCE": "pictures"}).to_file()


def unified_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps, its configuration nested in sections."""
    return vsrpp_snapshot(step, **({"config": UNIFIED_CONFIG} | changes))


def wqv_snapshot(step: int, **changes: Any) -> Snapshot:
    """The run after `step` steps: one trunk of 23 blocks, compared with bicubic enlargement."""
    last = step - step % 250
    values: dict[str, Any] = {
        "run": replace(RUN, recipe="wqv", scale=4),
        "blocks": _blocks(step),
        "losses": losses(step, True),
        "config": WQV_CONFIG,
        "lr_phase": "constant",
        "lr": 2e-4,
        "validation": replace(validation(last), baseline_name="bicubic"),
    }
    return snapshot(step, **(values | changes))


def _blocks(step: int) -> tuple[BlockReading, ...]:
    body = snapshot(step).blocks[:23]
    return tuple(replace(block, trunk="body") for block in body)
