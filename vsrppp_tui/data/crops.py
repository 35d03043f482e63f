"""Choosing where to cut patches out of a frame: at random places that have something to learn from."""

from __future__ import annotations

import hashlib
import math

import cv2
import numpy as np

from vsrppp_tui.data.formats import PatchFormat
from vsrppp_tui.data.stacks import Picture

Place = tuple[int, int]
"""Top and left of a crop in GT pixels."""

_LEAST_DEVIATION = 4.0  # standard deviation of the luma, levels of 255
_LEAST_GRADIENT = 0.5  # mean absolute difference of neighbouring luma pixels, levels of 255
_TRIES = 5  # candidates for each crop wanted
_MOST_CROPS = 8


def crops_for(format_: PatchFormat, width: int, height: int) -> int:
    """How many crops cover about as many pixels as a frame has; 8 at most."""
    return min(_MOST_CROPS, math.ceil(width * height / (format_.gt_width * format_.gt_height)))


def choose_crops(
    frame: Picture, format_: PatchFormat, count: int, seed_text: str, *, at_least_one: bool = False
) -> list[Place]:
    """Random places of a frame, at most `count`, that are not flat and lie apart from one another.

    Args:
        frame: [H, W, 3], at least as large as the format.
        format_: size of the crops.
        count: how many are wanted.
        seed_text: the same text gives the same places.
        at_least_one: where all candidates are flat, return the liveliest instead of none.
    """
    luma = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    chosen: list[Place] = []
    rejected: list[tuple[float, Place]] = []
    for place in _candidates(frame, format_, count * _TRIES, seed_text):
        if len(chosen) == count:
            break
        if any(_close(place, other, format_) for other in chosen):
            continue
        top, left = place
        patch = luma[top : top + format_.gt_height, left : left + format_.gt_width]
        if is_flat(patch):
            rejected.append((_gradient(patch), place))
        else:
            chosen.append(place)
    if at_least_one and not chosen:
        chosen.append(max(rejected)[1])
    return chosen


def is_flat(luma: Picture) -> bool:
    """Whether a luma patch [H, W] holds next to nothing: clear sky, a black border, a blurred wall."""
    return float(luma.std()) < _LEAST_DEVIATION or _gradient(luma) < _LEAST_GRADIENT


def _gradient(luma: Picture) -> float:
    down = cv2.absdiff(luma[1:], luma[:-1])
    across = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    return float(down.mean() + across.mean()) / 2


def _candidates(frame: Picture, format_: PatchFormat, count: int, seed_text: str) -> list[Place]:
    seed = int.from_bytes(
        hashlib.sha256(f"{seed_text} {format_.size}".encode()).digest()[:8], "big"
    )
    random = np.random.Generator(np.random.Philox(seed))
    tops = random.integers(0, frame.shape[0] - format_.gt_height + 1, count)
    lefts = random.integers(0, frame.shape[1] - format_.gt_width + 1, count)
    return [(int(top), int(left)) for top, left in zip(tops, lefts, strict=True)]


def _close(place: Place, other: Place, format_: PatchFormat) -> bool:
    """Whether two crops show mostly the same: moved by less than a quarter of their size."""
    down, across = abs(place[0] - other[0]), abs(place[1] - other[1])
    return down < format_.gt_height / 4 and across < format_.gt_width / 4
