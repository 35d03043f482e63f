"""Applying a network to pictures of any size: at once, or in tiles where memory is short.

Shapes: T frames, H x W the input's size, S the scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vsrppp_tui.deploy.architectures import architecture_of
from vsrppp_tui.deploy.memory import bytes_per_pixel, free_bytes, is_out_of_memory
from vsrppp_tui.deploy.tiles import Span, central, grid
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network

Pixels = NDArray[Any]
"""[H, W, 3] RGB, uint8 or uint16."""

LEAST_TILE = 16
EXACT_REACH = 64
"""Up to this radius of the receptive field, tiles overlap by all of it: then they are exact."""

SEEN_DIFFERENCE = 1 / 2048
"""An eighth of a step of 8 bits: what a larger overlap may change, of 1, for a smaller one to do."""

_FIRST_OVERLAP = 32
_FIRST_TILE = 64  # the least that the estimate of the memory chooses; running out of it goes lower


class MemoryTooSmall(UserError):
    """Not even the smallest tiles fit: no picture can be enlarged."""


class Enlarger:
    """One network on one device.

    Where the memory does not do for a whole picture, it is cut into square tiles. Each is read with an
    overlap: of the radius of the receptive field up to `EXACT_REACH` pixels, and the result is then that
    of the whole picture. An RRDB network of 23 blocks has a radius of 349 pixels, but what lies farther
    away than a few dozen changes nothing visible: there the overlap begins at 32 and doubles until twice
    as much changes the tile in the middle of the first picture by less than `SEEN_DIFFERENCE`.
    """

    def __init__(self, network: Network, device: torch.device, tile: int | None = None) -> None:
        """`tile`: side of the tiles in pixels of the input; None: in one piece as far as memory does."""
        self._network = network.to(device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device
        self._reach = architecture_of(network).reach(network)
        self._overlap = self._reach if self._reach <= EXACT_REACH else None
        self._tile = None if tile is None else _even(tile)
        self._cost = bytes_per_pixel(network)

    @property
    def frames(self) -> int:
        """T, how many pictures `enlarge` takes."""
        return self._network.frames

    @property
    def scale(self) -> int:
        """S."""
        return self._network.scale

    @property
    def tile(self) -> int | None:
        """Side of the tiles; None while pictures are enlarged in one piece."""
        return self._tile

    @property
    def overlap(self) -> int | None:
        """By how many pixels tiles overlap; None while that is not measured."""
        return self._overlap

    def enlarge(self, frames: Sequence[Pixels]) -> Pixels:
        """Enlarge the frame in the middle of T, each [H, W, 3], to [S*H, S*W, 3] of the same type.

        Raises:
            MemoryTooSmall: not even the smallest tiles fit into the memory.
        """
        height, width = frames[0].shape[:2]
        while True:
            self._make_fit(height, width)
            try:
                return self._apply(frames)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
            # Outside the handler: the error's traceback would keep the tensors alive.
            self._halve(max(height, width))

    def enlarge_still(self, picture: Pixels) -> Pixels:
        """Enlarge a picture that stands alone: every one of the T frames is it."""
        return self.enlarge([picture] * self.frames)

    def _make_fit(self, height: int, width: int) -> None:
        """Choose tiles where the picture is too large for the memory that is free."""
        pixels = free_bytes(self._device) / self._cost
        if self._tile is None and height * width > pixels:
            margin = 2 * (self._overlap or _FIRST_OVERLAP)
            self._tile = max(_FIRST_TILE, _even(math.isqrt(int(pixels)) - margin))

    def _halve(self, longest: int) -> None:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        side = min(self._tile or longest, longest)
        if side <= LEAST_TILE:
            raise MemoryTooSmall(
                f"The memory of {self._device} does not do for tiles of {side} pixels: end other programs "
                "there, or use --device cpu."
            )
        self._tile = max(LEAST_TILE, _even(side // 2))

    def _apply(self, frames: Sequence[Pixels]) -> Pixels:
        height, width = frames[0].shape[:2]
        if self._tile is None or self._tile >= max(height, width):
            return self._forward(frames, Span(0, height), Span(0, width), 0)
        if self._overlap is None:
            self._overlap = self._measure_overlap(frames, self._tile)
        output = np.empty((height * self.scale, width * self.scale, 3), frames[0].dtype)
        for rows, columns in grid(height, width, self._tile):
            place = rows.times(self.scale).slice, columns.times(self.scale).slice
            output[place] = self._forward(frames, rows, columns, self._overlap)
        return output

    def _measure_overlap(self, frames: Sequence[Pixels], side: int) -> int:
        rows, columns = central(frames[0].shape[0], frames[0].shape[1], side)
        overlap = _FIRST_OVERLAP
        near = self._core(frames, rows, columns, overlap)
        while overlap < self._reach:
            far = self._core(frames, rows, columns, 2 * overlap)
            if (far - near).abs().max().item() <= SEEN_DIFFERENCE:
                return overlap
            near, overlap = far, 2 * overlap
        return _even(self._reach + 1)

    def _forward(self, frames: Sequence[Pixels], rows: Span, columns: Span, overlap: int) -> Pixels:
        core_CHW = self._core(frames, rows, columns, overlap)
        most = np.iinfo(frames[0].dtype).max
        core_HWC = core_CHW.clamp(0, 1).mul(most).round_().permute(1, 2, 0)
        return core_HWC.to("cpu", torch.int32).numpy().astype(frames[0].dtype)

    def _core(self, frames: Sequence[Pixels], rows: Span, columns: Span, overlap: int) -> Tensor:
        """The network's output for one tile, [3, S*h, S*w] on the device, without its overlap."""
        height, width = frames[0].shape[:2]
        read_rows, read_columns = rows.widened(overlap, height), columns.widened(overlap, width)
        parts = [frame[read_rows.slice, read_columns.slice] for frame in frames]
        with torch.inference_mode():
            enlarged_CHW: Tensor = self._network(self._to_device(parts))[0]
        scale = self.scale
        down = rows.times(scale).within(read_rows.times(scale))
        across = columns.times(scale).within(read_columns.times(scale))
        return enlarged_CHW[:, down, across].float()

    def _to_device(self, parts: Sequence[Pixels]) -> Tensor:
        """[1, T, 3, h, w] in [0, 1], or [1, 3, h, w] where T is 1; channels last in memory."""
        stack_THWC = torch.from_numpy(np.stack(parts)).to(self._device)
        scaled_THWC = stack_THWC.float().div_(np.iinfo(parts[0].dtype).max)
        lr_TCHW = scaled_THWC.permute(0, 3, 1, 2)
        return lr_TCHW if self.frames == 1 else lr_TCHW[None]


def _even(side: int) -> int:
    """Tiles begin at even pixels: an x2 network takes its input in groups of two."""
    return max(2, side - side % 2)
