"""How large a micro-batch may be: halved when the device runs out of memory.

The samples that make one step, their order and, to rounding, their gradients stay what they were: a
batch is cut into pieces whose gradients add up to its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.errors import TrainingFailed
from vsrppp_tui.training.precision import Precision, describe_device


class MicroBatchLimit:
    """The most samples that go through the network at once; none until the memory has run out."""

    def __init__(self) -> None:
        self.most: int | None = None

    def pieces(self, samples: int) -> int:
        """Into how many pieces a batch of so many samples is cut."""
        return 1 if self.most is None else -(-samples // self.most)

    def cut(self, batch: Batch) -> Iterator[tuple[Batch, float]]:
        """The pieces of a batch, in the order of its samples, each with its share of them (0..1]."""
        samples = len(batch.turns)
        step = samples if self.most is None else self.most
        for start in range(0, samples, step):
            end = min(start + step, samples)
            yield _piece(batch, start, end), (end - start) / samples

    def halve(self, samples: int) -> None:
        """A micro-batch of a batch of so many samples did not fit.

        Raises:
            TrainingFailed: it was of one sample.
        """
        size = samples if self.most is None else min(samples, self.most)
        if size == 1:
            raise TrainingFailed(
                "Out of memory: not even one sample at a time fits on the device. Take smaller "
                "patches (LR_CROP), a smaller network (N_FEATS, N_BLOCKS), or free the device's memory."
            )
        self.most = -(-size // 2)

    def forget(self) -> None:
        """Try whole batches again."""
        self.most = None

    def state(self, basis: list[Any]) -> dict[str, Any]:
        """Plain values for a checkpoint; `basis` is that of `limit_basis`."""
        return {"most": self.most, "basis": basis}

    def restore(self, state: Mapping[str, Any], basis: list[Any]) -> None:
        """Take over what `state` gave, unless it was found on another basis."""
        self.most = state["most"] if state["basis"] == basis else None


def limit_basis(config: RunConfig, device: torch.device, precision: Precision) -> list[Any]:
    """What a limit depends on that may be another after a restart: patch size, arithmetic, device."""
    name = describe_device(device) if device.type == "cuda" else device.type
    return [config.lr_crop, precision.name, name]


def release(device: torch.device) -> None:
    """Give memory that is cached and not in use back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _piece(batch: Batch, start: int, end: int) -> Batch:
    if (start, end) == (0, len(batch.turns)):
        return batch
    return replace(
        batch,
        lr_BTHWC=batch.lr_BTHWC[start:end],
        gt_BHWC=batch.gt_BHWC[start:end],
        turns=batch.turns[start:end],
        position=batch.position + start,
    )
