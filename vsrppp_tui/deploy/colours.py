"""From the colours of a video to RGB and back, by the same matrix.

A video that does not name its matrix is taken as players do: BT.601 below 720 lines, BT.709 from there
on. The output names it, since an enlarged SD video would otherwise be shown by that of HD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from vsrppp_tui.deploy.enlarger import Pixels

_HD_LINES = 720
_BT709, _SMPTE170M = 1, 6  # numbers of H.273, table 4, as FFmpeg has them
# Matrix of H.273 -> the number of swscale for the same one.
_SWSCALE = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9}
_LIMITED_RANGE = 1


@dataclass(frozen=True, slots=True)
class Colours:
    """How a video codes its colours: `matrix`, `primaries` and `transfer` are numbers of H.273."""

    matrix: int
    primaries: int
    transfer: int

    @classmethod
    def of(cls, stream: Any) -> Colours:
        """Those of a video stream."""
        matrix = int(stream.codec_context.colorspace)
        if matrix not in _SWSCALE:
            matrix = _BT709 if stream.height >= _HD_LINES else _SMPTE170M
        context = stream.codec_context
        return cls(matrix, int(context.color_primaries), int(context.color_trc))

    def to_rgb(self, frame: Any, quarter_turns: int) -> Pixels:
        """The pixels of a decoded frame, uint8 [H, W, 3], turned counterclockwise."""
        shown = frame.reformat(format="rgb24", src_colorspace=_SWSCALE[self.matrix])
        return np.ascontiguousarray(np.rot90(shown.to_ndarray(), quarter_turns))

    def to_frame(self, rgb: NDArray[np.uint8]) -> Any:
        """A frame for the encoder, yuv420p of limited range; the sides of `rgb` are even."""
        return VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=_SWSCALE[self.matrix],
            dst_color_range=_LIMITED_RANGE,
        )

    def tag(self, stream: Any) -> None:
        """Name them in an output stream that is not opened yet."""
        context = stream.codec_context
        context.colorspace = self.matrix
        context.color_primaries = self.primaries
        context.color_trc = self.transfer
        context.color_range = _LIMITED_RANGE
