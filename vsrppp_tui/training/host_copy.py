"""A copy of the state of a run on the host, in buffers that one save hands on to the next."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

_Place = tuple[Any, ...]  # the keys that lead to a tensor


class HostCopy:
    """Copies states of one run; each copy takes the place of the one before.

    Allocating 100 MB anew costs more than copying them: the pages of fresh memory come one by one.
    """

    def __init__(self) -> None:
        self._buffers: dict[_Place, Tensor] = {}
        self._gpu: torch.device | None = None  # where the state of the present call lies

    def take(self, state: dict[str, Any]) -> dict[str, Any]:
        """A snapshot that nothing which happens to `state` afterwards can change.

        Tensors on a GPU are copied to pinned memory without waiting for each; the host then waits once.
        The result is valid until the next call.
        """
        self._gpu = None
        copied: dict[str, Any] = self._copied(state, ())
        if self._gpu is not None:
            arrived = torch.cuda.Event()
            arrived.record(torch.cuda.current_stream(self._gpu))
            arrived.synchronize()
        return copied

    def _copied(self, value: Any, place: _Place) -> Any:
        if isinstance(value, Tensor):
            if value.is_cuda:
                self._gpu = value.device
            return self._buffer(value, place).copy_(value.detach(), non_blocking=True)
        if isinstance(value, dict):
            copied = copy.copy(value)  # of the same class: a state dict has versions of its modules
            for key, item in value.items():
                copied[key] = self._copied(item, (*place, key))
            return copied
        if isinstance(value, list | tuple):
            items = [self._copied(item, (*place, n)) for n, item in enumerate(value)]
            return items if isinstance(value, list) else tuple(items)
        return value

    def _buffer(self, tensor: Tensor, place: _Place) -> Tensor:
        """The buffer of a place; a new one at the first time, and when the tensor is another."""
        buffer = self._buffers.get(place)
        if buffer is None or not _fits(buffer, tensor):
            buffer = torch.empty_like(tensor, device="cpu", pin_memory=tensor.is_cuda)
            self._buffers[place] = buffer
        return buffer


def _fits(buffer: Tensor, tensor: Tensor) -> bool:
    return (
        buffer.dtype == tensor.dtype
        and buffer.shape == tensor.shape
        and buffer.stride() == tensor.stride()
    )
