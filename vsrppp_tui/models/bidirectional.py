"""The VSR++ network: bidirectional propagation from the centre frame outwards, enlarged three times.

Shapes: B samples, T frames (5 or 7), C = n_feats channels, H x W the low-resolution size, N = n_blocks.
Images are RGB in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from model_vsrppp_v2 import add_mean_size
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.trunks import FUSE

SCALE = 3
# Names of early checkpoints of the original, which had bare convolutions there.
_EARLY_NAMES = {
    f"{fuse}.{kind}": f"{fuse}.conv.{kind}"
    for fuse in ("backward_fuse", "forward_fuse", "fusion")
    for kind in ("weight", "bias")
}


class ResidualBlock(nn.Module):
    """Residual block ``x + res_scale * conv2(lrelu(conv1(x)))``, both convolutions 3x3.

    With `use_checkpointing` the branch is computed a second time in the backward pass, and only x is
    kept until then. In training mode every visit adds the mean absolute value of the residual branch
    to ``activity_sum``: on the device, outside autograd and outside the part that is recomputed.
    """

    activity_sum: Tensor

    def __init__(
        self, n_feats: int, *, use_checkpointing: bool, res_scale: float, lrelu_slope: float
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        self.conv2 = nn.Conv2d(n_feats, n_feats, 3, padding=1)
        self.use_checkpointing = use_checkpointing
        self.res_scale = res_scale
        self.lrelu_slope = lrelu_slope
        self.register_buffer("activity_sum", torch.zeros(()), persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        branch_BCHW = self.branch(x_BCHW, self.conv2.weight, self.conv2.bias)
        if self.training:
            add_mean_size(self.activity_sum, branch_BCHW, self.res_scale)
        return torch.add(x_BCHW, branch_BCHW, alpha=self.res_scale)

    def branch(self, x_BCHW: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """``conv(lrelu(conv1(x)))`` with these weights of the second convolution."""
        if self.use_checkpointing and torch.is_grad_enabled():
            # No random numbers in here: their state on the device need not be read and kept. Weights
            # that came as arguments would be kept again at every visit.
            branch_BCHW: Tensor = checkpoint(
                lambda x: self._branch(x, weight, bias),
                x_BCHW,
                use_reentrant=False,
                preserve_rng_state=False,
            )
            return branch_BCHW
        return self._branch(x_BCHW, weight, bias)

    def _branch(self, x_BCHW: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        inner_BCHW = F.leaky_relu(self.conv1(x_BCHW), self.lrelu_slope, inplace=True)
        return F.conv2d(inner_BCHW, weight, bias, padding=1)


class Fuse(nn.Module):
    """Convolution 1x1 of two feature maps, concatenated, to one: 2 x [B, C, H, W] -> [B, C, H, W].

    In training mode every visit adds the mean absolute value of the output to ``activity_sum``.
    """

    activity_sum: Tensor

    def __init__(self, n_feats: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2 * n_feats, n_feats, 1)
        self.register_buffer("activity_sum", torch.zeros(()), persistent=False)

    def forward(self, first_BCHW: Tensor, second_BCHW: Tensor) -> Tensor:
        """Join two maps of the same shape."""
        fused_BCHW: Tensor = self.conv(torch.cat((first_BCHW, second_BCHW), 1))
        self.note(fused_BCHW)
        return fused_BCHW

    def note(self, fused_BCHW: Tensor) -> None:
        """Add the output of a visit to the activity."""
        if self.training:
            add_mean_size(self.activity_sum, fused_BCHW)


class VSRBidirectional_3x(Network):
    """Two propagations that begin with the centre frame's features, joined, upscaled by PixelShuffle.

    The backward one visits the frames after the centre, the forward one those before it, each from the
    centre outwards; a visit joins state and frame and goes through the direction's n_blocks/2 blocks,
    the same at every visit. The output adds to the bilinear enlargement of the centre frame. The names
    of the weights do not depend on `frames`.

    Raises:
        ValueError: ``n_blocks`` is not a positive even number, or ``frames`` not an odd one from 3.
    """

    forwards: Tensor
    visits: Tensor

    def __init__(
        self,
        n_feats: int = 128,
        n_blocks: int = 32,
        use_checkpointing: bool = False,
        frames: int = 5,
        res_scale: float = 1.0,
        lrelu_slope: float = 0.1,
    ) -> None:
        super().__init__()
        if n_blocks < 2 or n_blocks % 2:
            raise ValueError(f"n_blocks must be a positive even number, not {n_blocks}")
        if frames < 3 or frames % 2 == 0:
            raise ValueError(f"frames must be an odd number of at least 3, not {frames}")

        def trunk() -> nn.Sequential:
            return nn.Sequential(
                *(
                    ResidualBlock(
                        n_feats,
                        use_checkpointing=use_checkpointing,
                        res_scale=res_scale,
                        lrelu_slope=lrelu_slope,
                    )
                    for _ in range(n_blocks // 2)
                )
            )

        self.frames = frames
        self.centre = frames // 2
        self.feat_extract = nn.Conv2d(3, n_feats, 3, padding=1)
        self.backward_fuse = Fuse(n_feats)
        self.forward_fuse = Fuse(n_feats)
        self.backward_trunk = trunk()
        self.forward_trunk = trunk()
        self.fusion = Fuse(n_feats)
        self.upsample = _upsample(n_feats)
        self.register_buffer("forwards", torch.zeros(()), persistent=False)
        # Of every block in one forward; the last of them, the fusion, has one.
        visits = [*[float(self.centre)] * (n_blocks + 2), 1.0]
        self.register_buffer("visits", torch.tensor(visits), persistent=False)

    @property
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """Blocks of the backward and of the forward trunk, then the three layers that join features."""
        half = len(self.backward_trunk)
        numbered = (
            (f"Block_{number + 1:02d}", "backward" if number < half else "forward")
            for number in range(2 * half)
        )
        return (*numbered, ("Backward_Fuse", FUSE), ("Forward_Fuse", FUSE), ("Fusion", FUSE))

    def forward(self, lr_BTCHW: Tensor) -> Tensor:
        """Map [B, T, 3, H, W] to [B, 3, 3H, 3W]; the output is not clamped.

        Raises:
            ValueError: the input does not hold T RGB frames.
        """
        if lr_BTCHW.ndim != 5 or lr_BTCHW.shape[1:3] != (self.frames, 3):
            raise ValueError(
                f"expected [B, {self.frames}, 3, H, W], {self.frames} RGB frames, "
                f"not {list(lr_BTCHW.shape)}"
            )
        if self.training:
            self.forwards.add_(1)
        backward_BCHW, forward_BCHW = self.propagate(lr_BTCHW)
        anchor = F.interpolate(
            lr_BTCHW[:, self.centre], scale_factor=SCALE, mode="bilinear", align_corners=False
        )
        detail: Tensor = self.upsample(self.fusion(backward_BCHW, forward_BCHW))
        return anchor + detail

    def propagate(self, lr_BTCHW: Tensor) -> tuple[Tensor, Tensor]:
        """The states that the backward and the forward direction end with, both [B, C, H, W]."""
        feats_BTCHW = self.feat_extract(lr_BTCHW.flatten(0, 1)).unflatten(0, (-1, self.frames))
        feats = feats_BTCHW.unbind(1)
        start, before, after = feats[self.centre], feats[: self.centre], feats[self.centre + 1 :]
        return (
            _propagate(start, after, self.backward_fuse, self.backward_trunk),
            _propagate(start, before[::-1], self.forward_fuse, self.forward_trunk),
        )

    def activity_mean(self) -> Tensor:
        """Mean over visits and over the forwards in training mode since `reset_activity`; [N + 3].

        Of each block ``mean|res_scale * branch|``, backward trunk, then forward trunk; of the backward
        fuse, the forward fuse and the fusion ``mean|output|``. float32 on the device; all zeros before
        the first forward. Waits for nothing.
        """
        sums = torch.stack(self._activity_sums())
        return sums / (self.forwards.clamp(min=1) * self.visits)

    def reset_activity(self) -> None:
        """Begin a new mean."""
        torch._foreach_zero_(self._activity_sums())
        self.forwards.zero_()

    def get_layer_activity(self) -> list[float]:
        """`activity_mean` as numbers; waits for the device, so not for use inside a step."""
        values: list[float] = self.activity_mean().tolist()
        return values

    def present_names(self, weights: Mapping[str, Any]) -> Mapping[str, Any]:
        """``backward_fuse.weight`` of early checkpoints is ``backward_fuse.conv.weight``, and so on."""
        return {_EARLY_NAMES.get(name, name): value for name, value in weights.items()}

    def _activity_sums(self) -> list[Tensor]:
        layers = (*self.backward_trunk, *self.forward_trunk)
        fuses = (self.backward_fuse, self.forward_fuse, self.fusion)
        return [layer.activity_sum for layer in (*layers, *fuses)]


def _propagate(state: Tensor, frames: Iterable[Tensor], fuse: Fuse, trunk: nn.Sequential) -> Tensor:
    """Carry a state through the frames, in their order; all [B, C, H, W]."""
    for frame_BCHW in frames:
        state = trunk(fuse(state, frame_BCHW))
    return state


def _upsample(n_feats: int) -> nn.Sequential:
    """[B, C, H, W] -> [B, 3, 3H, 3W]; all zeros at the start."""
    # The network begins as its bilinear anchor: PyTorch's default start would be far below it.
    to_rgb = nn.Conv2d(n_feats, 3, 3, padding=1)
    nn.init.zeros_(to_rgb.weight)
    nn.init.zeros_(to_rgb.bias)  # type: ignore[arg-type]
    return nn.Sequential(
        nn.Conv2d(n_feats, SCALE**2 * n_feats, 3, padding=1), nn.PixelShuffle(SCALE), to_rgb
    )
