"""The stateless sampler: what stands at a position follows from (seed, epoch, position) alone.

So the state of the data at any moment is one integer, batches that were prefetched need no record, and
the number of workers does not matter. Only raw words of the Philox generator are used: unlike the methods
of numpy's Generator, their values are the same in every version of numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.data.stacks import PatchSource
from vsrppp_tui.errors import UserError

_ORDER, _DRAW = 0, 1  # separate streams of one seed
_STREAMS = 2
_KEPT_FORMATS = 32
_KEPT_EPOCHS = 2  # of each format: a loader looks a little ahead around the end of one


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample: which pair, which part of it, and how it is turned.

    Attributes:
        index: of the pair.
        top, left: of the crop in LR pixels.
        hflip, vflip: mirrored left to right, top to bottom; before the turn.
        quarter_turns: counter-clockwise, 0..3.
    """

    index: int
    top: int
    left: int
    hflip: bool
    vflip: bool
    quarter_turns: int


@dataclass(frozen=True)
class Sampler:
    """Gives the sample of any position; positions count samples since the run began.

    Attributes:
        count: pairs in the training set; each epoch is a permutation of them.
        seed: 0 or more.
        crop: side of a random square crop in LR pixels; 0 takes the whole patch.
        lr_height, lr_width: size of an LR frame.
        number: of the format among those of a run; each draws from streams of its own.

    Raises:
        UserError: the crop is larger than the patches.
    """

    count: int
    seed: int
    crop: int = field(kw_only=True)
    lr_height: int = field(kw_only=True)
    lr_width: int = field(kw_only=True)
    number: int = field(kw_only=True, default=0)

    @classmethod
    def of(cls, patches: PatchSource, *, seed: int, crop: int, number: int = 0) -> Sampler:
        """The sampler of the training patches of a format, the `number`-th of a run.

        Raises:
            UserError: the crop is larger than the patches.
        """
        return cls(
            patches.count,
            seed,
            crop=crop,
            lr_height=patches.lr_height,
            lr_width=patches.lr_width,
            number=number,
        )

    def __post_init__(self) -> None:
        if self.crop > min(self.lr_height, self.lr_width):
            raise UserError(
                f"LR_CROP = {self.crop} is larger than the LR patches ({self.lr_width}x{self.lr_height}): "
                f"allowed are 0 (whole patch) to {min(self.lr_height, self.lr_width)}."
            )

    @property
    def height(self) -> int:
        """Height of a sample in LR pixels."""
        return self.crop or self.lr_height

    @property
    def width(self) -> int:
        """Width of a sample in LR pixels."""
        return self.crop or self.lr_width

    def draw(self, position: int) -> Draw:
        """The sample at a position: a pure function of the seed and the position.

        Samples that are not square turn by 0 or 180 degrees only.
        """
        epoch, place = divmod(position, self.count)
        words = random_words(self.seed, _DRAW + _STREAMS * self.number, position, 4)
        turns = int(words[3] % np.uint64(4))
        return Draw(
            index=int(_orders(self.seed, self.number, self.count)(epoch)[place]),
            top=int(words[0] % np.uint64(self.lr_height - self.height + 1)),
            left=int(words[1] % np.uint64(self.lr_width - self.width + 1)),
            hflip=bool(words[2] & np.uint64(1)),
            vflip=bool(words[2] & np.uint64(2)),
            quarter_turns=turns if self.height == self.width else turns // 2 * 2,
        )


@lru_cache(maxsize=_KEPT_FORMATS)
def _orders(seed: int, number: int, count: int) -> Callable[[int], NDArray[np.integer]]:
    """Gives the permutation of an epoch of the `number`-th format: the ranks of random words."""

    @lru_cache(maxsize=_KEPT_EPOCHS)
    def of_epoch(epoch: int) -> NDArray[np.integer]:
        words = random_words(seed, _ORDER + _STREAMS * number, epoch, count)
        order = np.argsort(words, kind="stable")
        return order.astype(np.uint32) if count <= 2**32 else order  # ten million are 40 MB, not 80

    return of_epoch


def random_words(seed: int, stream: int, number: int, count: int) -> NDArray[np.uint64]:
    """`count` random 64-bit words that belong to (seed, stream, number)."""
    # The last word of the counter is out of reach of the counting itself: streams never overlap.
    key = np.array([seed, stream], dtype=np.uint64)
    counter = np.array([0, 0, 0, number], dtype=np.uint64)
    return np.asarray(np.random.Philox(key=key, counter=counter).random_raw(count))
