"""The network of the recipe `vsrpp`."""

from __future__ import annotations

from typing import Any

from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.folded_tail import FoldedTail


class FoldedBidirectional(VSRBidirectional_3x):
    """The same to rounding, values and gradients: linear layers in a row are computed as one."""

    def __init__(self, *sizes: Any, **options: Any) -> None:
        super().__init__(*sizes, **options)
        self.upsample = FoldedTail(self.upsample)


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
