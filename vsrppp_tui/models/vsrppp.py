"""The network of the recipe `vsrppp`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from model_vsrppp_v2 import RESIDUAL_SCALE, HeavyBlock, VSRTriplePlus_3x, add_mean_size
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.models.folded_tail import FoldedTail
from vsrppp_tui.models.folds import both_frames, scaled
from vsrppp_tui.models.network import Network


class VsrpppNetwork(VSRTriplePlus_3x, Network):
    """`VSRTriplePlus_3x` as the engine knows it: the same function, the same parameter names."""


class FoldedBlock(HeavyBlock):
    """A `HeavyBlock` whose residual scale is part of its second convolution."""

    def __init__(self, block: HeavyBlock) -> None:
        """`block`: its layers become this one's own."""
        nn.Module.__init__(self)
        self.conv = block.conv
        self.register_buffer("activity_sum", block.activity_sum, persistent=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map [B, C, H, W] to the same shape."""
        first, activation, second = self.conv
        assert isinstance(second, nn.Conv2d)
        inner_BCHW = activation(first(x_BCHW))
        branch_BCHW = F.conv2d(inner_BCHW, *scaled(second, RESIDUAL_SCALE), padding=1)
        if self.training:
            add_mean_size(self.activity_sum, branch_BCHW)
        return branch_BCHW.add_(x_BCHW)  # no gradient needs the branch itself


class FoldedVsrpppNetwork(VsrpppNetwork):
    """The same to rounding, values and gradients: linear layers in a row are computed as one."""

    def __init__(self, n_feats: int = 96, n_blocks: int = 30) -> None:
        super().__init__(n_feats, n_blocks)
        for trunk in (self.backward_trunk, self.forward_trunk):
            for number, block in enumerate(trunk):
                assert isinstance(block, HeavyBlock)
                trunk[number] = FoldedBlock(block)
        self.upsample = FoldedTail(self.upsample)

    def join_frames(self, lr_BTCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Each trunk's two frames through one convolution, the centre frame through its own."""
        later = both_frames(self.feat_extract, self.back_fusion)
        earlier = both_frames(self.feat_extract, self.forw_fusion)
        return (
            self.feat_extract(lr_BTCHW[:, 2]),
            F.conv2d(lr_BTCHW[:, 3:].flatten(1, 2), *later, padding=1),
            F.conv2d(lr_BTCHW[:, :2].flatten(1, 2), *earlier, padding=1),
        )


def build_vsrppp(config: VsrpppConfig) -> VsrpppNetwork:
    """Build the network with N_FEATS, N_BLOCKS and FOLDS of the configuration."""
    network = FoldedVsrpppNetwork if config.folds else VsrpppNetwork
    return network(n_feats=config.n_feats, n_blocks=config.n_blocks)
