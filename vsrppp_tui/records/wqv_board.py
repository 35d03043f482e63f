"""The TensorBoard tags of the recipe `wqv`, which has names of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.records.tensorboard import TensorBoardRecord
from vsrppp_tui.training.telemetry import Event, StepRow, ValidationResult

_LOSSES = {"Total": "train/loss", "L1": "train/l1", "Perceptual": "train/perceptual"}
_PICTURES = "comparison/lr_sr_hr"


class WqvBoard(TensorBoardRecord):
    """Losses and learning rate, PSNR of validations and of the test, and pictures between them."""

    def on_validation(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]]
    ) -> None:
        self._write_scalars({"val/psnr": result.network.psnr}, result.step, result.time)
        self._writer.flush()

    def on_pictures(self, step: int, time: float, pictures: Sequence[NDArray[np.uint8]]) -> None:
        self._write_pictures(_PICTURES, pictures, step, time)
        self._writer.flush()

    def on_event(self, event: Event) -> None:
        if event.kind == "test":
            self._write_scalars({"test/psnr": event.data["psnr"]}, event.step, event.time)
        elif event.kind == "rollback":
            self._go_back(event)
        self._writer.flush()

    def _write_row(self, row: StepRow) -> None:
        tags = {_LOSSES[name]: value for name, value in row.losses.items()}
        self._write_scalars({**tags, "train/lr": row.lr}, row.step, row.time)
