"""What a loader's worker does: it reads, crops and stacks the samples of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.data.mixture import Portion
from vsrppp_tui.data.sampler import Draw, Sampler
from vsrppp_tui.data.stacks import PatchSource, Picture, UnreadablePatch
from vsrppp_tui.errors import UserError

_MOST_SKIPPED = 64
"""Unreadable pairs in a row after which the dataset itself must be gone (an unmounted disk)."""


@dataclass(frozen=True, slots=True)
class Source:
    """The training patches of one format.

    Attributes:
        patches: where the pairs are read from.
        sampler: which pair stands at which position.
    """

    patches: PatchSource
    sampler: Sampler


@dataclass(frozen=True, slots=True)
class Failure:
    """Sent in the place of a batch; an exception would arrive wrapped in the worker's traceback."""

    text: str


class SampleReader(Dataset[Any]):
    """Runs in a worker: reads, crops and stacks the samples of a portion."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self._sources = sources

    def __getitems__(self, portion: Portion) -> Batch | Failure:
        source, positions = self._sources[portion.format], portion.positions
        height, width = source.sampler.height, source.sampler.width
        count = len(positions)
        lr = np.empty((count, source.patches.frames, height, width, 3), np.uint8)
        gt = np.empty((count, height * SCALE, width * SCALE, 3), np.uint8)
        turns = []
        skipped: list[str] = []
        for sample, position in enumerate(positions):
            draw = source.sampler.draw(position)
            try:
                lr[sample], gt[sample] = _read(source, draw, skipped)
            except UserError as error:
                return Failure(str(error))
            turns.append((draw.hflip, draw.vflip, draw.quarter_turns))
        return Batch(
            torch.from_numpy(lr),
            torch.from_numpy(gt),
            turns,
            positions[0],
            tuple(dict.fromkeys(skipped)),
        )


def _read(source: Source, draw: Draw, skipped: list[str]) -> tuple[Picture, Picture]:
    """The crop of a pair; of the next one that can be read where that one cannot."""
    patches = source.patches
    for offset in range(min(patches.count, _MOST_SKIPPED)):
        try:
            lr, gt = patches.read((draw.index + offset) % patches.count)
        except UnreadablePatch as error:
            skipped.append(_short(error.path))
            last = error
            continue
        return _crop(source.sampler, lr, gt, draw)
    raise UserError(
        f"None of {len(skipped)} patches in a row can be read; the last: {last}. "
        "Is the disk with the dataset still there? vsrppp check lists what is wrong."
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
