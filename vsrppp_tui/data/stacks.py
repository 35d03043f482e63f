"""LR stacks: `frames` LR frames on top of one another, the middle one aligned with the GT picture.

Shapes: T frames, H x W the size of one LR frame; all pictures are uint8 RGB.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.png import BrokenPng, decode_png

Picture = NDArray[np.uint8]
"""uint8 RGB, [H, W, 3], or a stack of such pictures [T, H, W, 3]."""


class UnreadablePatch(Exception):
    """A file of a pair that does not decode, or does not have the size that it had at the start."""

    def __init__(self, path: Path, rule: str) -> None:
        super().__init__(path, rule)
        self.path = path
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.path} {self.rule}"


class PatchSource(Protocol):
    """Training pairs of one size, however they are stored; small enough to be sent to a worker."""

    @property
    def count(self) -> int:
        """Number of pairs."""
        ...

    @property
    def frames(self) -> int:
        """T, the LR frames of a pair."""
        ...

    @property
    def lr_height(self) -> int:
        """H, the height of one LR frame."""
        ...

    @property
    def lr_width(self) -> int:
        """W, the width of one LR frame."""
        ...

    @property
    def decoded(self) -> bool:
        """Whether reading a pair costs a copy alone."""
        ...

    @property
    def fingerprint(self) -> str:
        """Stands for the files: the same names and sizes give the same text."""
        ...

    def read(self, index: int) -> tuple[Picture, Picture]:
        """Return LR frames [T, H, W, 3] and GT [3H, 3W, 3] of a pair; they may be read-only.

        Raises:
            UnreadablePatch: a file of the pair is damaged or gone.
        """
        ...


def split_stack(stack: Picture, frames: int) -> Picture:
    """Turn a stack picture [T*H, W, 3] into frames [T, H, W, 3] without copying."""
    height, width, channels = stack.shape
    assert height % frames == 0, (height, frames)
    return stack.reshape(frames, height // frames, width, channels)


def join_stack(frames_THWC: Picture) -> Picture:
    """Turn frames [T, H, W, 3] into a stack picture [T*H, W, 3]."""
    frames, height, width, channels = frames_THWC.shape
    return np.ascontiguousarray(frames_THWC).reshape(frames * height, width, channels)


def read_pair(lr_path: Path, gt_path: Path, frames: int) -> tuple[Picture, Picture]:
    """Decode one pair: LR frames [T, H, W, 3] and GT [3H, 3W, 3].

    Raises:
        UnreadablePatch: a file does not decode, or the sizes do not go together any more.
    """
    gt = read_picture(gt_path)
    stack = read_picture(lr_path)
    expected = (gt.shape[0] // SCALE * frames, gt.shape[1] // SCALE)
    if stack.shape[:2] != expected:
        raise UnreadablePatch(lr_path, "has changed its size")
    return split_stack(stack, frames), gt


def read_picture(path: Path) -> Picture:
    """Decode one PNG to [H, W, 3].

    Raises:
        UnreadablePatch: the file is missing, damaged or not a PNG.
    """
    try:
        return decode_png(path)
    except BrokenPng as error:
        raise UnreadablePatch(path, str(error)) from None
