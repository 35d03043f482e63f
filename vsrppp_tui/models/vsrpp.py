"""The network of the recipe `vsrpp`."""

from __future__ import annotations

from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x


def build_vsrpp(config: AdaptiveConfig) -> VSRBidirectional_3x:
    """Build the network with the sizes, the frames and the block's numbers of the configuration."""
    return VSRBidirectional_3x(
        n_feats=config.n_feats,
        n_blocks=config.n_blocks,
        use_checkpointing=config.use_checkpointing,
        frames=config.frames,
        res_scale=config.res_scale,
        lrelu_slope=config.lrelu_slope,
    )
