"""Reducing a picture by a whole even factor with one of four kernels, all of them antialiased.

Each kernel is widened by the factor, so that every pixel of the picture counts (as in Pillow's resize).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def _area(x: float) -> float:
    return 1.0 if abs(x) <= 0.5 else 0.0


def _bilinear(x: float) -> float:
    return max(0.0, 1.0 - abs(x))


def _bicubic(x: float) -> float:
    """Keys (1981) with a = -0.5."""
    x = abs(x)
    if x < 1.0:
        return (1.5 * x - 2.5) * x * x + 1.0
    return ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0 if x < 2.0 else 0.0


def _lanczos(x: float) -> float:
    """Lanczos with three lobes."""
    if x == 0.0:
        return 1.0
    if abs(x) >= 3.0:
        return 0.0
    turn = math.pi * x
    return 3.0 * math.sin(turn) * math.sin(turn / 3.0) / (turn * turn)


# Each with its reach to one side, in pixels of the result.
_KERNELS: dict[str, tuple[float, Callable[[float], float]]] = {
    "area": (0.5, _area),
    "bilinear": (1.0, _bilinear),
    "bicubic": (2.0, _bicubic),
    "lanczos": (3.0, _lanczos),
}
KERNELS = tuple(_KERNELS)


@lru_cache(maxsize=32)
def _taps(kernel: str, scale: int) -> Pixels:
    """The weights of the pixels around the centre of a pixel of the result; their sum is 1."""
    reach, weight = _KERNELS[kernel]
    half = round(reach * scale)
    taps = np.array([weight((tap + 0.5) / scale) for tap in range(-half, half)])
    return cast("Pixels", (taps / taps.sum()).astype(np.float32))


def downscale(pixels: Pixels, scale: int, kernel: str) -> Pixels:
    """Reduce [H, W, 3] to [H/scale, W/scale, 3]; the border is reflected.

    Args:
        pixels: sides that `scale` divides.
        scale: even, at least 2.
        kernel: one of `KERNELS`.
    """
    taps = _taps(kernel, scale)
    # Seen from the first pixel of a group of `scale`, the taps begin that far to the left.
    anchor = len(taps) // 2 - scale // 2
    one = np.ones(1, np.float32)
    rows = cv2.sepFilter2D(
        pixels, -1, one, taps, anchor=(0, anchor), borderType=cv2.BORDER_REFLECT
    )[::scale]
    both = cv2.sepFilter2D(
        np.ascontiguousarray(rows), -1, taps, one, anchor=(anchor, 0), borderType=cv2.BORDER_REFLECT
    )
    return np.ascontiguousarray(both[:, ::scale], dtype=np.float32)
