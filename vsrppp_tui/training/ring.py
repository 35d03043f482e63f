"""Per-step scalars wait on the device and come to the host in blocks, without stopping it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(slots=True)
class _Copy:
    host: Tensor  # [rows, columns]
    done: torch.cuda.Event | None


class MetricRing:
    """Collects one row of float32 scalars a step on the device.

    `start_copy` begins one asynchronous copy of all rows since the last; `take` hands the rows over
    once the copy has arrived. Rows come out in the order of steps, without gaps.
    """

    def __init__(self, columns: int, device: torch.device, capacity: int = 256) -> None:
        self._rows = torch.zeros(capacity, columns, device=device)
        self._filled = 0
        self._copy: _Copy | None = None

    @property
    def is_full(self) -> bool:
        """Whether a copy must be taken before the next `push`."""
        return self._filled == self._rows.shape[0]

    @property
    def copying(self) -> bool:
        """Whether a copy is under way that `take` has not handed over."""
        return self._copy is not None

    def push(self, row: Tensor) -> None:
        """Append a row [columns] on the device; no host sync."""
        assert not self.is_full, "the ring is full: copy and take before the next step"
        self._rows[self._filled].copy_(row)
        self._filled += 1

    def start_copy(self) -> None:
        """Begin to copy the rows since the last copy; does nothing while one is under way."""
        if self._copy is not None or self._filled == 0:
            return
        waiting = self._rows[: self._filled]
        if waiting.is_cuda:
            host = torch.empty(waiting.shape, dtype=waiting.dtype, pin_memory=True)
            host.copy_(waiting, non_blocking=True)
            done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            done.record()
            # Later pushes overwrite the ring on the same stream, so behind this copy.
            self._copy = _Copy(host, done)
        else:
            self._copy = _Copy(waiting.clone(), None)
        self._filled = 0

    def take(self, *, wait: bool = False) -> list[list[float]]:
        """Rows of the finished copy; empty while it is under way, unless `wait`."""
        if self._copy is None:
            return []
        if self._copy.done is not None:
            if wait:
                self._copy.done.synchronize()
            elif not self._copy.done.query():  # type: ignore[no-untyped-call]
                return []
        rows: list[list[float]] = self._copy.host.tolist()
        self._copy = None
        return rows
