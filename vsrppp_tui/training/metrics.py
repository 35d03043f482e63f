"""PSNR, SSIM and quality percent of a validation image.

Before anything is measured the prediction is clamped to [0, 1] and rounded to 1/255, as it would be
saved. RGB values use the whole image. Y values use the luma of BT.601 in limited range,
``(16 + 65.481 R + 128.553 G + 24.966 B) / 255``, not rounded, with a border of 3 pixels cut, and
1.0 as the peak, as super-resolution papers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import torch
from torch import Tensor
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.telemetry import Quality

BORDER = 3
MAX_PSNR = 100.0
MIN_SIDE = 6 + 2 * BORDER  # a reflected border of 5 needs six pixels to reflect

_Y_WEIGHTS = (65.481 / 255, 128.553 / 255, 24.966 / 255)
_Y_OFFSET = 16 / 255


def image_quality(pred_1CHW: Tensor, target_1CHW: Tensor) -> Quality:
    """Measure one RGB image [1, 3, H, W] in [0, 1] against its target; both sides at least 12.

    PSNR is at most `MAX_PSNR`: of identical images it would be infinite, and so would every mean that
    it enters. SSIM is that of Wang et al. (2004) as torchmetrics has it: Gaussian window of 11,
    sigma 1.5, the border reflected, mean over all pixels. Waits for the device.

    Raises:
        UserError: the image is smaller than that.
    """
    height, width = target_1CHW.shape[-2:]
    if min(height, width) < MIN_SIDE:
        raise UserError(
            f"A validation image of {width}x{height} is too small to measure: SSIM needs at least "
            f"{MIN_SIDE}x{MIN_SIDE} pixels."
        )
    target_1CHW, pred_1CHW = _precise(target_1CHW), _precise(pred_1CHW)
    pred_1CHW = pred_1CHW.clamp(0.0, 1.0).mul(255.0).round().div(255.0)
    with torch.autocast(target_1CHW.device.type, enabled=False):
        psnr, ssim = _psnr_ssim(pred_1CHW, target_1CHW)
        psnr_y, ssim_y = _psnr_ssim(_luma(pred_1CHW), _luma(target_1CHW))
    return Quality(psnr, ssim, psnr_y, ssim_y, quality_percent(psnr, ssim))


def mean_quality(qualities: Sequence[Quality]) -> Quality:
    """Mean over images; the quality percent is that of the mean PSNR and SSIM, as they are shown.

    Raises:
        ValueError: there are no images.
    """
    if not qualities:
        raise ValueError("the mean over no images is not defined")
    psnr = fmean(quality.psnr for quality in qualities)
    ssim = fmean(quality.ssim for quality in qualities)
    return Quality(
        psnr=psnr,
        ssim=ssim,
        psnr_y=fmean(quality.psnr_y for quality in qualities),
        ssim_y=fmean(quality.ssim_y for quality in qualities),
        quality=quality_percent(psnr, ssim),
    )


def quality_percent(psnr: float, ssim: float) -> float:
    """Half SSIM, half PSNR mapped from 20..50 dB to 0..100; each half and so the sum in 0..100."""
    psnr_share = min(max((psnr - 20.0) / 30.0, 0.0), 1.0)
    ssim_share = min(max(ssim, 0.0), 1.0)
    return 50.0 * ssim_share + 50.0 * psnr_share


def _precise(image_1CHW: Tensor) -> Tensor:
    # SSIM subtracts squares. A GPU convolves float32 in TF32 by default, whose error is as large as the
    # constants of SSIM; float64 it convolves as such. channels_last: a third of the time on a CPU.
    dtype = torch.float64 if image_1CHW.is_cuda else torch.float32
    return image_1CHW.to(dtype).contiguous(memory_format=torch.channels_last)


def _psnr_ssim(pred_1CHW: Tensor, target_1CHW: Tensor) -> tuple[float, float]:
    psnr = peak_signal_noise_ratio(pred_1CHW, target_1CHW, data_range=1.0)
    ssim = structural_similarity_index_measure(pred_1CHW, target_1CHW, data_range=1.0)
    return min(float(psnr), MAX_PSNR), float(ssim)  # type: ignore[arg-type]


def _luma(rgb_1CHW: Tensor) -> Tensor:
    weights = torch.tensor(_Y_WEIGHTS, dtype=rgb_1CHW.dtype, device=rgb_1CHW.device).view(
        1, 3, 1, 1
    )
    luma_11HW = (rgb_1CHW * weights).sum(1, keepdim=True) + _Y_OFFSET
    return luma_11HW[..., BORDER:-BORDER, BORDER:-BORDER]
