"""Losses by recipe. A new recipe is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.hybrid import build_hybrid
from vsrppp_tui.losses.l1_perceptual import build_l1_perceptual
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.weighted_l1 import build_weighted_l1

# Each builder takes configurations of its own recipe's class.
LOSSES: dict[str, Callable[[Any], Loss]] = {
    "vsrppp": build_l1_perceptual,
    "vsrpp": build_hybrid,
    "wqv": build_weighted_l1,
}


def build_loss(config: RunConfig, device: torch.device, later: Sequence[RunConfig] = ()) -> Loss:
    """Build the loss of a run on its device.

    `later` holds configurations that recorded edits are going to make: a term that one of them needs is
    there from the start.

    Raises:
        UserError: no loss belongs to the recipe, or weights that it needs are not to be had.
    """
    if config.recipe not in LOSSES:
        raise UserError(f"RECIPE = {config.recipe!r} has no loss: allowed are {', '.join(LOSSES)}.")
    return LOSSES[config.recipe]([config, *later]).to(device)
