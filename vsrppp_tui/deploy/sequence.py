"""The window of frames around each frame of a video, mirrored at the ends of its scenes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def sliding_windows(
    frames: Iterable[_T], scenes: Sequence[range], length: int
) -> Iterator[list[_T]]:
    """For every frame, in order, the `length` frames of which it is the middle one.

    Beyond an end of its scene the frames go back inwards (2 1 0 1 2 ...; the end itself is not repeated);
    a scene of a single frame stands for all of them. At most `length` frames are kept.

    Args:
        frames: as many as the scenes have together; they are taken as late as possible.
        scenes: ranges of frame numbers that follow each other from 0 on.
        length: T, odd.
    """
    source = iter(frames)
    for scene in scenes:
        yield from _of_a_scene(islice(source, len(scene)), len(scene), length)


def _of_a_scene(frames: Iterator[_T], count: int, length: int) -> Iterator[list[_T]]:
    half = length // 2
    kept: deque[_T] = deque(maxlen=length)
    taken = 0
    for middle in range(count):
        while taken < min(middle + half + 1, count):
            kept.append(next(frames))
            taken += 1
        first = taken - len(kept)
        around = range(middle - half, middle + half + 1)
        yield [kept[mirrored(number, count) - first] for number in around]


def mirrored(number: int, count: int) -> int:
    """The number 0..count-1 that stands for `number`, mirrored at both ends as often as it takes."""
    if count == 1:
        return 0
    period = 2 * (count - 1)
    number %= period
    return min(number, period - number)
