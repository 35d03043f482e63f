"""The VGG19 term of a step that is measured: random weights, and its arithmetic.

What is timed does not depend on the weights, so none have to be fetched. The term runs outside of autocast,
so on tensor cores its convolutions are TF32.
"""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.step import StepSize
from vsrppp_tui.losses.l1_perceptual import L1PerceptualLoss
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.perceptual import PerceptualLoss
from vsrppp_tui.losses.vgg19 import Vgg19Features, published_shapes

TF32 = 0.5
"""Peak of dense TF32 arithmetic over that of bf16, on every GPU whose data sheet names both."""
_SCALE = 3
_PASSES = 3
"""Forward of the output, forward of the target, and back to the output; the weights are frozen."""


def build_random_perceptual(device: torch.device) -> Loss:
    """L1 + 0.1 * VGG19; He's scale keeps the signal alive to the end."""
    weights = {
        name: torch.randn(shape) * (2.0 / (9 * shape[1])) ** 0.5
        if len(shape) == 4
        else torch.zeros(shape)
        for name, shape in published_shapes().items()
    }
    return L1PerceptualLoss(PerceptualLoss(weights), 0.1).to(device)


def perceptual_operations(size: StepSize) -> float:
    """Floating-point operations of the term in a step, counted by torch on tensors without memory."""
    meta = torch.device("meta")
    weights = {name: torch.empty(shape, device=meta) for name, shape in published_shapes().items()}
    side = _SCALE * size.lr_size
    images = torch.empty(size.batch, 3, side, side, device=meta)
    with FlopCounterMode(display=False) as counter:
        Vgg19Features(weights)(images)
    return float(_PASSES * size.accumulation * counter.get_total_flops())
