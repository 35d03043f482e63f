"""What a run has reached: the plain part of a checkpoint, beside weights and moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vsrppp_tui.data.mixture import DataPlace
from vsrppp_tui.training.telemetry import BestResult, ValidationResult


@dataclass(slots=True)
class Progress:
    """Where a run stands at a step boundary. All of it is in every checkpoint."""

    step: int = 0
    data: DataPlace = field(default_factory=lambda: DataPlace(0, (0,)))  # which samples come next
    epoch_values: Mapping[str, Any] = field(default_factory=dict)
    """In force of the keys that wait for the next epoch when they are edited, by their names."""
    entered_epoch: int = 0  # at whose first boundary they were last taken over
    validation: ValidationResult | None = None
    best: BestResult | None = None
    test: ValidationResult | None = None  # of the test pictures, at the end of a complete run
    training_phase: str = "pretrain"  # "finetune" when it began with --init-weights
    init_weights: str | None = None  # provenance of a fine-tuning run

    @property
    def samples_seen(self) -> int:
        """Training samples since the run began, of all formats together."""
        return sum(self.data.positions)

    def epoch(self, train_samples: int) -> int:
        """As often as all training patches have been counted through, of all formats together."""
        return self.samples_seen // train_samples

    def epoch_progress(self, train_samples: int) -> float:
        """Share of the present pass, 0..1."""
        return self.samples_seen % train_samples / train_samples

    def go_back_to(self, earlier: Progress) -> None:
        """Stand where `earlier` stood; the data go on where they are."""
        self.step = earlier.step
        self.validation, self.best, self.test = earlier.validation, earlier.best, earlier.test

    def validated(self, result: ValidationResult, *, may_be_best: bool = True) -> bool:
        """Take over a validation; True where it is the best so far, and thus worth a checkpoint."""
        self.validation = result
        if not may_be_best or not self._is_best(result):
            return False
        self.best = BestResult(result.step, result.network.quality)
        return True

    def _is_best(self, result: ValidationResult) -> bool:
        """The one place that decides: the highest quality, the earlier on a tie."""
        return self.best is None or result.network.quality > self.best.quality
