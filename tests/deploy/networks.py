"""Tiny networks whose every weight matters, and checkpoints of runs that hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.vsrppp import VsrpppNetwork
from vsrppp_tui.training.checkpoint_file import write_checkpoint

NETWORKS: dict[str, Any] = {
    "vsrppp": lambda: VsrpppNetwork(4, 4),
    "vsrpp": lambda: VSRBidirectional_3x(4, 4, frames=5, res_scale=0.5, lrelu_slope=0.2),
    "vsrpp7": lambda: VSRBidirectional_3x(4, 2, frames=7),
    "rrdb2": lambda: RRDBNet(2, 4, 1, 4),
    "rrdb4": lambda: RRDBNet(4, 4, 1, 4),
    "rrdb8": lambda: RRDBNet(8, 4, 1, 4),
}

CONFIGS: dict[str, dict[str, Any]] = {
    "vsrppp": {"N_FEATS": 4, "N_BLOCKS": 4},
    "vsrpp": {
        "RECIPE": "vsrpp",
        "MODEL_CONFIG": {"n_feats": 4, "n_blocks": 4},
        "RES_SCALE": 0.5,
        "LRELU_SLOPE": 0.2,
    },
    "vsrpp7": {
        "RECIPE": "vsrpp",
        "MODEL": {"base_channels": 4, "num_blocks": 2},
        "DATA": {"lr_version": "7frames"},
    },
}


def network(kind: str, seed: int = 0) -> Network:
    """A network of `NETWORKS` with random weights, ready for forwards."""
    net: Network = NETWORKS[kind]()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            spread = 0.5 / parameter[0].numel() ** 0.5 if parameter.ndim > 1 else 0.1
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    return net.requires_grad_(False).eval()


def write_run_checkpoint(
    path: Path, kind: str, net: Network, ema: Network | None = None, step: int = 1200
) -> Path:
    """A checkpoint as a run writes it, with as much in it as deploying reads."""
    state = {
        "step": step,
        "config": CONFIGS[kind],
        "model_state_dict": net.state_dict(),
        "ema_state_dict": ema.state_dict() if ema is not None else None,
    }
    write_checkpoint(path, state, step=step, recipe=kind.rstrip("7"))
    return path
