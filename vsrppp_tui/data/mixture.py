"""Which format each step takes, and which samples of it: a stateless mixture of several formats.

All micro-batches of a step hold one format. The format of group n, the data of the n-th step that was
taken since the run began, follows from the seed, the weights and n alone. Each format counts its samples by
itself, so that its own sampler gives the same row of samples whatever the other formats do. One group
number and one position a format are the whole state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vsrppp_tui.data.sampler import random_words

_STREAM = 2**32  # far from the streams of the samplers, of which there are two a format


class Portion(NamedTuple):
    """The samples of one micro-batch: which format, and which positions of it.

    Where several ranks share a micro-batch out, `weight` is what a mean over these samples has to be
    multiplied by, so that the mean over all ranks is the mean over the whole micro-batch.
    """

    format: int
    positions: range
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """The part of each micro-batch that the `rank`-th of `world` processes takes."""

    rank: int = 0
    world: int = 1

    def of(self, positions: range) -> range:
        """The positions that are this rank's: one stretch, at most one longer than any other's."""
        size = len(positions)
        start, end = (size * place // self.world for place in (self.rank, self.rank + 1))
        return positions[start:end]

    def weight(self, positions: range) -> float:
        """The share of a micro-batch that is this rank's, over the mean share."""
        return len(self.of(positions)) * self.world / len(positions)


@dataclass(frozen=True, slots=True)
class Mixture:
    """Draws the format of each group.

    Attributes:
        seed: 0 or more.
        weights: one a format, 0 or more, not all 0; a format is drawn by its share of their sum.
    """

    seed: int
    weights: tuple[float, ...]

    def format_of(self, group: int) -> int:
        """Place of the format that a group takes."""
        chosen = [place for place, weight in enumerate(self.weights) if weight > 0.0]
        if len(chosen) == 1:
            return chosen[0]
        word = int(random_words(self.seed, _STREAM, group, 1)[0])
        target = (word >> 11) * 2.0**-53 * sum(self.weights)
        reached = 0.0
        for place in chosen:
            reached += self.weights[place]
            if target < reached:
                return place
        return chosen[-1]  # the sum may be rounded up


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Where the data of a run stand between two steps.

    Attributes:
        group: the one that comes next.
        positions: of the next sample of each format, counted since the run began.
    """

    group: int
    positions: tuple[int, ...]


class Cursor:
    """Walks over the portions of a run from a place on, without an end.

    Args:
        mixture: draws the formats.
        batch: samples in a micro-batch of each format.
        accumulation: micro-batches in a group of each format.
        place: where it begins.
        share: the part of each micro-batch that is given; `place` counts whole ones.
    """

    def __init__(
        self,
        mixture: Mixture,
        batch: Sequence[int],
        accumulation: Sequence[int],
        place: DataPlace,
        share: Share = Share(),
    ) -> None:
        self._mixture = mixture
        self._share = share
        self._batch = tuple(batch)
        self._accumulation = tuple(accumulation)
        self._group = place.group
        self._positions = list(place.positions)
        self._format = 0
        self._left = 0  # micro-batches that the present group still has

    def __iter__(self) -> Cursor:
        return self

    def __next__(self) -> Portion:
        """The next portion; the cursor then stands behind it."""
        if self._left == 0:
            self._format = self._mixture.format_of(self._group)
            self._left = self._accumulation[self._format]
            self._group += 1
        self._left -= 1
        start, size = self._positions[self._format], self._batch[self._format]
        self._positions[self._format] += size
        whole = range(start, start + size)
        return Portion(self._format, self._share.of(whole), self._share.weight(whole))

    def copy(self) -> Cursor:
        """Another cursor that stands here, within a group too."""
        place = DataPlace(self._group, tuple(self._positions))
        other = Cursor(self._mixture, self._batch, self._accumulation, place, self._share)
        other._format, other._left = self._format, self._left
        return other
