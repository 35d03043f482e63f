"""What a loader's worker does: it reads the samples of a batch and stacks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch.utils.data import Dataset

from vsrppp_tui.data.batch import Batch, Turn
from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.data.mixture import Portion
from vsrppp_tui.data.sampler import Draw, Sampler
from vsrppp_tui.data.stacks import PatchSource, Picture, UnreadablePatch
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program

_MOST_SKIPPED = 64
"""Unreadable files in a row after which the dataset itself must be gone (an unmounted disk)."""

_Read = TypeVar("_Read")


class Sample(NamedTuple):
    """LR frames [T, H, W, 3] and target [S*H, S*W, 3], uint8, and how both are to be turned."""

    lr: Picture
    gt: Picture
    turn: Turn


class SampleSource(Protocol):
    """The training samples of one format; small enough to be sent to a worker."""

    @property
    def count(self) -> int:
        """Samples of an epoch."""
        ...

    @property
    def frames(self) -> int:
        """T, the LR frames of a sample."""
        ...

    @property
    def height(self) -> int:
        """Height of a sample in LR pixels."""
        ...

    @property
    def width(self) -> int:
        """Width of a sample in LR pixels."""
        ...

    @property
    def scale(self) -> int:
        """How many target pixels stand for one LR pixel along each side."""
        ...

    @property
    def decoded(self) -> bool:
        """Whether a sample costs a copy alone: sending it between processes would cost more."""
        ...

    def sample(self, position: int, skipped: list[str]) -> Sample:
        """The sample at a position, counted since the run began: a pure function of the position.

        Files that cannot be read are passed over; their names are appended to `skipped`.

        Raises:
            UserError: none of many files in a row can be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """The training patches of one format.

    Attributes:
        patches: where the pairs are read from.
        sampler: which pair stands at which position.
    """

    patches: PatchSource
    sampler: Sampler

    @property
    def count(self) -> int:
        """Number of pairs."""
        return self.patches.count

    @property
    def frames(self) -> int:
        """T, the LR frames of a pair."""
        return self.patches.frames

    @property
    def height(self) -> int:
        """Height of a sample in LR pixels."""
        return self.sampler.height

    @property
    def width(self) -> int:
        """Width of a sample in LR pixels."""
        return self.sampler.width

    @property
    def scale(self) -> int:
        """Three, for all patch files."""
        return SCALE

    @property
    def decoded(self) -> bool:
        """Whether the pairs are read from decoded arrays."""
        return self.patches.decoded

    def sample(self, position: int, skipped: list[str]) -> Sample:
        """The crop of the pair at a position; of the next one that can be read where that one cannot."""
        draw = self.sampler.draw(position)
        lr, gt = first_readable(self.patches.count, draw.index, self.patches.read, skipped)
        lr, gt = _crop(self.sampler, lr, gt, draw)
        return Sample(lr, gt, (draw.hflip, draw.vflip, draw.quarter_turns))


@dataclass(frozen=True, slots=True)
class Failure:
    """Sent in the place of a batch; an exception would arrive wrapped in the worker's traceback."""

    text: str


class SampleReader(Dataset[Any]):
    """Runs in a worker: reads and stacks the samples of a portion."""

    def __init__(self, sources: tuple[SampleSource, ...]) -> None:
        self._sources = sources

    def __getitems__(self, portion: Portion) -> Batch | Failure:
        source, positions = self._sources[portion.format], portion.positions
        height, width, scale = source.height, source.width, source.scale
        count = len(positions)
        lr = np.empty((count, source.frames, height, width, 3), np.uint8)
        gt = np.empty((count, height * scale, width * scale, 3), np.uint8)
        turns = []
        skipped: list[str] = []
        for place, position in enumerate(positions):
            try:
                lr[place], gt[place], turn = source.sample(position, skipped)
            except UserError as error:
                return Failure(str(error))
            turns.append(turn)
        return Batch(
            torch.from_numpy(lr),
            torch.from_numpy(gt),
            turns,
            positions[0],
            tuple(dict.fromkeys(skipped)),
            portion.weight,
        )


def first_readable(
    count: int, index: int, read: Callable[[int], _Read], skipped: list[str]
) -> _Read:
    """What `read` gives for `index`, or for the next of `count` that can be read where that one cannot.

    Raises:
        UserError: none of many in a row can be read.
    """
    for offset in range(min(count, _MOST_SKIPPED)):
        try:
            return read((index + offset) % count)
        except UnreadablePatch as error:
            skipped.append(_short(error.path))
            last = error
    raise UserError(
        f"None of {len(skipped)} patches in a row can be read; the last: {last}. "
        f"Is the disk with the dataset still there? {program()} check lists what is wrong."
    )


def _crop(sampler: Sampler, lr: Picture, gt: Picture, draw: Draw) -> tuple[Picture, Picture]:
    bottom, right = draw.top + sampler.height, draw.left + sampler.width
    return (
        lr[:, draw.top : bottom, draw.left : right],
        gt[draw.top * SCALE : bottom * SCALE, draw.left * SCALE : right * SCALE],
    )


def _short(path: Path) -> str:
    """``Patches/GT/name.png``: the part of a path that tells files of a dataset apart."""
    return "/".join(path.parts[-3:])
