"""The VSR+++ network: five low-resolution frames in, the centre frame at three times the size out.

This file imports torch alone and can be copied out and used by itself.

Shapes: B samples, T = 5 frames, C = n_feats channels, H x W the low-resolution size, N = n_blocks.
Images are RGB in [0, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FRAMES = 5
SCALE = 3
RESIDUAL_SCALE = 0.1


class HeavyBlock(nn.Module):
    """Residual block ``x + 0.1 * conv(lrelu(conv(x)))``, both convolutions 3x3.

    In training mode every forward adds the mean absolute value of the residual branch to
    ``activity_sum``. It stays on the device, outside autograd, so the step waits for nothing.
    """

    activity_sum: Tensor

    def __init__(self, n_feats: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(n_feats, n_feats, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(n_feats, n_feats, 3, padding=1),
        )
        self.register_buffer("activity_sum", torch.zeros(()), persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        branch_BCHW = self.conv(x_BCHW)
        if self.training:
            add_mean_size(self.activity_sum, branch_BCHW, RESIDUAL_SCALE)
        return torch.add(x_BCHW, branch_BCHW, alpha=RESIDUAL_SCALE)


def add_mean_size(total: Tensor, x_BCHW: Tensor, scale: float = 1.0) -> None:
    """Add ``scale * mean|x|`` to `total`, 0-dim float32; on the device, outside autograd."""
    # Sums of rows first, then of rows: no temporary of the size of x, and no float32 sum of
    # millions of terms (0.3% off at 12 million). bf16 stays bf16 for the rows, which converts
    # nothing and is accurate to 1e-4; fp16 would overflow.
    x_BCHW = x_BCHW.detach()
    wide = torch.float32 if x_BCHW.dtype == torch.float16 else None
    rows_BH = torch.linalg.vector_norm(x_BCHW, 1, dim=(1, 3), dtype=wide)
    total.add_(rows_BH.sum(dtype=torch.float32), alpha=scale / x_BCHW.numel())


class VSRTriplePlus_3x(nn.Module):
    """Two trunks around the centre frame, blended by learnable weights, upscaled by PixelShuffle.

    The backward trunk reads frames 3 and 4, the forward trunk frames 0 and 1; each has half of the
    blocks. The output adds to the bilinear enlargement of the centre frame.

    Raises:
        ValueError: ``n_blocks`` is not a positive even number.
    """

    forwards: Tensor

    def __init__(self, n_feats: int = 96, n_blocks: int = 30) -> None:
        super().__init__()
        if n_blocks < 2 or n_blocks % 2:
            raise ValueError(f"n_blocks must be a positive even number, not {n_blocks}")
        half = n_blocks // 2
        self.feat_extract = nn.Conv2d(3, n_feats, 3, padding=1)
        self.back_fusion = nn.Conv2d(2 * n_feats, n_feats, 1)
        self.forw_fusion = nn.Conv2d(2 * n_feats, n_feats, 1)
        self.backward_trunk = nn.Sequential(*(HeavyBlock(n_feats) for _ in range(half)))
        self.forward_trunk = nn.Sequential(*(HeavyBlock(n_feats) for _ in range(half)))
        self.temp_weight = nn.Parameter(torch.tensor([0.3, 1.0, 0.3]))
        self.fusion = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        # The network begins as its bilinear anchor. With PyTorch's default start it begins 7 to 15 dB
        # below and spends its first hundred steps unlearning that.
        to_rgb = nn.Conv2d(n_feats, 3, 3, padding=1)
        nn.init.zeros_(to_rgb.weight)
        nn.init.zeros_(to_rgb.bias)  # type: ignore[arg-type]
        self.upsample = nn.Sequential(
            nn.Conv2d(n_feats, SCALE**2 * n_feats, 3, padding=1), nn.PixelShuffle(SCALE), to_rgb
        )
        self.register_buffer("forwards", torch.zeros(()), persistent=False)

    @property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """Name and trunk of every block, in the order of `get_layer_activity`."""
        half = len(self.backward_trunk)
        return tuple(
            (f"Block_{number + 1:02d}", "backward" if number < half else "forward")
            for number in range(2 * half)
        )

    def forward(self, lr_BTCHW: Tensor) -> Tensor:
        """Map [B, 5, 3, H, W] to [B, 3, 3H, 3W]; the output is not clamped.

        Raises:
            ValueError: the input does not hold five RGB frames.
        """
        if lr_BTCHW.ndim != 5 or lr_BTCHW.shape[1:3] != (FRAMES, 3):
            raise ValueError(
                f"expected [B, {FRAMES}, 3, H, W], five RGB frames, not {list(lr_BTCHW.shape)}"
            )
        if self.training:
            self.forwards.add_(1)
        centre_BCHW, later_BCHW, earlier_BCHW = self.join_frames(lr_BTCHW)
        backward_BCHW = self.backward_trunk(later_BCHW)
        forward_BCHW = self.forward_trunk(earlier_BCHW)
        weights = self.temp_weight.softmax(0)
        blend_BCHW = (
            centre_BCHW * weights[1] + backward_BCHW * weights[0] + forward_BCHW * weights[2]
        )
        anchor = F.interpolate(
            lr_BTCHW[:, FRAMES // 2], scale_factor=SCALE, mode="bilinear", align_corners=False
        )
        detail: Tensor = self.upsample(self.fusion(blend_BCHW))
        return anchor + detail

    def join_frames(self, lr_BTCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the centre frame, of frames 3 and 4, and of frames 0 and 1; all [B, C, H, W]."""
        feats_BTCHW = self.feat_extract(lr_BTCHW.flatten(0, 1)).unflatten(0, (-1, FRAMES))
        f0, f1, f2, f3, f4 = feats_BTCHW.unbind(1)
        later_BCHW = self.back_fusion(torch.cat((f3, f4), 1))
        return f2, later_BCHW, self.forw_fusion(torch.cat((f0, f1), 1))

    def activity_mean(self) -> Tensor:
        """Mean over the forwards in training mode since `reset_activity`; [N], on the device.

        Of each block ``mean|0.1*conv(...)|``, float32; backward trunk, then forward trunk. All zeros
        before the first forward. Waits for nothing.
        """
        sums = torch.stack([block.activity_sum for block in self._all_blocks()])
        return sums / self.forwards.clamp(min=1)

    def reset_activity(self) -> None:
        """Begin a new mean."""
        torch._foreach_zero_([block.activity_sum for block in self._all_blocks()])
        self.forwards.zero_()

    def get_layer_activity(self) -> list[float]:
        """`activity_mean` as numbers; waits for the device, so not for use inside a step."""
        values: list[float] = self.activity_mean().tolist()
        return values

    @property
    def frame_stats(self) -> dict[str, float]:
        """Share of the backward trunk, the centre frame and the forward trunk; their sum is 1.

        Waits for the device, so not for use inside a step.
        """
        shares = self.temp_weight.detach().softmax(0).tolist()
        return dict(zip(("backward", "center", "forward"), shares, strict=True))

    def _all_blocks(self) -> list[HeavyBlock]:
        trunks = (*self.backward_trunk, *self.forward_trunk)
        return [block for block in trunks if isinstance(block, HeavyBlock)]
