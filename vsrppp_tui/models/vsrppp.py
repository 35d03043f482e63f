"""The network of the recipe `vsrppp`."""

from __future__ import annotations

from model_vsrppp_v2 import VSRTriplePlus_3x
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.models.network import Network


class VsrpppNetwork(VSRTriplePlus_3x, Network):
    """`VSRTriplePlus_3x` as the engine knows it: the same function, the same parameter names."""


def build_vsrppp(config: VsrpppConfig) -> VsrpppNetwork:
    """Build the network with N_FEATS and N_BLOCKS of the configuration."""
    return VsrpppNetwork(n_feats=config.n_feats, n_blocks=config.n_blocks)
