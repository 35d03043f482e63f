"""What a step will take before anything is built: memory by arithmetic, work for an estimate of its time.

Memory is that of the tensors at the peak, the start of the backward pass: float32 weights, gradients and
both moments of AdamW, the running average where there is one, the half-precision copies of the weights that
autocast keeps, VGG19, and the activations that are kept for the backward pass (`models.costs`). Against
PyTorch's own count of a step on a CPU it is between 0.85 and 1.15 (tests/training/test_estimate.py).
Left out are the libraries, about half a gigabyte of a process or a CUDA context, and what convolution
algorithms take for a while: on a CPU small networks can need as much again.

Work counts multiply-adds: a backward pass makes twice those of the forward pass, once for the gradients of
the weights and once for those of the input. Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.shared import PerceptualConfig
from vsrppp_tui.models.costs import network_costs

_FLOAT, _HALF, _INDEX = 4, 2, 8  # bytes
_RGB = 3
# VGG19 up to conv5_4, for each pixel of its input (Simonyan and Zisserman, 2014, configuration E).
_VGG_LAYERS = (
    (3, 64, 1), (64, 64, 1),
    (64, 128, 4), (128, 128, 4),
    (128, 256, 16), *[(256, 256, 16)] * 3,
    (256, 512, 64), *[(512, 512, 64)] * 3,
    *[(512, 512, 256)] * 4,
)  # fmt: skip
VGG_PARAMETERS = sum(9 * a * b + b for a, b, _ in _VGG_LAYERS)
_VGG_MULTIPLY_ADDS = sum(9 * a * b / pixels for a, b, pixels in _VGG_LAYERS)
_VGG_POOLED = 64 / 4 + 128 / 16 + 256 / 64 + 512 / 256  # each keeps the place of its largest input
_VGG_KEPT = _RGB + sum(b / pixels for _, b, pixels in _VGG_LAYERS)
_VGG_PASSING = 2 * 64  # the gradients on either side of its widest layer


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The samples of one micro-batch."""

    batch: int
    lr_height: int
    lr_width: int

    @property
    def lr_pixels(self) -> int:
        """LR pixels of one frame, of all samples."""
        return self.batch * self.lr_height * self.lr_width


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes by what they are for."""

    weights: int
    gradients: int
    moments: int
    average: int  # of the weights; 0 where none is kept
    perceptual: int  # VGG19 itself; 0 without the term
    activations: int  # grows with batch and crop, unlike the others

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.weights
            + self.gradients
            + self.moments
            + self.average
            + self.perceptual
            + self.activations
        )


def estimate_memory(config: RunConfig, size: SampleSize, *, half: bool) -> MemoryEstimate:
    """The memory of a step; `half`: whether the forward pass computes in 16 bits."""
    costs = network_costs(config)
    width = _HALF if half else _FLOAT
    gt_pixels = size.lr_pixels * config.scale**2
    images = _FLOAT * _RGB * (size.lr_pixels * config.frames + 3 * gt_pixels)
    network = width * size.lr_pixels * costs.kept
    passing = width * size.lr_pixels * costs.passing
    perceptual = kept = 0
    if _has_perceptual(config):
        perceptual = _FLOAT * VGG_PARAMETERS
        kept = int(gt_pixels * (_FLOAT * _VGG_KEPT + _INDEX * _VGG_POOLED))
        passing = max(passing, _FLOAT * gt_pixels * _VGG_PASSING)
    bytes_ = _FLOAT * costs.parameters
    return MemoryEstimate(
        weights=bytes_ + (_HALF * costs.parameters if half else 0),
        gradients=bytes_,
        moments=2 * bytes_,
        average=bytes_ if config.ema_decay > 0 else 0,
        perceptual=perceptual,
        activations=int(images + network + kept + passing),
    )


def multiply_adds(config: RunConfig, size: SampleSize) -> float:
    """Work of one micro-batch: forward, backward, and the perceptual term of prediction and target."""
    costs = network_costs(config)
    work = size.lr_pixels * (3 * costs.multiply_adds + costs.recomputed)
    if _has_perceptual(config):  # both forward, one backward, to its input alone
        work += 3 * _VGG_MULTIPLY_ADDS * size.lr_pixels * config.scale**2
    return work


def _has_perceptual(config: RunConfig) -> bool:
    return isinstance(config, PerceptualConfig) and config.perceptual_weight > 0
