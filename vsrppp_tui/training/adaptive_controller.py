"""The controller of the recipe `vsrpp`: the adaptive system, fed with the values of earlier steps.

The values of step k are taken `LAG` steps later, before the step after k + LAG; so what they change is the
same whatever the device's pace, and also after a resume.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.losses.hybrid import HybridLoss
from vsrppp_tui.training.adaptive import AdaptiveSystem
from vsrppp_tui.training.controller import Controller, Decision, Tell
from vsrppp_tui.training.late import LAG, LateValues
from vsrppp_tui.training.schedule import vsrpp_lr, vsrpp_phase
from vsrppp_tui.training.telemetry import AdaptiveReading


class AdaptiveController(Controller):
    """Steers loss weights and clip, and lowers the learning rate at each plateau."""

    def __init__(
        self, config: AdaptiveConfig, loss: HybridLoss, device: torch.device, tell: Tell
    ) -> None:
        self._system = AdaptiveSystem(config)
        self._on = config.adaptive  # the key waits for a restart
        self._loss = loss
        self._tell = tell
        names = (*loss.names, *loss.measures, "norm")  # as a row begins
        self._l1, self._sharpness = names.index("L1"), names.index("Sharpness")
        self._norm = len(names) - 1
        self._late = LateValues(len(names), device)
        self._columns = len(names)
        self._taken = 0  # the newest step whose values have been taken
        self._phase = ""

    def decide(self, step: int, config: RunConfig) -> Decision:
        """Take what is known by now, and decide."""
        assert isinstance(config, AdaptiveConfig)
        self._take_until(step - LAG, config)
        self._loss.set_weights(*self._system.weights)
        phase = vsrpp_phase(step, config, self._system.rate_factor)
        if self._phase == "warmup" and phase != "warmup":
            self._tell("schedule", f"warm-up complete, now {phase}", "info", {})
        self._phase = phase
        clip = self._system.clip if self._on else config.grad_clip
        return Decision(self.learning_rate(step, config), phase, clip, self._reading(clip, step))

    def learning_rate(self, step: int, config: RunConfig) -> float:
        """Warm-up, cosine, and the factor of the plateaus so far."""
        assert isinstance(config, AdaptiveConfig)
        return vsrpp_lr(step, config, self._system.rate_factor)

    def note(self, step: int, row: Tensor) -> None:
        """Begin to copy losses, measures and gradient norm."""
        self._late.note(step, row[: self._columns])

    def state(self, step: int) -> dict[str, Any]:
        """The state machine, and the values that it has not taken yet."""
        return {
            "system": self._system.state(),
            "taken": self._taken,
            "values": self._late.newest(step),
            "phase": self._phase,
        }

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Go on exactly as the run would have."""
        self._system.restore(state["system"])
        self._taken, self._phase = state["taken"], state["phase"]
        self._late.restore(step, state["values"])
        self._loss.set_weights(*self._system.weights)

    def _take_until(self, last: int, config: AdaptiveConfig) -> None:
        while self._taken < last:
            self._taken += 1
            values = self._late.of(self._taken)
            happenings = self._system.take(
                self._taken,
                values[self._l1],
                values[self._sharpness],
                values[self._norm],
                config,
            )
            for happening in happenings:
                self._tell(happening.kind, happening.text, happening.level, happening.data)

    def _reading(self, clip: float, step: int) -> AdaptiveReading:
        system = self._system
        l1, ms, grad = system.weights
        return AdaptiveReading(
            weights={"L1": l1, "MS": ms, "Grad": grad},
            clip=clip,
            on=self._on,
            aggressive=system.aggressive,
            aggressive_steps=step - (system.aggressive_since or step),
            sharpness=system.sharpness,
            plateaus=system.plateaus,
            rate_factor=system.rate_factor,
        )
