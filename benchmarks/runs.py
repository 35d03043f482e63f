"""The runs that the screen is measured with: the demo's network, and the recipe's own size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.demo import demo_values
from vsrppp_tui.data.demo import prepare_demo

_ENDLESS = 10_000_000


@dataclass(frozen=True, slots=True)
class RunSize:
    """A size of network and batch; `values` change the demo's configuration."""

    name: str
    values: dict[str, Any]


DEMO = RunSize("32 features x 8 blocks, batch 4 (demo)", {})
FULL = RunSize("96 features x 30 blocks, batch 1", {"N_FEATS": 96, "N_BLOCKS": 30, "BATCH_SIZE": 1})
SIZES = (DEMO, FULL)


def make_dataset(folder: Path) -> Path:
    """The demo's dataset, cut once for all runs of a benchmark."""
    dataset = folder / "dataset"
    if not dataset.is_dir():
        prepare_demo(dataset)
    return dataset


def run_values(size: RunSize, dataset: Path, *, validations: bool) -> dict[str, Any]:
    """The configuration of a run that goes on until it is stopped.

    Without `validations` it only steps: for figures that a validation in one half of a comparison
    would spoil.
    """
    cadence = {} if validations else {"VAL_STEP_EVERY": _ENDLESS, "SAVE_STEP_EVERY": _ENDLESS}
    return {**demo_values(dataset, _ENDLESS), **cadence, **size.values}


def write_config(values: dict[str, Any], path: Path) -> Path:
    """The configuration as a file for ``vsrppp train``."""
    path.write_text(json.dumps(values))
    return path
