"""Enlarging a video, frame by frame, in the windows that the network looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av.error

from vsrppp_tui.data.video import damage_at, open_video
from vsrppp_tui.deploy.colours import Colours
from vsrppp_tui.deploy.enlarger import Enlarger, Pixels
from vsrppp_tui.deploy.sequence import sliding_windows
from vsrppp_tui.deploy.video_survey import Survey, survey
from vsrppp_tui.deploy.video_writer import DEFAULT_CRF, Shape, VideoWriter, writing_video
from vsrppp_tui.errors import UserError

SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".wmv")

Progress = Callable[[int, int], None]
"""Called with the frames done and the frames in all."""


class _Frame(NamedTuple):
    rgb: Pixels
    pts: int
    time_base: Fraction


def is_video(path: Path) -> bool:
    """Whether the name is one of a video."""
    return path.suffix.lower() in SUFFIXES


def upscale_video(
    source: Path,
    out: Path,
    enlarger: Enlarger,
    *,
    crf: int = DEFAULT_CRF,
    surveying: Progress,
    progress: Progress,
) -> None:
    """Enlarge a video: as many frames, at the same times, and the same sound; subtitles are left out.

    The windows of a network that looks at several frames do not reach across scene cuts; there, and at
    both ends, they are mirrored. `out` appears when it is complete.

    Raises:
        UserError: `source` cannot be read to its end, or its sound does not fit into `out`.
        OSError: `out` cannot be written.
    """
    found = survey(source, surveying)
    scale = enlarger.scale
    shape = Shape(found.width * scale, found.height * scale, found.quarter_turns % 2 == 1)
    progress(0, found.frames)
    with (
        open_video(source) as (original, stream),
        writing_video(out, original, stream, shape, crf) as writer,
    ):
        frames = _decoded(source, original, stream, found, writer)
        windows = sliding_windows(frames, found.scenes, enlarger.frames)
        for number, window in enumerate(windows, start=1):
            middle = window[enlarger.frames // 2]
            enlarged = enlarger.enlarge([frame.rgb for frame in window])
            writer.add_picture(enlarged, middle.pts, middle.time_base)
            progress(number, found.frames)
        for _ in frames:  # the sound after the last picture
            pass


def _decoded(
    path: Path, original: Any, stream: Any, found: Survey, writer: VideoWriter
) -> Iterator[_Frame]:
    """The frames of a video; packets of sound go to the writer as they are met."""
    stream.thread_type = "AUTO"
    colours = Colours.of(stream)
    number = 0
    for packet in _packets(path, original, stream):
        if packet.stream.type == "audio":
            if packet.dts is not None:  # not the empty packet at the end
                writer.add_sound(packet)
            continue
        for frame in _decode(path, packet, number):
            pts = frame.pts if frame.pts is not None else _regular_pts(number, stream)
            rgb = colours.to_rgb(frame, found.quarter_turns)
            yield _Frame(rgb, pts, frame.time_base or stream.time_base)
            number += 1
    if number != found.frames:
        raise UserError(f"{path} has changed meanwhile: it has {number} frames now.")


def _packets(path: Path, original: Any, stream: Any) -> Iterator[Any]:
    try:
        yield from original.demux([stream, *original.streams.audio])
    except av.error.FFmpegError as error:
        raise UserError(f"The video {path} cannot be read ({error.strerror}).") from None


def _decode(path: Path, packet: Any, number: int) -> list[Any]:
    try:
        return list(packet.decode())
    except av.error.FFmpegError as error:
        raise damage_at(path, number, error) from None


def _regular_pts(number: int, stream: Any) -> int:
    """Where the file gives no time: that of a regular rate."""
    rate = stream.average_rate or Fraction(25)
    return int(number / rate / stream.time_base)
