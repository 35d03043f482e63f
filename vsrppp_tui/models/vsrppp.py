"""The network of the recipe `vsrppp`."""

from __future__ import annotations

from model_vsrppp_v2 import VSRTriplePlus_3x
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.models.folded_tail import FoldedTail
from vsrppp_tui.models.network import Network


class VsrpppNetwork(VSRTriplePlus_3x, Network):
    """`VSRTriplePlus_3x` as the engine knows it: the same function, the same parameter names."""


class FoldedVsrpppNetwork(VsrpppNetwork):
    """The same to rounding, values and gradients: linear layers in a row are computed as one."""

    def __init__(self, n_feats: int = 96, n_blocks: int = 30) -> None:
        super().__init__(n_feats, n_blocks)
        self.upsample = FoldedTail(self.upsample)


def build_vsrppp(config: VsrpppConfig) -> VsrpppNetwork:
    """Build the network with N_FEATS, N_BLOCKS and FOLDS of the configuration."""
    network = FoldedVsrpppNetwork if config.folds else VsrpppNetwork
    return network(n_feats=config.n_feats, n_blocks=config.n_blocks)
