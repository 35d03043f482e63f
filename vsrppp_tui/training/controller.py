"""What a recipe decides by itself from step to step: learning rate, gradient clip, weights of its loss."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.training.telemetry import AdaptiveReading, Level

Tell = Callable[[str, str, Level, Mapping[str, Any]], None]
"""Takes kind, text, level and data of an event."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one step goes by."""

    lr: float
    phase: str = ""  # of the learning rate; empty where the recipe has none
    clip: float = 0.0  # largest L2 norm of all gradients together; 0 leaves them alone
    adaptive: AdaptiveReading | None = None
    ema_decay: float | None = None  # of the running average of the weights; None: EMA_DECAY


class Controller(abc.ABC):
    """Decides before every step. Whatever it goes by is a function of the steps and the edits alone."""

    @abc.abstractmethod
    def decide(self, step: int, config: RunConfig) -> Decision:
        """What the step that follows `step` finished ones goes by."""

    @abc.abstractmethod
    def learning_rate(self, step: int, config: RunConfig) -> float:
        """The learning rate of that step; decides nothing."""

    @abc.abstractmethod
    def note(self, step: int, row: Tensor) -> None:
        """Take the row of the finished step `step` (see `TrainingStep.run`); waits for nothing."""

    @abc.abstractmethod
    def state(self, step: int) -> dict[str, Any]:
        """Plain values for a checkpoint of `step`; may wait for the device."""

    @abc.abstractmethod
    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Take over what `state` gave for `step`."""
