"""Deployable checkpoints: the plain weights of a run with texts beside them, and how a run goes on from one.

Such a file holds ``params_ema``, tensors under the names that other programs know, and ``metadata``, texts:
the network's dimensions, where the run stood, and its configuration. There are no moments of the optimizer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui import __version__
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.weights_file import EMA, METADATA
from vsrppp_tui.training.checkpoint_file import write_checkpoint
from vsrppp_tui.training.checkpoint_tag import Kind

_PLACE = (
    "data",
    "samples_seen",
    "epoch_values",
    "entered_epoch",
    "data_fingerprint",
    "training_phase",
    "init_weights",
)
"""Of a checkpoint, what says where the run stood; plain values."""


def write_deployable(path: Path, state: Mapping[str, Any]) -> None:
    """Write the weights of a captured state: those of its EMA where it keeps one.

    Raises:
        OSError: the file cannot be written.
    """
    weights = state["ema_state_dict"] or state["model_state_dict"]
    texts = {
        **state["network"],
        "recipe": state["recipe"],
        "step": str(state["step"]),
        "program": f"vsrppp-tui {__version__}",
        "config": json.dumps(state["config"]),
        "place": json.dumps({name: state[name] for name in _PLACE}),
    }
    content = {EMA: {name: weights[name].contiguous() for name in weights}, METADATA: texts}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_checkpoint(path, content, step=state["step"], recipe=state["recipe"], kind=Kind.DEPLOY)


def state_of_deployable(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A state to resume from, of the content of a deployable file; what it lacks is None.

    Raises:
        UserError: it does not say where the run stood.
    """
    try:
        texts = content[METADATA]
        place: dict[str, Any] = json.loads(texts["place"])
        config, step = json.loads(texts["config"]), int(texts["step"])
        return {
            **{name: place[name] for name in _PLACE},
            "step": step,
            "config": config,
            "model_state_dict": content[EMA],
            "ema_state_dict": content[EMA],
            **dict.fromkeys(_MISSING),
        }
    except (KeyError, ValueError, TypeError):
        raise UserError(
            f"{path} does not say where its run stood: resume from the checkpoint beside it."
        ) from None


_MISSING = (
    "optimizer_state_dict",
    "scaler_state_dict",
    "metrics_state",
    "guard",
    "controller",
    "rng_state",
    "validation",
    "best",
    "test",
)
