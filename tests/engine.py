"""Helpers that run the real engine in this process, and compare what it saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import recipe_of
from vsrppp_tui.config.recipes import class_for
from vsrppp_tui.training.assemble import assemble
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.telemetry import Event, RunInfo, Snapshot, StepRow
from vsrppp_tui.training.trainer import Trainer

TINY: dict[str, Any] = {
    "N_FEATS": 8,
    "N_BLOCKS": 4,
    "BATCH_SIZE": 2,
    "ACCUMULATION_STEPS": 2,
    "PERCEPTUAL_WEIGHT": 0,
    "LR_EXPONENT": -3,
    "MAX_STEPS": 8,
    "VAL_STEP_EVERY": 4,
    "SAVE_STEP_EVERY": 4,
    "LOG_TBOARD_EVERY": 2,
    "NUM_WORKERS": 0,
    "PRECISION": "fp32",
}


class Recorder(Observer):
    """Keeps everything the engine says, and may act on it."""

    def __init__(self, on_rows: Callable[[Sequence[StepRow]], None] | None = None) -> None:
        self.rows: list[StepRow] = []
        self.events: list[Event] = []
        self.snapshots: list[Snapshot] = []
        self.pictures: list[Any] = []
        self._on_rows = on_rows

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        self.rows += rows
        if self._on_rows is not None:
            self._on_rows(rows)

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def on_validation(self, result: Any, pictures: Any) -> None:
        self.pictures.append(pictures)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def make_trainer(
    dataset: Path,
    run_dir: Path,
    recorder: Recorder,
    *,
    control: ControlPoint | None = None,
    resume: bool = False,
    stop_at: int | None = None,
    init_weights: Path | None = None,
    resume_from: Path | None = None,
    assignments: Sequence[str] = (),
    recipe_values: Mapping[str, Any] | None = None,
    **values: Any,
) -> tuple[Trainer, Reporter]:
    """Assemble a run as `vsrppp train` does, with its standard records and a recorder.

    `recipe_values` stand in for `TINY`, the smallest configuration of VSR+++.
    """
    start = TINY if recipe_values is None else recipe_values
    wanted = {class_for(start).key_of("dataset_root"): str(dataset), **start, **values}
    build_config(wanted)
    options = TrainOptions(
        run_dir=run_dir,
        stop_at=stop_at,
        init_weights=init_weights,
        resume_from=resume_from,
        assignments=assignments,
        embedded=wanted,
    )
    control = control or ControlPoint()
    request = build_request(options, wanted, run_dir, control, resume=resume)
    run = RunInfo(str(run_dir), recipe_of(wanted), _own_pid(), "test", 0.0)
    reporter = Reporter(run, [recorder])
    return assemble(request, control, reporter), reporter


def train(
    dataset: Path, run_dir: Path, recorder: Recorder | None = None, **options: Any
) -> Recorder:
    """Run the engine to its end in this thread."""
    recorder = recorder or Recorder()
    trainer, reporter = make_trainer(dataset, run_dir, recorder, **options)
    try:
        reporter.state(trainer.run())
    finally:
        reporter.close()
    return recorder


def _own_pid() -> int:
    import os

    return os.getpid()


def load(run_dir: Path, name: str = "latest.pth") -> dict[str, Any]:
    state: dict[str, Any] = torch.load(run_dir / "checkpoints" / name, weights_only=True)
    return state


def digests(run_dir: Path, name: str = "latest.pth") -> dict[str, str]:
    """A hash of each part of a checkpoint that exact resume must reproduce."""
    state = load(run_dir, name)
    validation = json.loads(state["validation"]) if state["validation"] else {}
    validation.pop("time", None), validation.pop("seconds", None)
    parts = {
        "weights": state["model_state_dict"],
        "optimizer": state["optimizer_state_dict"],
        "ema": state["ema_state_dict"],
        "scaler": state["scaler_state_dict"],
        "validation": validation,
        "best": state["best"],
        "smoothed": state["metrics_state"]["smoother"],
        "curve": state["metrics_state"]["curve"],
        "config": state["config"],
        "controller": state["controller"],
        "place": [state[key] for key in ("step", "epoch", "samples_seen", "data", "epoch_values")],
    }
    return {part: hashlib.sha256(flat_bytes(value)).hexdigest() for part, value in parts.items()}


def flat_bytes(value: Any) -> bytes:
    """Tensors in dictionaries and lists, and whatever else is there, as bytes that differ where they do."""
    if isinstance(value, torch.Tensor):
        return str(value.shape).encode() + value.contiguous().numpy().tobytes()
    if isinstance(value, dict):
        return b"".join(repr(k).encode() + flat_bytes(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return b"".join(flat_bytes(v) for v in value)
    return repr(value).encode()
