"""A batch of samples as it travels from a loader's worker to the device."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

Turn = tuple[bool, bool, int]
"""Horizontal flip, vertical flip, quarter turns counter-clockwise; see `augment.turn_samples`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive samples of one format, not augmented yet.

    Attributes:
        lr_BTHWC: uint8 RGB LR frames.
        gt_BHWC: uint8 RGB targets, SCALE times as high and wide.
        turns: how each sample is to be flipped and turned.
        position: of the first sample, counted for its format since the run began.
        skipped: unreadable files that were passed over for this batch, relative to the dataset's root.
        weight: see `Portion`.
    """

    lr_BTHWC: Tensor
    gt_BHWC: Tensor
    turns: list[Turn]
    position: int
    skipped: tuple[str, ...] = ()
    weight: float = 1.0
