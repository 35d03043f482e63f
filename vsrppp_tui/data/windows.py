"""Choosing which windows of a video become training pairs, and which become validation pictures.

A window is T frames in a row within one scene. Windows share no frame; validation takes whole stretches
of the video, and one window on each side of a stretch is left out, so that no training pair shows almost
the same moment as a validation picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_FEW = 3  # validation windows wanted even from a short video
_WINDOWS_A_STRETCH = 6
_MOST_STRETCHES = 8
_GAP_FROM = 10  # a video with fewer windows cannot spare any for the gap
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """First frames of the windows of one video, in order."""

    train: tuple[int, ...]
    val: tuple[int, ...]


def plan_windows(
    scenes: Sequence[range], frames: int, val_share: float, limit: int | None = None
) -> WindowPlan:
    """Divide the windows of a video into training and validation.

    Args:
        scenes: ranges of frame numbers that no cut interrupts.
        frames: T, the length of a window.
        val_share: share of the windows for validation, 0..1; at least one window is taken.
        limit: keep at most so many windows in all (2 or more), evenly over the video.

    Returns:
        A plan whose parts are empty where the video has fewer than two windows.
    """
    starts = [
        start for scene in scenes for start in range(scene.start, scene.stop - frames + 1, frames)
    ]
    if len(starts) < 2:
        return WindowPlan((), ())
    is_val, is_gap = _validation_stretches(len(starts), val_share)
    val = [start for place, start in enumerate(starts) if place in is_val]
    train = [start for place, start in enumerate(starts) if place not in is_val | is_gap]
    if limit is not None and len(train) + len(val) > limit:
        val = evenly(val, _val_count(limit, val_share))
        train = evenly(train, limit - len(val))
    return WindowPlan(tuple(train), tuple(val))


def evenly(items: Sequence[_T], count: int) -> list[_T]:
    """At most `count` of the items, spread evenly over them."""
    if count >= len(items):
        return list(items)
    return [items[int((place + 0.5) * len(items) / count)] for place in range(count)]


def _val_count(windows: int, share: float) -> int:
    return max(1, min(_FEW, windows // 4), round(windows * share))


def _validation_stretches(windows: int, share: float) -> tuple[set[int], set[int]]:
    """Places of the validation windows, and of those left out beside them."""
    count = _val_count(windows, share)
    stretches = max(1, min(_MOST_STRETCHES, count // _WINDOWS_A_STRETCH))
    is_val: set[int] = set()
    for stretch in range(stretches):
        length = count // stretches + (stretch < count % stretches)
        middle = (stretch + 0.5) * windows / stretches
        first = min(windows - length, max(0, round(middle - length / 2)))
        is_val.update(range(first, first + length))
    if windows < _GAP_FROM:
        return is_val, set()
    beside = {place + step for place in is_val for step in (-1, 1)}
    return is_val, beside - is_val
