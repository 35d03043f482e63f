"""Scalars of each step on their way to the host, read a fixed number of steps late.

A decision that follows from a step's values is a function of the step alone: it never depends on when a
copy arrives, and the host never waits for a step under way.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

LAG = 4
"""Steps after which the values of a step are read."""
_KEPT = LAG + 1


class LateValues:
    """The values of the newest `LAG` + 1 steps; zeros where there was no such step."""

    def __init__(self, columns: int, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self._rows = torch.zeros(_KEPT, columns, pin_memory=self._on_gpu)  # of step k at k % _KEPT
        self._copied: list[torch.cuda.Event | None] = [None] * _KEPT

    def note(self, step: int, values: Tensor) -> None:
        """Begin to copy the values of `step`: [columns], on the device. Waits for nothing."""
        slot = step % _KEPT
        self._rows[slot].copy_(values, non_blocking=True)
        if self._on_gpu:
            copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
            copied.record()
            self._copied[slot] = copied

    def of(self, step: int) -> list[float]:
        """The values of one of the newest steps; waits for its copy alone."""
        slot = step % _KEPT
        copied = self._copied[slot]
        if copied is not None:
            copied.synchronize()
        values: list[float] = self._rows[slot].tolist()
        return values

    def newest(self, step: int) -> list[list[float]]:
        """The values of `step` - LAG to `step`, for a checkpoint of `step`; waits for the device."""
        return [self.of(past) for past in range(step - LAG, step + 1)]

    def restore(self, step: int, rows: Sequence[Sequence[float]]) -> None:
        """Take over what `newest` gave for `step`."""
        self.forget()
        for past, values in zip(range(step - LAG, step + 1), rows, strict=True):
            self._rows[past % _KEPT] = torch.tensor(values)

    def forget(self) -> None:
        """Zeros again."""
        for copied in self._copied:  # a late copy would come after the zeros
            if copied is not None:
                copied.synchronize()
        self._copied = [None] * _KEPT
        self._rows.zero_()
