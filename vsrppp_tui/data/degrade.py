"""Making LR frames from GT pictures: antialiased bicubic x1/3, and sub-pixel shifts for a still picture."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.data.stacks import Picture


def reduce_to_lr(gt_BHWC: Picture) -> Picture:
    """Reduce uint8 pictures [B, 3H, 3W, 3] to a third, [B, H, W, 3] uint8.

    Bicubic with a = -0.5 and the kernel widened to three pixels (antialiased), as Pillow's BICUBIC;
    values are rounded and clamped to 0..255.
    """
    return _to_uint8(_reduce(gt_BHWC))


def shifts_of(frames: int) -> list[float]:
    """Horizontal shift of each frame in LR pixels: half a pixel a frame, the middle one 0."""
    return [0.5 * (frame - frames // 2) for frame in range(frames)]


def frames_from_still(gt_HWC: Picture, frames: int) -> Picture:
    """LR frames [T, H, W, 3] for a single GT picture [3H, 3W, 3], as of a camera that pans.

    The picture is reduced first; each frame is then shifted by `shifts_of` in LR pixels, bilinear, with
    reflected borders, and rounded once.
    """
    lr_1CHW = _reduce(gt_HWC[None])
    moved = [_shift(lr_1CHW, shift) for shift in shifts_of(frames)]
    return _to_uint8(torch.cat(moved))


def _reduce(pictures_BHWC: Picture) -> torch.Tensor:
    # The channels stay innermost in memory: the kernel then runs over contiguous pixels.
    pictures_BCHW = torch.from_numpy(pictures_BHWC).permute(0, 3, 1, 2).float()
    height, width = pictures_BCHW.shape[-2:]
    return F.interpolate(
        pictures_BCHW,
        size=(height // SCALE, width // SCALE),
        mode="bicubic",
        antialias=True,
        align_corners=False,
    )


def _shift(lr_1CHW: torch.Tensor, shift: float) -> torch.Tensor:
    """Move the content `shift` pixels to the right; what comes in is the reflection at the border."""
    width = lr_1CHW.shape[-1]
    source = torch.arange(width, dtype=torch.float64) - shift
    left = source.floor()
    weight = (source - left).float()
    first = lr_1CHW[..., _reflect(left.long(), width)]
    second = lr_1CHW[..., _reflect(left.long() + 1, width)]
    return first + (second - first) * weight


def _reflect(place: torch.Tensor, width: int) -> torch.Tensor:
    """Fold places outside 0..width-1 back inside, the border pixel itself not repeated."""
    if width == 1:
        return torch.zeros_like(place)
    place = place.abs() % (2 * (width - 1))
    return torch.where(place >= width, 2 * (width - 1) - place, place)


def _to_uint8(values_BCHW: torch.Tensor) -> Picture:
    rounded = values_BCHW.round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(rounded.permute(0, 2, 3, 1).numpy())
