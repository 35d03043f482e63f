"""Reading videos with PyAV: what a file holds, and its frames one after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from vsrppp_tui.data.stacks import Picture
from vsrppp_tui.errors import UserError


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the header of a video says.

    Attributes:
        width, height: of its frames, in pixels.
        frames: how many there are, about; 0 where the header does not tell.
    """

    path: Path
    width: int
    height: int
    frames: int


def probe_video(path: Path) -> VideoInfo:
    """Open a video and read its header.

    Raises:
        UserError: no such file, not a video, or nothing but sound in it.
    """
    with open_video(path) as (container, stream):
        frames = stream.frames
        if not frames and container.duration and stream.average_rate:
            frames = round(container.duration / av.time_base * stream.average_rate)
        return VideoInfo(path, stream.width, stream.height, frames)


@contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a video for reading: the container and its first video stream.

    Raises:
        UserError: as `probe_video`.
    """
    if not path.is_file():
        raise UserError(f"The video {path} does not exist.")
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(
            f"{path} cannot be read as a video ({error.strerror}). Give a file that ffmpeg can open."
        ) from None
    with container:
        streams = [each for each in container.streams.video if each.width]
        if not streams:
            raise UserError(f"{path} holds no video stream. Give a file with pictures in it.")
        yield container, streams[0]


def decode_video(path: Path) -> Iterator[Any]:
    """Every frame of a video (`av.VideoFrame`), in the order in which they are shown.

    Only the frames that the decoder itself needs are kept.

    Raises:
        UserError: as `probe_video`, or damage in the middle; names the frame.
    """
    number = 0
    with open_video(path) as (container, stream):
        stream.thread_type = "AUTO"
        try:
            for frame in container.decode(stream):
                yield frame
                number += 1
        except av.error.FFmpegError as error:
            raise damage_at(path, number, error) from None


def damage_at(path: Path, number: int, error: av.error.FFmpegError) -> UserError:
    """What a user is told of a video that does not decode after `number` frames."""
    return UserError(
        f"The video {path} is damaged after frame {number} ({error.strerror}). "
        "Repair or cut it with ffmpeg, or leave it out."
    )


def to_rgb(frame: Any) -> Picture:
    """The pixels of a decoded frame, [H, W, 3] RGB."""
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def to_small_luma(frame: Any, width: int, height: int) -> Picture:
    """The luma of a decoded frame, averaged down to [height, width]."""
    small = frame.reformat(width=width, height=height, format="gray", interpolation="AREA")
    return np.asarray(small.to_ndarray(), dtype=np.uint8)
