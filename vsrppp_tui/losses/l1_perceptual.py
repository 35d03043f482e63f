"""The loss of the recipe `vsrppp`: L1 + PERCEPTUAL_WEIGHT * perceptual."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.losses.optional_perceptual import OptionalPerceptualLoss, load_perceptual


class L1PerceptualLoss(OptionalPerceptualLoss):
    """L1 of the pixels, and the perceptual term where the network for it was loaded."""

    pixel_names = ("L1",)

    def pixel_terms(
        self, pred_BCHW: Tensor, target_BCHW: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        pixels = F.l1_loss(pred_BCHW, target_BCHW)
        return {"L1": pixels}, pixels


def build_l1_perceptual(stages: Sequence[VsrpppConfig]) -> L1PerceptualLoss:
    """Build the loss on the CPU for a run that goes through `stages`, and set it to the first.

    Where PERCEPTUAL_WEIGHT is 0 in every one, the term and its network are left out.

    Raises:
        UserError: the VGG19 weights are needed and not to be had.
    """
    perceptual, notices = load_perceptual(stages)
    return L1PerceptualLoss(perceptual, stages[0].perceptual_weight, notices)
