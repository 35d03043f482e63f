"""How large a micro-batch may be: halved when the device runs out of memory.

The samples that make one step, their order and, to rounding, their gradients stay what they were: a
batch is cut into pieces whose gradients add up to its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from vsrppp_tui.config.key import Effect
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.errors import TrainingFailed
from vsrppp_tui.training.precision import Precision, describe_device


@dataclass(frozen=True, slots=True)
class Cut:
    """Micro-batches of one size of patches were cut from `before` samples to `after`."""

    before: int
    after: int


class MicroBatchLimit:
    """The most samples that go through the network at once; none until the memory has run out.

    Each size of patches has a limit of its own, so that a change of the format forgets nothing.
    """

    def __init__(self) -> None:
        self._most: dict[str, int] = {}
        self._cut: Cut | None = None

    def of(self, batch: Batch) -> int:
        """The most samples of such a batch that go through at once, 1 to all of them."""
        samples = len(batch.turns)
        return min(samples, self._most.get(_size(batch), samples))

    def cut(self, batch: Batch) -> Iterator[tuple[Batch, float]]:
        """The pieces of a batch, in the order of its samples, each with its share of them (0..1]."""
        samples, step = len(batch.turns), self.of(batch)
        for start in range(0, samples, step):
            end = min(start + step, samples)
            yield _piece(batch, start, end), (end - start) / samples

    def halve(self, batch: Batch) -> None:
        """A micro-batch of this batch did not fit.

        Raises:
            TrainingFailed: it was of one sample.
        """
        size = self.of(batch)
        if size == 1:
            raise TrainingFailed(
                "Out of memory: not even one sample at a time fits on the device. Take smaller "
                "patches (LR_CROP), a smaller network, or free the device's memory."
            )
        half = -(-size // 2)
        self._most[_size(batch)] = half
        self._cut = Cut(self._cut.before if self._cut is not None else size, half)

    def take_cut(self) -> Cut | None:
        """What `halve` has done since the last call."""
        cut, self._cut = self._cut, None
        return cut

    def forget(self) -> None:
        """Try whole batches again."""
        self._most.clear()

    def state(self, basis: list[Any]) -> dict[str, Any]:
        """Plain values for a checkpoint; `basis` is that of `limit_basis`."""
        return {"most": dict(self._most), "basis": basis}

    def restore(self, state: Mapping[str, Any], basis: list[Any]) -> None:
        """Take over what `state` gave, unless it was found on another basis."""
        self._most = dict(state["most"]) if state["basis"] == basis else {}


def limit_basis(config: RunConfig, device: torch.device, precision: Precision) -> list[Any]:
    """What a limit may depend on that can be another after a restart, beside the size of the patches."""
    name = describe_device(device) if device.type == "cuda" else device.type
    values, infos = config.to_file(), type(config).keys()
    waited = [values[key] for key, info in infos.items() if info.effect is Effect.RESTART]
    return [*waited, precision.name, name]


def release(device: torch.device) -> None:
    """Give memory that is cached and not in use back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _size(batch: Batch) -> str:
    """Frames, height and width of the LR patches, such as ``7x180x180``."""
    return "x".join(str(side) for side in batch.lr_BTHWC.shape[1:4])


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
