"""The network of the recipe `vsrpp`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_vsrppp_v2 import add_mean_size
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.models.bidirectional import Fuse, ResidualBlock, VSRBidirectional_3x
from vsrppp_tui.models.folded_tail import FoldedTail
from vsrppp_tui.models.folds import both_frames, scaled, second_frame


class FoldedBlock(ResidualBlock):
    """A `ResidualBlock` whose residual scale is part of its second convolution."""

    def __init__(self, block: ResidualBlock) -> None:
        """`block`: its layers become this one's own."""
        nn.Module.__init__(self)
        self.conv1, self.conv2 = block.conv1, block.conv2
        self.use_checkpointing = block.use_checkpointing
        self.res_scale, self.lrelu_slope = block.res_scale, block.lrelu_slope
        self.register_buffer("activity_sum", block.activity_sum, persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        branch_BCHW = self.branch(x_BCHW, *scaled(self.conv2, self.res_scale))
        if self.training:
            add_mean_size(self.activity_sum, branch_BCHW)
        return branch_BCHW.add_(x_BCHW)  # no gradient needs the branch itself


class FoldedBidirectional(VSRBidirectional_3x):
    """The same to rounding, values and gradients: linear layers in a row are computed as one.

    Only the first visit of a direction joins two frames, the centre and its neighbour, and is one
    convolution of both. Later ones join a state, which no single layer leads to from a frame: there the
    frame's half alone is one convolution, and the state goes through its own half of the fuse.
    """

    def __init__(self, *sizes: Any, **options: Any) -> None:
        super().__init__(*sizes, **options)
        for trunk in (self.backward_trunk, self.forward_trunk):
            for number, block in enumerate(trunk):
                assert isinstance(block, ResidualBlock)
                trunk[number] = FoldedBlock(block)
        self.upsample = FoldedTail(self.upsample)

    def propagate(self, lr_BTCHW: Tensor) -> tuple[Tensor, Tensor]:
        """The same states, without a map of features for each frame."""
        frames = lr_BTCHW.unbind(1)
        after, before = frames[self.centre :], frames[self.centre :: -1]
        return (
            self._propagate(after, self.backward_fuse, self.backward_trunk),
            self._propagate(before, self.forward_fuse, self.forward_trunk),
        )

    def _propagate(self, frames: Sequence[Tensor], fuse: Fuse, trunk: nn.Sequential) -> Tensor:
        """Through RGB frames [B, 3, H, W], the centre frame first."""
        pair = both_frames(self.feat_extract, fuse.conv)
        frame, state = second_frame(self.feat_extract, fuse.conv), fuse.conv.weight.chunk(2, 1)[0]
        x_BCHW: Tensor = F.conv2d(torch.cat(tuple(frames[:2]), 1), *pair, padding=1)
        fuse.note(x_BCHW)
        x_BCHW = trunk(x_BCHW)
        for frame_BCHW in frames[2:]:
            x_BCHW = F.conv2d(frame_BCHW, *frame, padding=1).add_(F.conv2d(x_BCHW, state))
            fuse.note(x_BCHW)
            x_BCHW = trunk(x_BCHW)
        return x_BCHW


def build_vsrpp(config: AdaptiveConfig) -> VSRBidirectional_3x:
    """Build the network with the sizes, the frames and the block's numbers of the configuration."""
    network = FoldedBidirectional if config.folds else VSRBidirectional_3x
    return network(
        n_feats=config.n_feats,
        n_blocks=config.n_blocks,
        use_checkpointing=config.use_checkpointing,
        frames=config.frames,
        res_scale=config.res_scale,
        lrelu_slope=config.lrelu_slope,
    )
