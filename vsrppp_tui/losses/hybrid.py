"""The loss of the recipe `vsrpp`: w1 * L1 + w2 * MS + w3 * Grad [+ PERCEPTUAL_WEIGHT * Perceptual].

Images are RGB in [0, 1], [B, 3, H, W], at least 2x2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.losses.optional_perceptual import OptionalPerceptualLoss, load_perceptual
from vsrppp_tui.losses.perceptual import PerceptualLoss

FLAT = 1e-4
"""Mean step between neighbours, added to both energies: a fortieth of a level of 8 bits."""
HIGHEST_SHARPNESS = 2.0
"""Noise over a nearly flat target would outweigh every other image of the mean."""


class HybridLoss(OptionalPerceptualLoss):
    """Pixels, pixels at half the size, and the steps between neighbours; weights are set from outside.

    L1 is the mean absolute difference; MS the same after 2x2 average pooling (an odd last row or column
    is left out); Grad the mean of the L1 between the absolute horizontal steps of both images and of
    that between the vertical ones.
    """

    pixel_names = ("L1", "MS", "Grad")
    measures = ("Sharpness",)

    def __init__(
        self,
        weights: tuple[float, float, float],
        perceptual: PerceptualLoss | None = None,
        perceptual_weight: float = 0.0,
        notices: tuple[str, ...] = (),
    ) -> None:
        super().__init__(perceptual, perceptual_weight, notices)
        self.set_weights(*weights)

    def set_weights(self, l1: float, ms: float, grad: float) -> None:
        """Weigh the terms of the steps that follow; positive, their sum 1."""
        self.weights = (l1, ms, grad)

    def pixel_terms(
        self, pred_BCHW: Tensor, target_BCHW: Tensor
    ) -> tuple[dict[str, Tensor], Tensor]:
        difference_BCHW = pred_BCHW - target_BCHW
        pairs = zip(_steps(pred_BCHW), _steps(target_BCHW), strict=True)
        horizontal, vertical = (F.l1_loss(pred, target) for pred, target in pairs)
        l1 = difference_BCHW.abs().mean()
        ms = F.avg_pool2d(difference_BCHW, 2).abs().mean()  # pooling is linear: once is enough
        grad = (horizontal + vertical) / 2
        weights = self.weights
        total = weights[0] * l1 + weights[1] * ms + weights[2] * grad
        return {"L1": l1, "MS": ms, "Grad": grad}, total

    def measure(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> dict[str, Tensor]:
        """Sharpness: the output's gradient energy over the target's, of each image, then their mean.

        The energy is the mean absolute step between neighbours. Flat images count as alike (1), and no
        image for more than `HIGHEST_SHARPNESS`.
        """
        ratio_B = (_energy(pred_BCHW) + FLAT) / (_energy(target_BCHW) + FLAT)
        # A NaN passes through the clamp: a broken output is not taken for a sharp one.
        return {"Sharpness": ratio_B.clamp(max=HIGHEST_SHARPNESS).mean()}


def build_hybrid(stages: Sequence[AdaptiveConfig]) -> HybridLoss:
    """Build the loss on the CPU for a run that goes through `stages`, and set it to the first.

    Where PERCEPTUAL_WEIGHT is 0 in every one, the term and its network are left out.

    Raises:
        UserError: the VGG19 weights are needed and not to be had.
    """
    perceptual, notices = load_perceptual(stages)
    first = stages[0]
    return HybridLoss(first.start_weights, perceptual, first.perceptual_weight, notices)


def _steps(x_BCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Absolute differences of horizontal neighbours [B, C, H, W-1] and of vertical ones [B, C, H-1, W]."""
    return x_BCHW.diff(dim=3).abs(), x_BCHW.diff(dim=2).abs()


def _energy(x_BCHW: Tensor) -> Tensor:
    """Mean absolute step of each image, [B]."""
    horizontal, vertical = _steps(x_BCHW)
    return (horizontal.mean((1, 2, 3)) + vertical.mean((1, 2, 3))) / 2
