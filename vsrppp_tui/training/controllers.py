"""Controllers by recipe. A new recipe is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.training.adaptive_controller import AdaptiveController
from vsrppp_tui.training.constant_controller import ConstantController
from vsrppp_tui.training.controller import Controller, Tell
from vsrppp_tui.training.cosine_controller import CosineController

# Each builder takes the configuration and the loss of its own recipe.
CONTROLLERS: dict[str, Callable[[Any, Any, torch.device, Tell], Controller]] = {
    "vsrppp": lambda config, loss, device, tell: CosineController(),
    "vsrpp": AdaptiveController,
    "wqv": lambda config, loss, device, tell: ConstantController(),
}


def build_controller(config: RunConfig, loss: Loss, device: torch.device, tell: Tell) -> Controller:
    """Build the controller of a run; `tell` takes its events."""
    return CONTROLLERS[config.recipe](config, loss, device, tell)
