"""From a uint8 batch on the host to what the network takes: moved, flipped, turned, then made float."""

from __future__ import annotations

import torch
from torch import Tensor

from vsrppp_tui.data.batch import Batch, Turn


def to_network_input(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor]:
    """Bring a batch to a device and augment it there.

    A sample's frames and its target are flipped and turned alike. The bytes travel as uint8, a quarter
    of float32; a batch that is there already (`staging`) is not copied.

    Returns:
        LR frames [B, T, 3, H, W] and targets [B, 3, 3H, 3W], float32 in [0, 1]. The channels are
        innermost in memory, so that every frame is `torch.channels_last` already.
    """
    lr_BTHWC, gt_BHWC = batch.lr_BTHWC.to(device), batch.gt_BHWC.to(device)
    lr_BTCHW = turn_samples(lr_BTHWC, batch.turns).permute(0, 1, 4, 2, 3)
    gt_BCHW = turn_samples(gt_BHWC, batch.turns).permute(0, 3, 1, 2)
    return _to_unit(lr_BTCHW), _to_unit(gt_BCHW)


def turn_samples(pictures: Tensor, turns: list[Turn]) -> Tensor:
    """Flip and turn each sample of [B, ..., H, W, C] as its entry of `turns` says.

    The order is: horizontal flip, vertical flip, then quarter turns counter-clockwise (as
    `torch.rot90`). Quarter turns by an odd number need H = W.
    """
    if not any(hflip or vflip or quarters for hflip, vflip, quarters in turns):
        return pictures
    turned = torch.empty_like(pictures)
    for sample, turn in enumerate(turns):
        turned[sample].copy_(_turned(pictures[sample], turn))
    return turned


def _turned(picture: Tensor, turn: Turn) -> Tensor:
    """One flip over both sides at most, then a transposed view: a picture is copied once."""
    hflip, vflip, quarters = turn
    flip_columns = hflip != (quarters in (1, 2))
    flip_rows = vflip != (quarters in (2, 3))
    sides = [side for side, flip in ((-3, flip_rows), (-2, flip_columns)) if flip]
    flipped = torch.flip(picture, sides) if sides else picture
    return flipped.transpose(-3, -2) if quarters % 2 else flipped


def _to_unit(values: Tensor) -> Tensor:
    # A division, not a product with 1/255: 255 becomes exactly 1 on every device.
    return values.to(torch.float32).div_(255.0)
