"""Numbers drawn one after the other from the words that belong to one sample."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.data.sampler import random_words

_UNIT = 2.0**-53
_PARTS = 4  # uniform numbers whose sum stands for a normal one
_DEVIATION = 65536.0 * math.sqrt(_PARTS / 12.0)


class Draws:
    """Draws of the place (seed, stream, number); the order in which they are asked for is part of them."""

    def __init__(self, seed: int, stream: int, number: int, most: int) -> None:
        """`most`: how often at most something is drawn."""
        self._words = iter(random_words(seed, stream, number, most).tolist())

    def unit(self) -> float:
        """A number from 0 to below 1."""
        return float(next(self._words) >> 11) * _UNIT

    def between(self, low: float, high: float) -> float:
        """A number from `low` to below `high`."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self.unit() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return int(next(self._words)) % count


def normal_noise(
    seed: int, stream: int, number: int, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Nearly normal noise of mean 0 and deviation 1: sums of four uniform numbers (Irwin and Hall).

    Whole numbers up to the last division: the same values on every machine, which a logarithm of the
    mathematics library would not promise.
    """
    words = random_words(seed, stream, number, math.prod(shape))
    sums = words.view(np.uint16).reshape(-1, _PARTS).sum(axis=1, dtype=np.int64)
    noise = (sums - 65535 * _PARTS // 2) / _DEVIATION
    return cast("NDArray[np.float32]", noise.astype(np.float32).reshape(shape))
