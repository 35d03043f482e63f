"""What losses share that may have a perceptual term: PERCEPTUAL_WEIGHT, live, and VGG19 where needed."""

from __future__ import annotations

import abc
from collections.abc import Sequence

import torch
from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.shared import PerceptualConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.perceptual import PerceptualLoss
from vsrppp_tui.losses.vgg19_weights import load_vgg19_weights


class OptionalPerceptualLoss(Loss):
    """Terms of the pixels, and `weight` times the perceptual term where the network for it was loaded.

    ``perceptual`` None leaves the term out of `names`.
    """

    pixel_names: tuple[str, ...]
    """The terms of the pixels, in the order in which they are shown."""

    def __init__(
        self, perceptual: PerceptualLoss | None, weight: float, notices: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.perceptual = perceptual
        self.weight = weight
        self.notices = notices
        between = () if perceptual is None else ("Perceptual",)
        self.names = (*self.pixel_names, *between, "Total")

    @abc.abstractmethod
    def pixel_terms(
        self, pred_BCHW: Tensor, target_BCHW: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        """The terms by `pixel_names`, and their weighted sum."""

    def measure(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> dict[str, Tensor]:
        """What is measured beside, by `measures`."""
        return {}

    def forward(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> dict[str, Tensor]:
        pred_BCHW, target_BCHW = pred_BCHW.float(), target_BCHW.float()
        terms, total = self.pixel_terms(pred_BCHW, target_BCHW)
        if self.perceptual is not None and self.weight == 0.0:
            # Switched off live: the term stays in the records, at no cost.
            terms["Perceptual"] = torch.zeros_like(total)
        elif self.perceptual is not None:
            terms["Perceptual"] = self.perceptual(pred_BCHW, target_BCHW)
            total = total + self.weight * terms["Perceptual"]
        with torch.no_grad():
            measured = self.measure(pred_BCHW.detach(), target_BCHW)
        return {**terms, "Total": total, **measured}

    def configure(self, config: RunConfig) -> None:
        assert isinstance(config, PerceptualConfig)
        if config.perceptual_weight > 0.0 and self.perceptual is None:
            raise UserError(
                f"PERCEPTUAL_WEIGHT = {config.perceptual_weight:g} needs a restart: the run began "
                "with 0 and has not loaded VGG19. Stop the run and start it again with the new value."
            )
        self.weight = config.perceptual_weight


def load_perceptual(
    stages: Sequence[PerceptualConfig],
) -> tuple[PerceptualLoss | None, tuple[str, ...]]:
    """The perceptual term for a run that goes through `stages`, on the CPU, and notices for the user.

    None where PERCEPTUAL_WEIGHT is 0 in every one.

    Raises:
        UserError: the VGG19 weights are needed and not to be had.
    """
    if all(stage.perceptual_weight == 0.0 for stage in stages):
        return None, ()
    weights, notices = load_vgg19_weights(stages[0].vgg_weights)
    return PerceptualLoss(weights), notices
