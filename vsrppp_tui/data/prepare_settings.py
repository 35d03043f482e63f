"""What decides which pairs are cut out of a video, and the choice of formats that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.data.formats import PatchFormat, largest_square, parse_formats
from vsrppp_tui.data.layout import check_category
from vsrppp_tui.data.video import VideoInfo, probe_video
from vsrppp_tui.errors import UserError


@dataclass(frozen=True)
class PrepareSettings:
    """Settings of a preparation; the same ones continue it.

    Attributes:
        formats: sizes of the patches.
        frames: lengths of the LR stacks, odd; a window has the longest of them.
        category: None, "general", "space" or "toon".
        limit: windows a video at most, 2 or more; None: all.
        val_share: share of the windows for validation.
        crops: wanted from a window for each format; None: about as many as cover a frame.
        val_crops: the same for validation windows; None: as many as for training.
        seed: of the places of the crops.

    Raises:
        UserError: a value that no dataset can be made with; names what is allowed.
    """

    formats: tuple[PatchFormat, ...]
    frames: tuple[int, ...] = (5,)
    category: str | None = None
    limit: int | None = None
    val_share: float = 0.1
    crops: int | None = None
    val_crops: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_category(self.category)
        if self.limit is not None and self.limit < 2:
            raise UserError(
                f"--limit {self.limit} is too few: allowed are 2 or more windows a video, "
                "as one of them is for validation."
            )
        if any(frames % 2 == 0 or frames < 3 for frames in self.frames):
            raise UserError("The number of frames of an LR stack must be odd and at least 3.")

    @property
    def window(self) -> int:
        """Frames of a window."""
        return max(self.frames)

    def to_json(self) -> dict[str, Any]:
        """Plain values, named as the options of ``vsrppp prepare`` where there is one."""
        return {
            "formats": [format_.name for format_ in self.formats],
            "frames": list(self.frames),
            "category": self.category,
            "limit": self.limit,
            "val_share": self.val_share,
            "crops": self.crops,
            "val_crops": self.val_crops,
            "seed": self.seed,
        }


def parse_frames(text: str) -> tuple[int, ...]:
    """Read ``--frames``: 5, 7, or both.

    Raises:
        UserError: anything else.
    """
    names = [part.strip() for part in text.split(",")]
    if not set(names) <= {"5", "7"}:
        raise UserError(f"--frames {text} is not possible: allowed are 5, 7 or 5,7.")
    return tuple(sorted({int(name) for name in names}))


def choose_formats(videos: Sequence[Path], text: str | None) -> tuple[PatchFormat, ...]:
    """The formats of ``--formats``; without it, the largest square up to 540 that fits all videos.

    Raises:
        UserError: a format is not known or larger than a video, or a video cannot be read.
    """
    infos = [probe_video(path) for path in videos]
    if text is None:
        width = min(info.width for info in infos)
        height = min(info.height for info in infos)
        return (largest_square(width, height),)
    formats = parse_formats(text)
    for info in infos:
        require_fit(formats, info)
    return formats


def require_fit(formats: Sequence[PatchFormat], video: VideoInfo) -> None:
    """Refuse a format that is larger than a video.

    Raises:
        UserError: names both.
    """
    for format_ in formats:
        if not format_.fits(video.width, video.height):
            raise UserError(
                f"The format {format_.name} ({format_.size}) is larger than {video.path.name} "
                f"({video.width}x{video.height}). Choose one that fits with --formats."
            )
