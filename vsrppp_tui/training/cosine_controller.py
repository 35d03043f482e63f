"""The controller of the recipe `vsrppp`: a cosine over the whole run and a fixed clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.training.controller import Controller, Decision
from vsrppp_tui.training.schedule import cosine_lr


class CosineController(Controller):
    """Has no state: both follow from the step and the configuration."""

    def decide(self, step: int, config: RunConfig) -> Decision:
        """LR_EXPONENT over MAX_STEPS, and GRAD_CLIP."""
        return Decision(self.learning_rate(step, config), "cosine", config.grad_clip)

    def learning_rate(self, step: int, config: RunConfig) -> float:
        """The cosine alone."""
        assert isinstance(config, VsrpppConfig)
        return cosine_lr(step, peak=config.peak_lr, total_steps=config.max_steps)

    def note(self, step: int, row: Tensor) -> None:
        """Nothing follows from a row."""

    def state(self, step: int) -> dict[str, Any]:
        """Empty."""
        return {}

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Nothing to take over."""
