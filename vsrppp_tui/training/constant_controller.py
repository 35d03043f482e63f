"""The controller of the recipe `wqv`: one learning rate, a fixed clip, and an average that begins young."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.training.controller import Controller, Decision
from vsrppp_tui.training.schedule import rising_decay


class ConstantController(Controller):
    """Has no state: all follows from the step and the configuration."""

    def decide(self, step: int, config: RunConfig) -> Decision:
        """LR, GRAD_CLIP, and EMA_DECAY once the average is old enough."""
        return Decision(
            self.learning_rate(step, config),
            clip=config.grad_clip,
            ema_decay=rising_decay(step, config.ema_decay),
            phase="constant",
        )

    def learning_rate(self, step: int, config: RunConfig) -> float:
        """LR: the documents name no schedule."""
        assert isinstance(config, WqvConfig)
        return config.lr

    def note(self, step: int, row: Tensor) -> None:
        """Nothing follows from a row."""

    def state(self, step: int) -> dict[str, Any]:
        """Empty."""
        return {}

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Nothing to take over."""
