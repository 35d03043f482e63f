from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.metrics import MAX_PSNR, image_quality, mean_quality, quality_percent
from vsrppp_tui.training.telemetry import Quality

Image = NDArray[np.float64]  # [C, H, W]


def numpy_psnr(pred: Image, target: Image) -> float:
    return float(10 * np.log10(1.0 / np.mean((pred - target) ** 2)))


def numpy_ssim(pred: Image, target: Image) -> float:
    """Wang et al. (2004), with 11x11 windows around every pixel and a reflected border."""
    offsets = np.arange(-5, 6)
    line = np.exp(-(offsets**2) / (2 * 1.5**2))
    kernel = np.outer(line, line) / np.outer(line, line).sum()

    def blur(image: Image) -> Image:
        image = np.pad(image, ((0, 0), (5, 5), (5, 5)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(image, (11, 11), (1, 2))
        return np.einsum("chwij,ij->chw", windows, kernel)

    c1, c2 = 0.01**2, 0.03**2
    mp, mt = blur(pred), blur(target)
    vp, vt = blur(pred * pred) - mp * mp, blur(target * target) - mt * mt
    cov = blur(pred * target) - mp * mt
    index = (2 * mp * mt + c1) * (2 * cov + c2) / ((mp**2 + mt**2 + c1) * (vp + vt + c2))
    return float(index.mean())


def numpy_luma(rgb: Image) -> Image:
    luma = 16 + 65.481 * rgb[0] + 128.553 * rgb[1] + 24.966 * rgb[2]
    return (luma / 255)[None, 3:-3, 3:-3]


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    """A prediction that leaves [0, 1] in places, and an 8-bit target."""
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(1, 3, 6, 8, generator=generator)
    target = torch.nn.functional.interpolate(target, size=(30, 42), mode="bicubic")
    target = target.clamp(0, 1).mul(255).round().div(255)
    return target + 0.1 * torch.randn(target.shape, generator=generator), target


def test_psnr_and_ssim_follow_their_definitions(pair: tuple[Tensor, Tensor]) -> None:
    quality = image_quality(*pair)
    pred = np.rint(np.clip(pair[0][0].double().numpy(), 0, 1) * 255) / 255
    target = pair[1][0].double().numpy()
    assert quality.psnr == pytest.approx(numpy_psnr(pred, target), abs=1e-4)
    assert quality.ssim == pytest.approx(numpy_ssim(pred, target), abs=1e-5)
    luma = numpy_luma(pred), numpy_luma(target)
    assert quality.psnr_y == pytest.approx(numpy_psnr(*luma), abs=1e-3)
    assert quality.ssim_y == pytest.approx(numpy_ssim(*luma), abs=1e-5)


def test_the_prediction_counts_as_it_would_be_saved(pair: tuple[Tensor, Tensor]) -> None:
    saved = pair[0].clamp(0, 1).mul(255).round().div(255)
    assert image_quality(*pair) == image_quality(saved, pair[1])
    assert image_quality(pair[1] + 0.4 / 255, pair[1]).psnr == MAX_PSNR


def test_autocast_does_not_coarsen_the_measure(pair: tuple[Tensor, Tensor]) -> None:
    expected = image_quality(*pair)
    with torch.autocast("cpu", torch.bfloat16):
        assert image_quality(*pair) == expected


def test_identical_images_are_perfect_and_finite(pair: tuple[Tensor, Tensor]) -> None:
    quality = image_quality(pair[1], pair[1])
    assert (quality.psnr, quality.psnr_y, quality.quality) == (MAX_PSNR, MAX_PSNR, 100.0)
    assert quality.ssim == pytest.approx(1.0, abs=1e-6)


def test_the_border_counts_for_rgb_alone(pair: tuple[Tensor, Tensor]) -> None:
    pred = pair[1].clone()
    pred[..., :3, :] = 1.0 - pred[..., :3, :]
    quality = image_quality(pred, pair[1])
    assert quality.psnr_y == MAX_PSNR
    assert quality.psnr < 20.0


def test_the_smallest_image_is_twelve_pixels() -> None:
    smallest = torch.rand(1, 3, 12, 12)
    assert math.isfinite(image_quality(smallest * 0.5, smallest).ssim_y)
    with pytest.raises(UserError, match="20x11 is too small"):
        image_quality(torch.rand(1, 3, 11, 20), torch.rand(1, 3, 11, 20))


@pytest.mark.parametrize(
    ("psnr", "ssim", "percent"),
    [(20, 0, 0), (50, 1, 100), (35, 0.8, 65), (60, 1, 100), (10, 0.5, 25), (10, -1, 0)],
)
def test_quality_percent(psnr: float, ssim: float, percent: float) -> None:
    assert quality_percent(psnr, ssim) == pytest.approx(percent)


def test_the_mean_is_taken_over_images() -> None:
    images = [Quality(20, 0.4, 22, 0.5, 20), Quality(60, 0.8, 30, 0.7, 90)]
    mean = mean_quality(images)
    assert (mean.psnr, mean.psnr_y) == (40, 26)
    assert (mean.ssim, mean.ssim_y) == pytest.approx((0.6, 0.6))
    assert mean.quality == pytest.approx(quality_percent(40, 0.6))
    with pytest.raises(ValueError, match="no images"):
        mean_quality([])
