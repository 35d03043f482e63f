"""A first look through a whole video, before hours are spent on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.data.scenes import (
    THUMBNAIL_HEIGHT,
    THUMBNAIL_WIDTH,
    SceneDetector,
    scenes_between,
)
from vsrppp_tui.data.video import decode_video, probe_video, to_small_luma
from vsrppp_tui.errors import UserError


@dataclass(frozen=True, slots=True)
class Survey:
    """What a video holds.

    Attributes:
        width, height: of the pictures as they are shown: turned where the file says so.
        quarter_turns: counterclockwise, from a picture as stored to one as shown; 0..3.
        frames: how many there are; counted.
        scenes: ranges of frame numbers without a cut between them; together all frames.
    """

    width: int
    height: int
    quarter_turns: int
    frames: int
    scenes: tuple[range, ...]


def survey(path: Path, progress: Callable[[int, int], None]) -> Survey:
    """Decode every frame once; `progress` is called with frames done and (about) frames in all.

    Raises:
        UserError: unreadable or damaged, without frames, or pictures that change their size.
    """
    expected = probe_video(path).frames
    detector = SceneDetector()
    size, turns = (0, 0), 0
    for frame in decode_video(path):
        if detector.frames == 0:
            size, turns = (frame.width, frame.height), round(frame.rotation / 90) % 4
        elif (frame.width, frame.height) != size:
            raise UserError(
                f"The pictures of {path} change their size at frame {detector.frames}. "
                "Cut the video there with ffmpeg and give both parts."
            )
        detector.add(to_small_luma(frame, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT))
        progress(detector.frames, max(expected, detector.frames))
    if detector.frames == 0:
        raise UserError(f"The video {path} holds no pictures.")
    width, height = size[::-1] if turns % 2 else size
    scenes = tuple(scenes_between(detector.cuts(), detector.frames))
    return Survey(width, height, turns, detector.frames, scenes)
