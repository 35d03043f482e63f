"""The end of both video networks, three linear layers in a row, computed as one.

The same function of the same parameters: each forward composes the weights of the one layer from those of
the three, in their own precision whatever autocast says, and gradients flow back through the composition.
Names, checkpoints, the optimizer and the running average know nothing of it.

Shapes: B samples, C feature channels, H x W the low-resolution size, N one of the two. LR and HR are the
sizes before and after PixelShuffle; a sub-pixel is one of the three HR pixels along an axis of an LR pixel.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SCALE = 3


class FoldedTail(nn.Sequential):
    """``conv 3x3 to 9C -> PixelShuffle(3) -> conv 3x3 to RGB`` as one 5x5 convolution to 27 channels at LR.

    Made of those three layers, under the same names. The map of C channels at HR, the largest of the whole
    network, never exists.

    Exact up to the border too: the last of the three reads zeros beyond the HR picture, where the single
    one finds what the first convolution would have given there. Only the outermost HR pixels read that
    far; what they read too much is taken off them again.
    """

    places: Tensor

    def __init__(self, tail: nn.Sequential) -> None:
        """`tail`: the three layers, which become this one's own."""
        super().__init__(*tail)
        self.register_buffer("places", _places(), persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to [B, 3, 3H, 3W]."""
        first, _, last = self
        assert isinstance(first, nn.Conv2d)
        assert isinstance(last, nn.Conv2d)
        with torch.autocast(x_BCHW.device.type, enabled=False):
            kernel, bias = self._compose(first, last)
        enlarged = F.pixel_shuffle(F.conv2d(x_BCHW, kernel, bias, padding=2), SCALE)
        _take_off_borders(enlarged, x_BCHW, first, last)
        return enlarged

    def _compose(self, first: nn.Conv2d, last: nn.Conv2d) -> tuple[Tensor, Tensor]:
        """Kernel [27, C, 5, 5] and bias [27]; channels of the output are (colour, sub-pixel)."""
        c = first.in_channels
        # Of every colour, tap of the last, sub-pixel and tap of the first: what comes along that path.
        to_rgb = last.weight.permute(0, 2, 3, 1).reshape(27, c)
        to_subpixels = first.weight.permute(0, 2, 3, 1).reshape(c, 81 * c)
        paths = (to_rgb @ to_subpixels).view(3, *(3, 3) * 3, c).permute(0, 1, 3, 5, 2, 4, 6, 7)
        rows = self.places @ paths.reshape(3, 27, 27 * c)
        taps = (self.places @ rows.view(45, 27, c)).view(3, 3, 5, 3, 5, c)
        kernel = taps.transpose(2, 3).reshape(27, 5, 5, c).permute(0, 3, 1, 2)
        return kernel, self._compose_bias(to_rgb, first, last)

    def _compose_bias(self, to_rgb: Tensor, first: nn.Conv2d, last: nn.Conv2d) -> Tensor:
        assert first.bias is not None
        assert last.bias is not None
        # Where a path begins does not matter to what is the same everywhere: any one tap will do.
        places = self.places.view(3, 5, 9, 3)[..., 0].sum(1)
        paths = (to_rgb @ first.bias.view(-1, 9)).view(3, 3, 3, 3, 3).transpose(2, 3)
        bias = places @ paths.reshape(3, 9, 9) @ places.T
        return (bias + last.bias.view(3, 1, 1)).flatten()


def _places() -> Tensor:
    """Along one axis, where paths through both convolutions lead: 0 or 1, float32 [15, 27].

    A column is a path: tap of the last convolution, sub-pixel that it reads, tap of the first convolution
    that makes it. A row is a place in the composed kernel: sub-pixel of the output, and which of five taps.
    """
    places = torch.zeros(3, 5, 3, 3, 3)
    for last_tap, read, first_tap in product(range(3), repeat=3):
        # HR pixel `given` of an LR pixel reads sub-pixel `read` of one that lies `away` from it.
        given = (read - last_tap + 1) % SCALE
        away = (given + last_tap - 1) // SCALE
        places[given, away + first_tap + 1, last_tap, read, first_tap] = 1.0
    return places.view(15, 27)


def _take_off_borders(enlarged: Tensor, x_BCHW: Tensor, first: nn.Conv2d, last: nn.Conv2d) -> None:
    """Subtract in place what the outermost pixels of `enlarged` [B, 3, 3H, 3W] read beyond the picture."""
    assert first.bias is not None
    c = first.in_channels
    weight = first.weight.view(c, 3, 3, c, 3, 3)
    bias = first.bias.view(c, 3, 3)
    above, below = _read_beyond(x_BCHW, weight, bias, last.weight, corners=True)
    # The corners went with the rows: columns take off what they read beside the picture alone.
    weight, bias = weight.permute(0, 2, 1, 3, 5, 4), bias.transpose(1, 2)
    left, right = _read_beyond(x_BCHW.mT, weight, bias, last.weight.mT, corners=False)
    enlarged[:, :, 0] -= above
    enlarged[:, :, -1] -= below
    enlarged[..., 0] -= left
    enlarged[..., -1] -= right


def _read_beyond(
    x_BCHW: Tensor, weight: Tensor, bias: Tensor, to_rgb: Tensor, *, corners: bool
) -> tuple[Tensor, Tensor]:
    """What the first and the last HR row read from the HR row beyond them, both [B, 3, 3W].

    Args:
        x_BCHW: input of the tail.
        weight: of the first convolution, [C, sub-pixel down, sub-pixel across, C, 3, 3].
        bias: of the first convolution, [C, sub-pixel down, sub-pixel across].
        to_rgb: weight of the last convolution.
        corners: whether the row beyond has an HR pixel more at either end than the picture.
    """
    extra = int(corners)
    found = []
    # Row, its tap that lies in the picture, sub-pixel beyond that touches it, tap that reads that one.
    for row, tap, subpixel, reader in ((0, 2, 2, 0), (-1, 0, 0, 2)):
        beyond = F.conv1d(
            x_BCHW[:, :, row],
            weight[:, subpixel, :, :, tap].flatten(0, 1),
            bias[:, subpixel].flatten(),
            padding=1 + extra,
        )
        hr_BCN = (
            beyond.reshape(beyond.shape[0], -1, SCALE, beyond.shape[-1]).transpose(2, 3).flatten(2)
        )
        hr_BCN = hr_BCN[..., 2:-2] if corners else hr_BCN
        found.append(F.conv1d(hr_BCN, to_rgb[:, :, reader], padding=1 - extra))
    return found[0], found[1]
