"""Reading and drawing comparison pictures in a thread of its own: the screen never waits for a disk."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.tui.comparison import GT, KI, LR, Layout, amplified, shown, split
from vsrppp_tui.tui.half_blocks import Line, half_blocks, scaled
from vsrppp_tui.tui.placement import Placement, Size, View, place

if TYPE_CHECKING:
    from vsrppp_tui.tui.comparison import Pixels
_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """A picture file and how to show it."""

    path: Path
    written: float  # time of its validation: another one at the same step writes the file anew
    box: Size  # screen pixels for each part
    view: View
    layout: Layout
    indexed: bool  # in the fixed colours of a 256-colour terminal


class DrawnPicture:
    """All parts of the layout at the same place of the picture, and equally near.

    Their cells are made one part after the other, the one that is seen first: a swap in place then finds
    its cells there, and nobody waits for those of a part that is not seen.
    """

    def __init__(
        self, request: PictureRequest, size: Size, where: Placement, pixels: tuple[Pixels, ...]
    ) -> None:
        self.request = request
        self.size = size  # pixels of one part
        self.where = where
        self.pixels = pixels  # screen pixels of each part, RGB [lines, columns, 3]
        self.psnr = (math.nan, math.nan)  # dB, of LR and KI against GT
        self._lines: dict[int, tuple[Line, ...]] = {}

    def lines(self, part: int) -> tuple[Line, ...]:
        """A part as character cells."""
        if part not in self._lines:
            self._lines[part] = half_blocks(self.pixels[part], indexed=self.request.indexed)
        return self._lines[part]


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why there is nothing to show; the reason goes on where the file's name ends."""

    request: PictureRequest
    reason: str


class PictureLoader:
    """Draws one picture at a time. What is wanted meanwhile comes next, and only the newest of it."""

    def __init__(self) -> None:
        self._wanted: PictureRequest | None = None
        self._first = KI
        self._failed: float | None = None  # when the picture that is wanted could not be shown
        self._under_way = False
        self._result: DrawnPicture | NoPicture | None = None
        self._decoded: tuple[Path, float, Pixels] | None = None

    def want(self, request: PictureRequest | None, first: int = KI) -> None:
        """Ask for a picture; None gives up one that was asked for.

        Where one part is large, it comes as soon as `first` can be shown.
        """
        self._first = first
        if request == self._wanted and not self._worth_another_look():
            return
        self._wanted = request
        self._begin()

    def _worth_another_look(self) -> bool:
        """Whether the picture could not be shown some time ago: its file may come late."""
        return self._failed is not None and time.monotonic() - self._failed > _RETRY_SECONDS

    @property
    def waiting(self) -> bool:
        """Whether a picture is under way."""
        return self._under_way

    def poll(self) -> DrawnPicture | NoPicture | None:
        """The picture that is wanted, once, when it is there."""
        result, self._result = self._result, None
        if result is None:
            return None
        self._under_way = False
        self._failed = time.monotonic() if isinstance(result, NoPicture) else None
        if result.request == self._wanted:
            return result
        self._begin()
        return None

    def _begin(self) -> None:
        if self._wanted is None or self._under_way:
            return
        self._under_way, self._failed = True, None
        work = (self._wanted, self._first)
        threading.Thread(target=self._work, args=work, name="pictures", daemon=True).start()

    def _work(self, request: PictureRequest, first: int) -> None:
        parts = request.layout.parts
        # Whatever is wrong with a picture, the run goes on and the screen says why.
        try:
            picture = _drawn(self._decode(request), request)
            for part in (first,) if request.layout.large else parts:
                picture.lines(part)
            self._result = picture
        except Exception as error:
            self._result = NoPicture(request, _reason(error))
            return
        for part in parts:  # for a swap; given up when something else is wanted
            if self._wanted == request:
                picture.lines(part)

    def _decode(self, request: PictureRequest) -> Pixels:
        """The picture; the last one is kept, for zooming and moving about in it."""
        from vsrppp_tui.png import decode_png

        if self._decoded is None or self._decoded[:2] != (request.path, request.written):
            self._decoded = None
            request.path.stat()  # told apart from a file that is there and cannot be read
            self._decoded = (request.path, request.written, decode_png(request.path))
        return self._decoded[2]


def _drawn(picture: Pixels, request: PictureRequest) -> DrawnPicture:
    parts = split(picture)
    height, width = parts[0].shape[:2]
    where = place((width, height), request.box, request.view)
    pixels = tuple(scaled(part, where) for part in shown(parts, request.layout))
    if request.layout.gain:
        pixels = tuple(amplified(part, request.layout.gain) for part in pixels)
    drawn = DrawnPicture(request, (width, height), where, pixels)
    drawn.psnr = (_psnr(parts[LR], parts[GT]), _psnr(parts[KI], parts[GT]))
    return drawn


def _psnr(picture: Pixels, truth: Pixels) -> float:
    """PSNR in dB over all pixels and channels; infinite where both are equal."""
    import cv2
    import numpy as np

    squares = float(cv2.norm(picture, truth, cv2.NORM_L2SQR))
    mean = squares / np.size(truth)
    return 10 * math.log10(255**2 / mean) if mean else math.inf


def _reason(error: Exception) -> str:
    from vsrppp_tui.png import BrokenPng

    if isinstance(error, FileNotFoundError):
        return "is missing: it has been deleted, or could not be written."
    if isinstance(error, BrokenPng):
        return f"{error}."
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})."
    if isinstance(error, ValueError):
        return "is not a comparison of three pictures."
    return f"cannot be shown ({type(error).__name__}: {error})."
