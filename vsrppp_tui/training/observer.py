"""Who listens to the engine: records, the link, headless output. None of them can stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsrppp_tui.training.telemetry import Event, Snapshot, StepRow, ValidationResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Observer:
    """Does nothing by itself; override what is of interest. Called in the engine's thread.

    What a method raises is caught by the engine: the observer is dropped and a warning says so.
    """

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        """Scalars of every step since the last call, in order and without gaps."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """The newest state."""

    def on_event(self, event: Event) -> None:
        """Something happened."""

    def on_validation(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]]
    ) -> None:
        """A validation ended; `pictures` are LR | KI | GT side by side, each [H, W, 3] RGB."""

    def on_pictures(self, step: int, time: float, pictures: Sequence[NDArray[np.uint8]]) -> None:
        """Comparison pictures of a step, as those of a validation; `time` in Unix seconds."""

    def on_close(self) -> None:
        """The run has ended; flush and let go of files."""
