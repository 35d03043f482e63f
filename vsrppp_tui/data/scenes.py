"""Finding scene cuts: where one frame has little to do with the one before.

Two measures of neighbouring frames, on luma averaged down to a few thousand pixels: the mean absolute
difference after each block was moved to where it fits best (motion does not count, new content does),
and the distance of the histograms. A cut stands out in both against its neighbourhood, or by far in the
first.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 64, 36

_BLOCK_HEIGHT, _BLOCK_WIDTH = 9, 8  # thumbnail pixels; they divide the thumbnail
_REACH_DOWN, _REACH_ACROSS = 2, 4  # how far a block may move, thumbnail pixels a frame
_HISTOGRAM_BINS = 32
_NEIGHBOURHOOD = 12  # frames on each side that say what is usual here
_LEAST_DIFFERENCE = 8.0  # levels of 255
_LEAST_DISTANCE = 0.10  # share of the pixels that change their histogram bin
_TIMES_USUAL = 3.0
_TIMES_USUAL_ALONE = 8.0  # between two scenes of like brightness the histograms do not tell


class SceneDetector:
    """Takes one thumbnail a frame, keeps two numbers of it, and finds the cuts at the end."""

    def __init__(self) -> None:
        self._previous: NDArray[np.int16] | None = None
        self._previous_histogram: NDArray[np.float64] | None = None
        self._differences: list[float] = []
        self._distances: list[float] = []

    @property
    def frames(self) -> int:
        """Frames seen so far."""
        return len(self._differences)

    def add(self, luma: NDArray[np.uint8]) -> None:
        """Take the next frame: uint8 luma of THUMBNAIL_HEIGHT x THUMBNAIL_WIDTH pixels."""
        values = luma.astype(np.int16)
        histogram = _smooth_histogram(luma)
        if self._previous is None or self._previous_histogram is None:
            self._differences.append(0.0)
            self._distances.append(0.0)
        else:
            self._differences.append(_unexplained(self._previous, values))
            distance = np.abs(histogram - self._previous_histogram).sum() / 2
            self._distances.append(float(distance))
        self._previous, self._previous_histogram = values, histogram

    def cuts(self) -> list[int]:
        """Numbers of the frames that begin a new scene; frame 0 is not among them."""
        differences = np.array(self._differences)
        distances = np.array(self._distances)
        candidates = np.flatnonzero(differences > _LEAST_DIFFERENCE)
        return [int(frame) for frame in candidates if _is_cut(differences, distances, int(frame))]


def _is_cut(differences: NDArray[np.float64], distances: NDArray[np.float64], frame: int) -> bool:
    usual = _usual(differences, frame)
    if differences[frame] > _TIMES_USUAL_ALONE * usual:
        return True
    new_content = distances[frame] > max(_LEAST_DISTANCE, _TIMES_USUAL * _usual(distances, frame))
    return bool(new_content and differences[frame] > _TIMES_USUAL * usual)


def scenes_between(cuts: list[int], frames: int) -> list[range]:
    """The scenes of a video of `frames` frames, as ranges of frame numbers."""
    edges = [0, *cuts, frames]
    return [range(first, end) for first, end in pairwise(edges) if end > first]


def _unexplained(previous: NDArray[np.int16], current: NDArray[np.int16]) -> float:
    """Mean absolute difference of two frames, each block compared with its best match nearby."""
    height, width = current.shape
    padding = ((_REACH_DOWN, _REACH_DOWN), (_REACH_ACROSS, _REACH_ACROSS))
    around = np.pad(previous, padding, mode="edge")
    moved = sliding_window_view(around, (height, width)).reshape(-1, height, width)
    differences = np.abs(moved - current)
    blocks = differences.reshape(
        -1, height // _BLOCK_HEIGHT, _BLOCK_HEIGHT, width // _BLOCK_WIDTH, _BLOCK_WIDTH
    )
    return float(blocks.mean(axis=(2, 4)).min(axis=0).mean())


def _smooth_histogram(luma: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Shares of the luma levels, blurred over neighbouring bins so that a slight dimming is no cut."""
    counts, _ = np.histogram(luma, bins=_HISTOGRAM_BINS, range=(0, 256))
    padded = np.pad(counts / luma.size, 1, mode="edge")
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)


def _usual(values: NDArray[np.float64], frame: int) -> float:
    """Median of the neighbourhood without the frame itself; frame 0 has no value of its own."""
    first = max(1, frame - _NEIGHBOURHOOD)
    around = np.concatenate([values[first:frame], values[frame + 1 : frame + 1 + _NEIGHBOURHOOD]])
    return float(np.median(around)) if around.size else 0.0
