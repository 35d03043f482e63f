"""The loss of the recipe `vsrppp`: L1 + PERCEPTUAL_WEIGHT * perceptual."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.perceptual import PerceptualLoss
from vsrppp_tui.losses.vgg19_weights import load_vgg19_weights


class L1PerceptualLoss(Loss):
    """L1 of the pixels, and the perceptual term where the network for it was loaded.

    ``perceptual`` None leaves the term out: `names` are then "L1" and "Total" alone.
    """

    def __init__(
        self,
        perceptual: PerceptualLoss | None,
        weight: float,
        notices: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.perceptual = perceptual
        self.weight = weight
        self.notices = notices
        self.names = ("L1", "Total") if perceptual is None else ("L1", "Perceptual", "Total")

    def forward(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> dict[str, Tensor]:
        pixels = F.l1_loss(pred_BCHW.float(), target_BCHW.float())
        if self.perceptual is None:
            return {"L1": pixels, "Total": pixels}
        if self.weight == 0.0:  # switched off live: the term stays in the records, at no cost
            return {"L1": pixels, "Perceptual": torch.zeros_like(pixels), "Total": pixels}
        perceptual = self.perceptual(pred_BCHW, target_BCHW)
        return {
            "L1": pixels,
            "Perceptual": perceptual,
            "Total": pixels + self.weight * perceptual,
        }

    def configure(self, config: RunConfig) -> None:
        assert isinstance(config, VsrpppConfig)
        if config.perceptual_weight > 0.0 and self.perceptual is None:
            raise UserError(
                f"PERCEPTUAL_WEIGHT = {config.perceptual_weight:g} needs a restart: the run began "
                "with 0 and has not loaded VGG19. Stop the run and start it again with the new value."
            )
        self.weight = config.perceptual_weight


def build_l1_perceptual(stages: Sequence[VsrpppConfig]) -> L1PerceptualLoss:
    """Build the loss on the CPU for a run that goes through `stages`, and set it to the first.

    Where PERCEPTUAL_WEIGHT is 0 in every one, the term and its network are left out.

    Raises:
        UserError: the VGG19 weights are needed and not to be had.
    """
    if all(stage.perceptual_weight == 0.0 for stage in stages):
        return L1PerceptualLoss(None, 0.0)
    weights, notices = load_vgg19_weights(stages[0].vgg_weights)
    return L1PerceptualLoss(PerceptualLoss(weights), stages[0].perceptual_weight, notices)
