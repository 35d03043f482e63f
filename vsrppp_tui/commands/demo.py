"""`vsrppp demo`: a short real clip becomes a dataset, and a small network trains on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.train import TrainOptions, train

if TYPE_CHECKING:
    from vsrppp_tui.commands.foreground import Leave

DEMO_STEPS = 600
DEMO_DIR = Path("runs/demo")


def demo(
    *,
    headless: bool,
    steps: int | None,
    run_dir: Path,
    device: str,
    debug: bool,
    leave: Leave | None = None,
) -> int:
    """Train the embedded default; a finished demo starts afresh. Returns the exit code.

    `leave`: as of `run_session`.
    """
    options = TrainOptions(
        run_dir=run_dir,
        headless=headless,
        device=device,
        steps=steps,
        debug=debug,
        # Absolute, so that the run can be resumed from any folder.
        embedded=demo_values((run_dir / "dataset").absolute(), steps or DEMO_STEPS),
        prepare=lambda progress: _prepare(run_dir / "dataset", progress),
    )
    return train(dataclasses.replace(options, fresh=_is_finished(run_dir)), leave)


def demo_values(dataset: Path, steps: int) -> dict[str, Any]:
    """The demo's configuration: sized for two CPU cores, without the VGG19 term."""
    return {
        "RECIPE": "vsrppp",
        "DATASET_ROOT": str(dataset),
        "LR_EXPONENT": -3.0,
        "MAX_STEPS": steps,
        "N_FEATS": 32,
        "N_BLOCKS": 8,
        "BATCH_SIZE": 4,
        "ACCUMULATION_STEPS": 1,
        "PERCEPTUAL_WEIGHT": 0.0,
        "LR_CROP": 48,
        "VAL_STEP_EVERY": 50,
        "SAVE_STEP_EVERY": 200,
        "LOG_TBOARD_EVERY": 5,
        "NUM_WORKERS": 1,
    }


def _prepare(dataset: Path, progress: Callable[[int, int], None]) -> None:
    from vsrppp_tui.data.demo import prepare_demo

    prepare_demo(dataset, progress)


def _is_finished(run_dir: Path) -> bool:
    from vsrppp_tui.records.run_file import read_run_file

    info = read_run_file(run_dir)
    return info is not None and info.state == "done"
