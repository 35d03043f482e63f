"""Perceptual loss: distance between images as VGG19 sees them (Johnson et al., 2016)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vsrppp_tui.losses.vgg19 import Vgg19Features

# Mean and standard deviation of ImageNet's RGB channels in [0, 1], with which VGG19 was trained.
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class PerceptualLoss(nn.Module):
    """L1 between the VGG19 features of prediction and target.

    Neither image is clamped: outside [0, 1] a clamp would take the gradient from exactly those pixels
    that have to come back.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.vgg: Vgg19Features = Vgg19Features(weights).to(
            memory_format=torch.channels_last  # type: ignore[call-overload]
        )
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> Tensor:
        """Compare RGB images in [0, 1], at least 16x16; 0-dim float32."""
        pred_features = self._features(pred_BCHW)
        with torch.no_grad():
            target_features = self._features(target_BCHW)
        # Under autocast the features are bf16 or fp16; the difference of two near ones is not.
        return F.l1_loss(pred_features.float(), target_features.float())

    def _features(self, x_BCHW: Tensor) -> Tensor:
        x_BCHW = x_BCHW.contiguous(memory_format=torch.channels_last)
        features: Tensor = self.vgg((x_BCHW.float() - self.mean) / self.std)
        return features
