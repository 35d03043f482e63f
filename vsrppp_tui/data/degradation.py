"""From a clean picture to a pair: the target, and an LR picture as a poor camera would have made it.

The order is: variation of colours (of both sides), blur, reduction, noise, JPEG. In monochrome style, as of
the WQV wrist cameras: grey with variation of contrast and brightness (of both sides), blur, reduction,
sensor noise, and both sides quantised to a few levels. The documents give no ranges; these are mild, so that
the target stays what the LR picture shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.data.downscale import KERNELS, Pixels, downscale
from vsrppp_tui.data.draws import Draws, normal_noise
from vsrppp_tui.data.stacks import Picture

MOST_DRAWS = 32  # of one sample

_BRIGHTNESS = 0.08  # added or taken away, at most
_CONTRAST = (0.85, 1.15)
_SATURATION = (0.8, 1.2)
_GAIN = (0.95, 1.05)  # of each colour: white balance
_GREY_BRIGHTNESS = 0.1
_GREY_CONTRAST = (0.7, 1.3)
_BLUR_CHANCE = 0.7
_BLUR = (0.1, 0.35)  # deviation in LR pixels
_NOISE_CHANCE = 0.5
_NOISE = (0.002, 0.02)  # deviation; 1 is the whole range
_JPEG_CHANCE = 0.7
_JPEG = (60, 96)  # quality, from and to below


@dataclass(frozen=True, slots=True)
class Monochrome:
    """Grey style.

    Attributes:
        levels: grey levels of both sides, 2 to 256.
        noise: deviation of the sensor noise; 1 is the whole range.
    """

    levels: int
    noise: float


@dataclass(frozen=True, slots=True)
class NoiseSource:
    """Which place in the noise a sample has."""

    seed: int
    stream: int
    number: int

    def like(self, pixels: Pixels, *, grey: bool = False) -> Pixels:
        """Noise of deviation 1 for [H, W, 3]; `grey`: the same for the three colours."""
        height, width, _ = pixels.shape
        shape = (height, width, 1 if grey else 3)
        return normal_noise(self.seed, self.stream, self.number, shape)


def make_pair(
    clean: Picture, scale: int, draws: Draws, noise: NoiseSource, monochrome: Monochrome | None
) -> tuple[Picture, Picture]:
    """Make LR [H, W, 3] and target [S*H, S*W, 3] of a clean picture [S*H, S*W, 3]; all uint8.

    Everything random comes from `draws` (`MOST_DRAWS` at most) and `noise`.
    """
    pixels = clean.astype(np.float32) / 255.0
    if monochrome is not None:
        return _grey_pair(pixels, scale, draws, noise, monochrome)
    target = to_bytes(_vary_colours(pixels, draws))
    lr = _blur_and_reduce(target.astype(np.float32) / 255.0, scale, draws)
    noisy, deviation = draws.chance(_NOISE_CHANCE), draws.between(*_NOISE)
    if noisy:
        lr = lr + deviation * noise.like(lr)
    packed, quality = draws.chance(_JPEG_CHANCE), _JPEG[0] + draws.below(_JPEG[1] - _JPEG[0])
    lr_bytes = to_bytes(lr)
    return (jpeg(lr_bytes, quality) if packed else lr_bytes), target


def _grey_pair(
    pixels: Pixels, scale: int, draws: Draws, noise: NoiseSource, style: Monochrome
) -> tuple[Picture, Picture]:
    grey = np.repeat(_luma(pixels), 3, axis=2)
    grey = _contrast(grey, draws, _GREY_CONTRAST, _GREY_BRIGHTNESS).clip(0.0, 1.0)
    lr = _blur_and_reduce(grey, scale, draws)
    lr = lr + style.noise * noise.like(lr, grey=True)
    return quantise(lr, style.levels), quantise(grey, style.levels)


def quantise(pixels: Pixels, levels: int) -> Picture:
    """Round to `levels` values that stand evenly from 0 to 1; uint8."""
    steps = levels - 1
    return to_bytes(np.rint(pixels.clip(0.0, 1.0) * steps) / steps)


def jpeg(picture: Picture, quality: int) -> Picture:
    """The picture after JPEG compression of a quality from 1 to 100."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert unpacked is not None  # it has just been made
    return np.asarray(cv2.cvtColor(unpacked, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def to_bytes(pixels: NDArray[np.floating]) -> Picture:
    """Pixels in [0, 1] as rounded uint8; what lies outside is cut."""
    return cast(Picture, np.rint(pixels.clip(0.0, 1.0) * 255.0).astype(np.uint8))


def _vary_colours(pixels: Pixels, draws: Draws) -> Pixels:
    pixels = _contrast(pixels, draws, _CONTRAST, _BRIGHTNESS)
    grey = _luma(pixels)
    pixels = grey + np.float32(draws.between(*_SATURATION)) * (pixels - grey)
    gains = np.array([draws.between(*_GAIN) for _ in range(3)], np.float32)
    return cast(Pixels, pixels * gains)


def _luma(pixels: Pixels) -> Pixels:
    """[H, W, 1], by the weights of BT.601."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)[..., None]


def _contrast(
    pixels: Pixels, draws: Draws, contrast: tuple[float, float], brightness: float
) -> Pixels:
    factor, shift = draws.between(*contrast), draws.between(-brightness, brightness)
    return cast(Pixels, (pixels - np.float32(0.5)) * np.float32(factor) + np.float32(0.5 + shift))


def _blur_and_reduce(pixels: Pixels, scale: int, draws: Draws) -> Pixels:
    blurred, deviation = draws.chance(_BLUR_CHANCE), draws.between(*_BLUR) * scale
    if blurred:
        soft = cv2.GaussianBlur(pixels, (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
        pixels = np.asarray(soft, np.float32)
    return downscale(pixels, scale, KERNELS[draws.below(len(KERNELS))])
