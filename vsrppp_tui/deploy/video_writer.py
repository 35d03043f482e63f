"""Writing an enlarged video: H.264 with the times of the original, its sound copied as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from vsrppp_tui.deploy.colours import Colours
from vsrppp_tui.deploy.enlarger import Pixels
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import replacing

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""Suffixes that an enlarged video may have, and what FFmpeg calls their format."""

# Sound whose packets come back from these containers as they went in; Matroska takes all.
_SOUNDS = {
    "mp4": frozenset({"aac", "mp2", "mp3", "ac3", "eac3", "opus"}),
    "mov": frozenset({"aac", "mp2", "mp3", "ac3", "eac3", "pcm_s16le", "pcm_s24le"}),
}

DEFAULT_CRF = 17
"""Constant quality of x264, 0 (lossless) to 51; at 17 nobody sees a difference."""

_PRESET = "medium"


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the enlarged pictures: width and height, and whether a quarter turn made them out of `source`."""

    width: int
    height: int
    turned: bool = False


class VideoWriter:
    """One output file: pictures are encoded as they come, packets of sound copied."""

    def __init__(
        self,
        container: Any,
        path: Path,
        original: Any,
        source: Any,
        shape: Shape,
        crf: int,
    ) -> None:
        """Of the container `original` the stream `source` is enlarged."""
        self._container = container
        self._colours = Colours.of(source)
        self._video = self._add_video(source, shape, crf)
        self._sounds = {
            stream.index: self._add_sound(path, stream) for stream in original.streams.audio
        }

    def add_picture(self, rgb: Pixels, pts: int, time_base: Fraction) -> None:
        """Encode the next picture, [H, W, 3]; an odd side gets its last line once more."""
        height, width = rgb.shape[:2]
        even = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = self._colours.to_frame(even)
        frame.pts, frame.time_base = pts, time_base
        self._container.mux(self._video.encode(frame))

    def add_sound(self, packet: Any) -> None:
        """Copy a packet of the original's sound."""
        packet.stream = self._sounds[packet.stream.index]
        self._container.mux(packet)

    def finish(self) -> None:
        """Encode what the encoder still holds."""
        self._container.mux(self._video.encode(None))

    def _add_video(self, source: Any, shape: Shape, crf: int) -> Any:
        rate = source.average_rate or source.guessed_rate or Fraction(25)
        options = {"crf": str(crf), "preset": _PRESET}
        video = self._container.add_stream("libx264", rate=rate, options=options)
        video.width = shape.width + shape.width % 2
        video.height = shape.height + shape.height % 2
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = source.time_base
        if source.sample_aspect_ratio:
            ratio = source.sample_aspect_ratio
            video.codec_context.sample_aspect_ratio = 1 / ratio if shape.turned else ratio
        self._colours.tag(video)
        return video

    def _add_sound(self, path: Path, stream: Any) -> Any:
        codec = stream.codec_context.codec.canonical_name
        if codec not in _SOUNDS.get(CONTAINERS[path.suffix.lower()], {codec}):
            raise UserError(
                f"{path.suffix} cannot hold the sound ({codec}) as it is: name the output "
                f"{path.with_suffix('.mkv').name}."
            )
        copy = self._container.add_stream_from_template(stream)
        if "language" in stream.metadata:
            copy.metadata["language"] = stream.metadata["language"]
        return copy


@contextmanager
def writing_video(
    path: Path, original: Any, source: Any, shape: Shape, crf: int = DEFAULT_CRF
) -> Iterator[VideoWriter]:
    """Write a video that appears under its name only when it is complete.

    Args:
        path: its suffix is one of `CONTAINERS`.
        original: input container whose sound is copied.
        source: its video stream, whose times are kept.
        shape: of the enlarged pictures.
        crf: see `DEFAULT_CRF`.

    Raises:
        UserError: the sound does not fit into the container.
        OSError: the file cannot be written.
    """
    with (
        replacing(path) as file,
        av.open(file, "w", format=CONTAINERS[path.suffix.lower()]) as container,
    ):
        writer = VideoWriter(container, path, original, source, shape, crf)
        container.metadata.update(original.metadata)
        yield writer
        writer.finish()
