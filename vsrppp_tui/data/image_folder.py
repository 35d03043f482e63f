"""Clean pictures as training samples and validation pairs: what stands at a place follows from the seed."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vsrppp_tui.data.degradation import MOST_DRAWS, Monochrome, NoiseSource, make_pair
from vsrppp_tui.data.draws import Draws
from vsrppp_tui.data.image_file import check_image, read_image
from vsrppp_tui.data.sample_reader import Sample, first_readable
from vsrppp_tui.data.sampler import Sampler
from vsrppp_tui.data.stacks import Picture, UnreadablePatch
from vsrppp_tui.errors import UserError

_STREAM = (
    2**33 + 1
)  # two for each part: draws and noise; far from those of sampler, mixture and split
_KEPT_BYTES = 256_000_000  # of decoded pictures, in every process that reads
_THREADS = 16
_NAMED = 3


@dataclass(frozen=True, slots=True)
class PairRules:
    """How a pair is made of a clean picture.

    Attributes:
        scale: 2, 4 or 8.
        side: of the LR picture, in LR pixels; the target's is `scale` times as large.
        seed: 0 or more.
        monochrome: None: in colour.
    """

    scale: int
    side: int
    seed: int
    monochrome: Monochrome | None = None

    @property
    def crop(self) -> int:
        """Side of the crop of a clean picture."""
        return self.side * self.scale

    def pair(self, clean: Picture, draws: Draws, stream: int, number: int) -> Sample:
        """The pair of a crop [S*side, S*side, 3], not turned."""
        noise = NoiseSource(self.seed, stream, number)
        lr, gt = make_pair(clean, self.scale, draws, noise, self.monochrome)
        return Sample(lr[None], gt, (False, False, 0))


class _Decoded:
    """The newest decoded pictures, up to a number of bytes."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[Path, Picture] = OrderedDict()
        self._bytes = 0

    def read(self, path: Path) -> Picture:
        picture = self._pictures.pop(path, None)
        if picture is None:
            picture = read_image(path)
            self._bytes += picture.nbytes
        self._pictures[path] = picture
        while self._bytes > _KEPT_BYTES and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].nbytes
        return picture


@dataclass(frozen=True)
class ImageSamples:
    """Training samples that are cut from clean pictures, `per_image` of each in an epoch.

    Attributes:
        root: folder of the pictures.
        names: relative to it.
        rules: how a pair is made.
        per_image: samples of each picture in an epoch.
    """

    root: Path
    names: tuple[str, ...]
    rules: PairRules
    per_image: int
    _decoded: _Decoded = field(default_factory=_Decoded, compare=False, repr=False)

    frames = 1
    decoded = False

    @property
    def count(self) -> int:
        """Samples of an epoch."""
        return len(self.names) * self.per_image

    @property
    def height(self) -> int:
        """Height of a sample in LR pixels."""
        return self.rules.side

    @property
    def width(self) -> int:
        """Width of a sample in LR pixels."""
        return self.rules.side

    @property
    def scale(self) -> int:
        """How many target pixels stand for one LR pixel along each side."""
        return self.rules.scale

    def sample(self, position: int, skipped: list[str]) -> Sample:
        """The sample at a position: a pure function of the seed, the position and the pictures.

        Raises:
            UserError: see `first_readable`.
        """
        draw = self._sampler.draw(position)
        first = draw.index // self.per_image
        picture = first_readable(len(self.names), first, self._read, skipped)
        draws = Draws(self.rules.seed, _STREAM, position, MOST_DRAWS)
        clean = crop_of(picture, self.rules.crop, draws.unit(), draws.unit())
        made = self.rules.pair(clean, draws, _STREAM + 1, position)
        return made._replace(turn=(draw.hflip, draw.vflip, draw.quarter_turns))

    @property
    def _sampler(self) -> Sampler:
        side = self.rules.side
        return Sampler(self.count, self.rules.seed, crop=0, lr_height=side, lr_width=side)

    def _read(self, index: int) -> Picture:
        return self._decoded.read(self.root / self.names[index])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_decoded": _Decoded()}  # a worker decodes for itself


@dataclass(frozen=True)
class ImagePairs:
    """Pairs to validate with: the middle of each picture, always degraded in the same way.

    Attributes:
        root, names, rules: as of `ImageSamples`.
        part: 1 for validation, 2 for the test; each draws from streams of its own.
    """

    root: Path
    names: tuple[str, ...]
    rules: PairRules
    part: int

    lr_source = "degraded crops"

    @property
    def count(self) -> int:
        """Number of pictures."""
        return len(self.names)

    def read(self, index: int) -> tuple[Picture, Picture]:
        """LR [1, side, side, 3] and target of a picture.

        Raises:
            UnreadablePatch: the file is damaged or gone.
        """
        picture = read_image(self.root / self.names[index])
        stream = _STREAM + 2 * self.part
        draws = Draws(self.rules.seed, stream, index, MOST_DRAWS)
        made = self.rules.pair(
            crop_of(picture, self.rules.crop, 0.5, 0.5), draws, stream + 1, index
        )
        return made.lr, made.gt


def crop_of(picture: Picture, side: int, down: float, across: float) -> Picture:
    """A square crop; a picture that is too small is enlarged first, only as far as the crop needs.

    `down` and `across` say where, from 0 (top, left) to below 1 (bottom, right).
    """
    height, width = picture.shape[:2]
    if min(height, width) < side:
        factor = side / min(height, width)
        size = (max(side, round(width * factor)), max(side, round(height * factor)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        height, width = picture.shape[:2]
    top = math.floor(down * (height - side + 1))
    left = math.floor(across * (width - side + 1))
    return picture[top : top + side, left : left + side]


def check_images(root: Path, names: tuple[str, ...]) -> str:
    """Look at every picture; returns a text that stands for all of them (names and bytes).

    Raises:
        UserError: some cannot be read; names up to three of them.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda name: _looked_at(root, name), names))
    broken = [rule for rule in found if isinstance(rule, str)]
    if broken:
        more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        raise UserError(
            f"Pictures of {root} cannot be read: {'; '.join(broken[:_NAMED])}{more}. "
            "Take them away or put them right."
        )
    lines = (f"{name}\0{size}\n" for name, size in zip(names, found, strict=True))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _looked_at(root: Path, name: str) -> int | str:
    try:
        return check_image(root / name)
    except UnreadablePatch as error:
        return f"{name} {error.rule}"
