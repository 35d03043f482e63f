"""The generator of Real-ESRGAN: residual-in-residual dense blocks, one picture in, a larger one out.

Structure and parameter names are those of `RRDBNet` in BasicSR, so that files of either load in the
other (X. Wang et al., ESRGAN, 2018; Real-ESRGAN, 2021).

Shapes: B samples, C = num_feat channels, G = growth channels, H x W the low-resolution size, S = scale,
N = num_block. Pictures are RGB in [0, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_vsrppp_v2 import add_mean_size
from vsrppp_tui.models.network import Network

SCALES = (2, 4, 8)
UP_STAGES = {2: 2, 4: 2, 8: 3}
"""Doublings after the trunk, by scale: x2 halves its input first, and so doubles twice too."""

_RESIDUAL_SCALE = 0.2
_SLOPE = 0.2
_INITIAL_GAIN = 0.1  # BasicSR's `default_init_weights` of the dense blocks


def _conv(into: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(into, out, 3, padding=1)


class DenseBlock(nn.Module):
    """Five 3x3 convolutions, each reading the input and all results before it; ``x + 0.2 * conv5``."""

    def __init__(self, num_feat: int, growth: int) -> None:
        super().__init__()
        self.conv1 = _conv(num_feat, growth)
        self.conv2 = _conv(num_feat + growth, growth)
        self.conv3 = _conv(num_feat + 2 * growth, growth)
        self.conv4 = _conv(num_feat + 3 * growth, growth)
        self.conv5 = _conv(num_feat + 4 * growth, num_feat)
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4, self.conv5):
            nn.init.kaiming_normal_(conv.weight)
            with torch.no_grad():
                conv.weight.mul_(_INITIAL_GAIN)
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        known = [x_BCHW]
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            known.append(F.leaky_relu(conv(torch.cat(known, 1)), _SLOPE, inplace=True))
        return torch.add(x_BCHW, self.conv5(torch.cat(known, 1)), alpha=_RESIDUAL_SCALE)


class RRDB(nn.Module):
    """Three dense blocks in a row within another residual connection: ``x + 0.2 * blocks(x)``.

    `blocks(x)` is x and what the convolutions add to it. In training mode every forward adds the mean
    absolute value of ``0.2 * (blocks(x) - x)`` to ``activity_sum``: with x in it every block would
    read as the trunk's signal, and one whose weights are zero never as cold.
    """

    activity_sum: Tensor

    def __init__(self, num_feat: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = DenseBlock(num_feat, growth)
        self.rdb2 = DenseBlock(num_feat, growth)
        self.rdb3 = DenseBlock(num_feat, growth)
        self.register_buffer("activity_sum", torch.zeros(()), persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        inner_BCHW = self.rdb3(self.rdb2(self.rdb1(x_BCHW)))
        if self.training:
            added_BCHW = inner_BCHW.detach() - x_BCHW.detach()
            add_mean_size(self.activity_sum, added_BCHW, _RESIDUAL_SCALE)
        return torch.add(x_BCHW, inner_BCHW, alpha=_RESIDUAL_SCALE)


class RRDBNet(Network):
    """[B, 3, H, W] -> [B, 3, S*H, S*W]; the output is not clamped.

    x2 folds each 2x2 pixels of the input into channels (pixel-unshuffle) and doubles twice, x4 doubles
    twice, x8 three times (``conv_up3``). Each doubling repeats pixels, then a 3x3 convolution. For x2
    an odd side is widened by repeating its last line, and the output cut accordingly.

    Raises:
        ValueError: the scale is not 2, 4 or 8, or there is no block.
    """

    forwards: Tensor

    def __init__(
        self, scale: int, num_feat: int = 64, num_block: int = 23, growth: int = 32
    ) -> None:
        super().__init__()
        if scale not in SCALES:
            raise ValueError(f"scale must be 2, 4 or 8, not {scale}")
        if num_block < 1:
            raise ValueError(f"num_block must be at least 1, not {num_block}")
        self.scale = scale
        self.frames = 1
        self.num_feat = num_feat
        self.num_block = num_block
        self.growth = growth
        self.conv_first = _conv(12 if scale == 2 else 3, num_feat)
        self.body = nn.Sequential(*(RRDB(num_feat, growth) for _ in range(num_block)))
        self.conv_body = _conv(num_feat, num_feat)
        self.conv_up1 = _conv(num_feat, num_feat)
        self.conv_up2 = _conv(num_feat, num_feat)
        if UP_STAGES[scale] == 3:
            self.conv_up3 = _conv(num_feat, num_feat)
        self.conv_hr = _conv(num_feat, num_feat)
        self.conv_last = _conv(num_feat, 3)
        self.register_buffer("forwards", torch.zeros(()), persistent=False)

    @property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """Every RRDB, in the order of the data; their trunk is "body"."""
        return tuple((f"Block_{number + 1:02d}", "body") for number in range(self.num_block))

    def forward(self, lr_BCHW: Tensor) -> Tensor:
        """Map [B, 3, H, W] to [B, 3, S*H, S*W].

        Raises:
            ValueError: the input is not RGB pictures.
        """
        if lr_BCHW.ndim != 4 or lr_BCHW.shape[1] != 3:
            raise ValueError(f"expected [B, 3, H, W], RGB pictures, not {list(lr_BCHW.shape)}")
        if self.training:
            self.forwards.add_(1)
        if self.scale != 2:
            return self._enlarge(lr_BCHW)
        height, width = lr_BCHW.shape[2:]
        even_BCHW = F.pad(lr_BCHW, (0, width % 2, 0, height % 2), mode="replicate")
        return self._enlarge(F.pixel_unshuffle(even_BCHW, 2))[..., : 2 * height, : 2 * width]

    def _enlarge(self, x_BCHW: Tensor) -> Tensor:
        feat_BCHW = self.conv_first(x_BCHW)
        feat_BCHW = feat_BCHW + self.conv_body(self.body(feat_BCHW))
        for stage in range(UP_STAGES[self.scale]):
            conv_up = self.get_submodule(f"conv_up{stage + 1}")
            doubled_BCHW = F.interpolate(feat_BCHW, scale_factor=2, mode="nearest")
            feat_BCHW = F.leaky_relu(conv_up(doubled_BCHW), _SLOPE, inplace=True)
        sharp_BCHW = F.leaky_relu(self.conv_hr(feat_BCHW), _SLOPE, inplace=True)
        output_BCHW: Tensor = self.conv_last(sharp_BCHW)
        return output_BCHW

    def activity_mean(self) -> Tensor:
        """Mean over the forwards in training mode since `reset_activity`; [N], on the device.

        Of each block ``mean|0.2 * (blocks(x) - x)|``, float32. All zeros before the first forward.
        Waits for nothing.
        """
        return torch.stack(self._activity_sums()) / self.forwards.clamp(min=1)

    def reset_activity(self) -> None:
        """Begin a new mean."""
        torch._foreach_zero_(self._activity_sums())
        self.forwards.zero_()

    def get_layer_activity(self) -> list[float]:
        """`activity_mean` as numbers; waits for the device, so not for use inside a step."""
        values: list[float] = self.activity_mean().tolist()
        return values

    def _activity_sums(self) -> list[Tensor]:
        return [block.activity_sum for block in self.body if isinstance(block, RRDB)]
