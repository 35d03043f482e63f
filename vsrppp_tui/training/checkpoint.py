"""What a checkpoint holds, and how a run is saved and taken up again.

The file itself (hash, atomic replacement) is in `checkpoint_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.key import Effect, Group
from vsrppp_tui.config.read import flatten, nest
from vsrppp_tui.config.recipes import class_for
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.mixture import DataPlace
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.weights_file import METADATA
from vsrppp_tui.training.checkpoint_file import (
    DamagedCheckpoint,
    newest_verified,
    read_checkpoint,
    verify,
)
from vsrppp_tui.training.checkpoint_store import FOLDER
from vsrppp_tui.training.checkpoint_tag import read_tag
from vsrppp_tui.training.deployable import state_of_deployable
from vsrppp_tui.training.retention import repair_best_links
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep
from vsrppp_tui.training.telemetry import BestResult, ValidationResult, from_json, to_json

# What runs did before there was a key for it: an earlier checkpoint goes on bit for bit.
_BEFORE = {"FOLDS": False}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A verified checkpoint, on the host."""

    path: Path
    state: dict[str, Any]
    damaged: tuple[tuple[Path, str], ...] = ()  # newer files that were passed over, with the reason

    @property
    def weights_alone(self) -> bool:
        """Whether it is a deployable file: without moments of the optimizer."""
        return self.state["optimizer_state_dict"] is None

    @property
    def step(self) -> int:
        """Steps done when it was written."""
        return int(self.state["step"])

    @property
    def config(self) -> RunConfig:
        """Configuration in force when it was written."""
        values = flatten(self.state["config"])
        known = class_for(values).keys()
        return build_config({name: _BEFORE[name] for name in _BEFORE.keys() & known} | values)


def load_newest(run_dir: Path) -> Loaded | None:
    """Load the checkpoint of the highest step that verifies; None where there is none at all.

    Raises:
        UserError: there are checkpoints, but every one of them is damaged.
    """
    path, damaged = newest_verified(run_dir / FOLDER)
    if path is None:
        if not damaged:
            return None
        names = ", ".join(f"{file.name} ({reason})" for file, reason in damaged)
        raise UserError(
            f"No checkpoint in {run_dir / FOLDER} can be used: {names}. "
            "Start again with --fresh, which moves this run aside."
        )
    return Loaded(path, read_checkpoint(path), tuple(damaged))


def set_later_aside(run_dir: Path, step: int) -> Path | None:
    """Move the checkpoints after `step` to checkpoints/abandoned-N: the run goes another way from there.

    Left in place, the next resume would take the highest of them. The links to the best ones then mean
    those that are left. Returns the new folder, if any.
    """
    folder = run_dir / FOLDER
    later = [
        path
        for path in folder.glob("*.pth")
        if not path.is_symlink() and (tag := read_tag(path)) is not None and tag.step > step
    ]
    if not later:
        return None
    number = 1
    while (aside := folder / f"abandoned-{number}").exists():
        number += 1
    aside.mkdir()
    for path in later:
        path.rename(aside / path.name)
    repair_best_links(folder)
    return aside


def load_file(path: Path) -> Loaded:
    """Load one named checkpoint of this program.

    Raises:
        UserError: no such file, damaged, or not a checkpoint of a run.
    """
    if path.is_dir():
        newest = path / FOLDER / "latest.pth"
        hint = f": name one, such as {newest}" if newest.is_file() else ""
        raise UserError(f"{path} is a folder, not a checkpoint{hint}.")
    if not path.is_file():
        raise UserError(f"No checkpoint at {path}.")
    try:
        state = read_checkpoint(path)
    except DamagedCheckpoint as error:
        raise UserError(
            f"{path} is not a whole checkpoint of this program ({error.reason}): name another file."
        ) from None
    if METADATA in state:
        state = state_of_deployable(state, path)
    if not {"step", "config", "model_state_dict"} <= state.keys():
        raise UserError(
            f"{path} holds no run of this program: step, config or weights are missing."
        )
    return Loaded(path, state)


