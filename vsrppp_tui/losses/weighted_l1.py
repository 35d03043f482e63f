"""The loss of the recipe `wqv`: L1_WEIGHT * L1 + PERCEPTUAL_WEIGHT * perceptual."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.losses.optional_perceptual import OptionalPerceptualLoss, load_perceptual
from vsrppp_tui.losses.perceptual import PerceptualLoss


class WeightedL1Loss(OptionalPerceptualLoss):
    """L1 of the pixels with a weight of its own, and the perceptual term where its network was loaded."""

    pixel_names = ("L1",)

    def __init__(
        self,
        perceptual: PerceptualLoss | None,
        l1_weight: float,
        weight: float,
        notices: tuple[str, ...] = (),
    ) -> None:
        super().__init__(perceptual, weight, notices)
        self.l1_weight = l1_weight

    def pixel_terms(
        self, pred_BCHW: Tensor, target_BCHW: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        pixels = F.l1_loss(pred_BCHW, target_BCHW)
        return {"L1": pixels}, self.l1_weight * pixels

    def configure(self, config: RunConfig) -> None:
        assert isinstance(config, WqvConfig)
        super().configure(config)
        self.l1_weight = config.l1_weight


def build_weighted_l1(stages: Sequence[WqvConfig]) -> WeightedL1Loss:
    """Build the loss on the CPU for a run that goes through `stages`, and set it to the first.

    Where PERCEPTUAL_WEIGHT is 0 in every one, the term and its network are left out.

    Raises:
        UserError: the VGG19 weights are needed and not to be had.
    """
    perceptual, notices = load_perceptual(stages)
    first = stages[0]
    return WeightedL1Loss(perceptual, first.l1_weight, first.perceptual_weight, notices)
