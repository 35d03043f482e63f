"""The network of the recipe `wqv`."""

from __future__ import annotations

from torch import Tensor

from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.rrdb_spec import spec_of


class WqvNetwork(RRDBNet):
    """`RRDBNet` as the engine knows it: it takes a single LR frame, [B, 1, 3, H, W], too."""

    def forward(self, lr: Tensor) -> Tensor:
        """Map [B, 1, 3, H, W] or [B, 3, H, W] to [B, 3, S*H, S*W]."""
        return super().forward(lr[:, 0] if lr.dim() == 5 else lr)

    def describe(self) -> dict[str, str]:
        """Architecture, scale and sizes."""
        return spec_of(self).metadata()


def build_wqv(config: WqvConfig) -> WqvNetwork:
    """Build the network with SCALE, NUM_FEAT and NUM_BLOCK of the configuration."""
    return WqvNetwork(config.scale_factor, num_feat=config.num_feat, num_block=config.num_block)