def capture(
    step: TrainingStep,
    progress: Progress,
    config: RunConfig,
    fingerprint: str,
    metrics: dict[str, Any],
    train_samples: int,
    lr: float,
) -> dict[str, Any]:
    """Everything that a run is at a step boundary, as tensors and plain values."""
    return {
        "step": progress.step,
        "epoch": progress.epoch(train_samples),
        "model_state_dict": step.network.state_dict(),
        "network": step.network.describe(),
        "optimizer_state_dict": step.optimizer.state_dict(),
        "scaler_state_dict": step.scaler.state_dict(),
        "scheduler_state_dict": {"last_epoch": progress.step, "last_lr": [lr]},
        "config": nest(config.to_file()),
        "training_phase": progress.training_phase,
        "recipe": config.recipe,
        "ema_state_dict": step.ema.state_dict() if step.ema is not None else None,
        "samples_seen": progress.samples_seen,
        "data": {"group": progress.data.group, "positions": list(progress.data.positions)},
        "epoch_values": dict(progress.epoch_values),
        "entered_epoch": progress.entered_epoch,
        "data_fingerprint": fingerprint,
        "init_weights": progress.init_weights,
        "validation": to_json(progress.validation) if progress.validation else None,
        "best": to_json(progress.best) if progress.best else None,
        "test": to_json(progress.test) if progress.test else None,
        "metrics_state": metrics,
        "rng_state": _rng_state(),
    }


def restore(loaded: Loaded, step: TrainingStep) -> Progress:
    """Put weights, moments, EMA and random states back; returns where the run stands.

    Raises:
        UserError: the checkpoint is of another network, or of a version that kept less.
    """
    state = loaded.state
    if not {"data", "guard", "controller"} <= state.keys():
        raise UserError(
            f"{loaded.path} was written by an earlier version of this program, which kept too little to go "
            f"on exactly. Begin a new run with its weights: --fresh --init-weights {loaded.path}"
        )
    config = loaded.config
    load_weights(step.network, state["model_state_dict"], loaded.path, config)
    if not loaded.weights_alone:
        step.optimizer.load_state_dict(state["optimizer_state_dict"])
    if step.precision.needs_scaler and state["scaler_state_dict"]:
        step.scaler.load_state_dict(state["scaler_state_dict"])
    if step.ema is not None:  # where EMA is new, the average begins at the present weights
        average = state["ema_state_dict"] or state["model_state_dict"]
        load_weights(step.ema, average, loaded.path, config)
    if state["rng_state"] is not None:
        _restore_rng(state["rng_state"])
    return Progress(
        step=state["step"],
        data=DataPlace(state["data"]["group"], tuple(state["data"]["positions"])),
        epoch_values=state["epoch_values"],
        entered_epoch=state["entered_epoch"],
        validation=_result(state["validation"]),
        test=_result(state.get("test")),  # earlier versions had none
        best=from_json(BestResult, state["best"]) if state["best"] else None,
        training_phase=state["training_phase"],
        init_weights=state["init_weights"],
    )


def _result(text: str | None) -> ValidationResult | None:
    return from_json(ValidationResult, text) if text else None


def load_weights(
    network: Network, weights: Mapping[str, torch.Tensor], path: Path, config: RunConfig
) -> None:
    """Load weights into the network of a configuration, every name and shape matching.

    Raises:
        UserError: a name is missing or unexpected, or a shape differs; names the first one, and the keys
            of the configuration that decide.
    """
    weights = network.present_names(weights)
    difference = _difference(network.state_dict(), weights)
    if difference is not None:
        keys = " and ".join(_size_keys(config))
        raise UserError(f"{path} is of another network: {difference}. Set {keys} to its own.")
    network.load_state_dict(weights)


def _difference(own: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> str | None:
    """What is not the same in two state dicts, in words; the first of it."""
    for name, tensor in own.items():
        if name not in other:
            return f"it has no {name}"
        if other[name].shape != tensor.shape:
            return f"{name} is {list(other[name].shape)} there and {list(tensor.shape)} here"
    unknown = [name for name in other if name not in own]
    return f"{unknown[0]} is not known here" if unknown else None


def _size_keys(config: RunConfig) -> list[str]:
    """The keys in the file that decide the shapes of a network: its counts, fixed for a run."""
    return [
        info.name
        for info in config.keys().values()
        if info.group is Group.NETWORK
        and info.effect is Effect.NEW_RUN
        and isinstance(info.default, int)
    ]


def read_init_weights(path: Path) -> dict[str, torch.Tensor]:
    """Weights to begin a fine-tuning run with: a checkpoint of this program or a bare state dict.

    Raises:
        UserError: no such file, or not weights; nothing in the file is executed.
    """
    if not path.is_file():
        raise UserError(f"--init-weights {path}: there is no such file.")
    if read_tag(path) is not None:  # one of ours: its checksum tells of damage
        verify(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise UserError(
            f"--init-weights {path} is not a file of plain tensors: name a checkpoint or a state dict."
        ) from error
    weights = state.get("model_state_dict", state) if isinstance(state, dict) else None
    if not weights or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise UserError(f"--init-weights {path} holds no state dict of a network.")
    return {
        name.removeprefix("_orig_mod.").removeprefix("module."): w for name, w in weights.items()
    }


def _rng_state() -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"torch": torch.get_rng_state(), "cuda": cuda}


def _restore_rng(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
