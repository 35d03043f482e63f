"""Batches on their way to a GPU: uint8, through pinned buffers, on a stream of their own.

A copy from ordinary memory makes the host wait; one from page-locked ("pinned") memory does not, and on
another stream than the network's it runs while the network still computes the step before. Three things
must then not overtake one another, each of them seen to by an event:

- the network reads a device buffer only when its copy is done (its stream waits, not the host);
- the copy overwrites a device buffer only when the network has read what it held before;
- the host refills a pinned buffer only when the copy out of it is done. There are several, used in turns,
  so that this is long past: the host waits only where the device is behind by all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from vsrppp_tui.data.batch import Batch

SLOTS = 3
"""Buffers of a ring: one that is read, one that is copied, one that the host fills."""


class HostBuffers:
    """Memory of the host for the two pictures of a batch; grows to the largest batch seen."""

    def __init__(self, *, pinned: bool) -> None:
        self._pinned = pinned
        self._bytes = [torch.empty(0, dtype=torch.uint8)] * 2

    def fill(self, batch: Batch) -> Batch:
        """The same batch in these buffers; valid until the next call."""
        pictures = (batch.lr_BTHWC, batch.gt_BHWC)
        lr, gt = (self._room(n, each).copy_(each) for n, each in enumerate(pictures))
        return replace(batch, lr_BTHWC=lr, gt_BHWC=gt)

    def _room(self, number: int, picture: Tensor) -> Tensor:
        size = picture.numel()
        if self._bytes[number].numel() < size:
            self._bytes[number] = torch.empty(size, dtype=torch.uint8, pin_memory=self._pinned)
        return self._bytes[number][:size].view(picture.shape)


class Copier(Protocol):
    """What moves one slot's batches to the device, and knows how far that is."""

    def wait_until_copied(self) -> None:
        """Let the host wait until the last copy out of the pinned buffers is done."""
        ...

    def copy(self, staged: Batch) -> Batch:
        """Begin to copy, behind whatever still reads the slot; the network's stream waits for it."""
        ...

    def release(self) -> None:
        """All that reads the last copy has been queued on the current stream."""
        ...


@dataclass(slots=True)
class _Slot:
    host: HostBuffers
    copier: Copier


class StagingRing:
    """Brings batches to a device, one slot after another.

    Args:
        make_copier: makes what moves the batches of one slot.
        pinned: whether the host's buffers are page-locked; needs a GPU.
    """

    def __init__(
        self, make_copier: Callable[[], Copier], *, slots: int = SLOTS, pinned: bool = True
    ) -> None:
        self._slots = [_Slot(HostBuffers(pinned=pinned), make_copier()) for _ in range(slots)]
        self._next = 0

    @contextmanager
    def bring(self, batch: Batch) -> Iterator[Batch]:
        """The batch on the device, for what the block queues on the current stream.

        The batch that is handed over is the host's again at once. What the block has made of the
        device's copy stays; the copy itself is overwritten some batches later.
        """
        slot = self._slots[self._next]
        self._next = (self._next + 1) % len(self._slots)
        slot.copier.wait_until_copied()
        try:
            yield slot.copier.copy(slot.host.fill(batch))
        finally:  # where the device's memory has run out, too
            slot.copier.release()


class CudaCopier:
    """Copies to buffers of its own on a GPU.

    Args:
        device: the GPU.
        stream: the copies' own, shared by the slots of a ring.
    """

    def __init__(self, device: torch.device, stream: torch.cuda.Stream) -> None:
        self._device = device
        self._stream = stream
        self._bytes = [torch.empty(0, dtype=torch.uint8, device=device)] * 2
        self._copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._read = torch.cuda.Event()  # type: ignore[no-untyped-call]

    def wait_until_copied(self) -> None:
        self._copied.synchronize()  # returns at once where nothing was ever recorded

    def copy(self, staged: Batch) -> Batch:
        with torch.cuda.stream(self._stream):
            self._stream.wait_event(self._read)
            pictures = (staged.lr_BTHWC, staged.gt_BHWC)
            lr, gt = (
                self._room(number, each).copy_(each, non_blocking=True)
                for number, each in enumerate(pictures)
            )
            self._copied.record(self._stream)
        torch.cuda.current_stream(self._device).wait_event(self._copied)
        return replace(staged, lr_BTHWC=lr, gt_BHWC=gt)

    def release(self) -> None:
        self._read.record(torch.cuda.current_stream(self._device))

    def _room(self, number: int, picture: Tensor) -> Tensor:
        size = picture.numel()
        if self._bytes[number].numel() < size:
            # The memory goes back to the copies' stream, which knows nothing of who still reads it.
            self._read.synchronize()
            self._bytes[number] = torch.empty(size, dtype=torch.uint8, device=self._device)
        return self._bytes[number][:size].view(picture.shape)


def cuda_ring(device: torch.device) -> StagingRing:
    """A ring for a GPU, with a stream of its own."""
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return StagingRing(lambda: CudaCopier(device, stream))
