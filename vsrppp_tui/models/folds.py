"""Linear layers in a row, composed: the weights of one layer from those of the layers it stands for.

Nothing here holds parameters; gradients flow back through the composition. Weights are composed in their
own precision whatever autocast says, and cast, if at all, by the convolution that uses them. The end of the
networks is in `folded_tail`.

C: feature channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Weights = tuple[Tensor, Tensor]
"""Kernel and bias of a convolution."""


def both_frames(features: nn.Conv2d, fuse: nn.Conv2d) -> Weights:
    """``fuse(cat(features(one), features(other)))`` as one 3x3 convolution of two RGB frames, [C, 6, 3, 3].

    `features` is 3x3 and reads zeros beyond the border, `fuse` is 1x1: the border stays exact.
    """
    assert fuse.bias is not None
    one, other = fuse.weight.chunk(2, 1)
    kernel, bias = _behind(features, one)
    other_kernel, other_bias = _behind(features, other)
    # NHWC, as convolutions compute.
    both = torch.cat((kernel, other_kernel), 1).contiguous(memory_format=torch.channels_last)
    return both, bias + other_bias + fuse.bias


def second_frame(features: nn.Conv2d, fuse: nn.Conv2d) -> Weights:
    """What ``features(other)`` and the bias of `fuse` add to it, of the RGB frame, [C, 3, 3, 3]."""
    assert fuse.bias is not None
    kernel, bias = _behind(features, fuse.weight.chunk(2, 1)[1])
    return kernel.contiguous(memory_format=torch.channels_last), bias + fuse.bias


def _behind(features: nn.Conv2d, mix: Tensor) -> Weights:
    """A 1x1 convolution [C, C, 1, 1] without bias behind `features`, as one 3x3 convolution."""
    assert features.bias is not None
    with torch.autocast(mix.device.type, enabled=False):
        matrix = mix.flatten(1)
        kernel = matrix @ features.weight.flatten(1)
        return kernel.view_as(features.weight), matrix @ features.bias


def scaled(layer: nn.Conv2d, factor: float) -> Weights:
    """``factor * layer(x)`` as one convolution."""
    assert layer.bias is not None
    if factor == 1.0:
        return layer.weight, layer.bias
    return layer.weight * factor, layer.bias * factor
