"""``prepare.json``: what a prepared dataset was made of and which windows are finished."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsrppp_tui.errors import UserError

NAME = "prepare.json"
_VERSION = 1


@dataclass(slots=True)
class VideoRecord:
    """One video of a dataset.

    Attributes:
        bytes: size of the video file; another size under the same name is another video.
        frames: how many there are, counted by decoding.
        cuts: frames that begin a new scene.
        finished: first frame of each finished window -> crops taken of each format.
    """

    bytes: int
    frames: int
    cuts: list[int]
    finished: dict[int, list[int]] = field(default_factory=dict)


class Manifest:
    """The record of a dataset under preparation; each category of a dataset has its own.

    Args:
        out: the folder that holds the patches.
        settings: plain values that decide what the patches look like.

    Raises:
        UserError: the folder holds patches from elsewhere, or of other settings, or the file is damaged.
    """

    def __init__(self, out: Path, settings: dict[str, Any]) -> None:
        self._path = out / NAME
        self._settings = settings
        self.videos: dict[str, VideoRecord] = {}
        if self._path.exists():
            self._load()
        elif (out / "Val").exists() or any(out.glob("Patches*")):
            raise UserError(
                f"{out} holds a dataset that vsrppp prepare did not make (it has no {NAME}). "
                "Choose another folder with --out."
            )

    def video(self, path: Path) -> VideoRecord | None:
        """What is known of a video; None where it is new.

        Raises:
            UserError: another video of that name is in the dataset.
        """
        record = self.videos.get(path.stem)
        if record is not None and record.bytes != path.stat().st_size:
            raise UserError(
                f"{self._path.parent} already holds patches of another video named {path.stem}. "
                "Rename this one, or choose another folder with --out."
            )
        return record

    def save(self) -> None:
        """Write the record; a reader sees the old one or the new one."""
        values = {
            "version": _VERSION,
            "settings": self._settings,
            "videos": {
                stem: {
                    "bytes": record.bytes,
                    "frames": record.frames,
                    "cuts": record.cuts,
                    "finished": record.finished,
                }
                for stem, record in self.videos.items()
            },
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f".{NAME}.partial")
        partial.write_text(json.dumps(values))
        partial.replace(self._path)

    def _load(self) -> None:
        try:
            values = json.loads(self._path.read_text())
            known, videos = values["settings"], values["videos"]
            records = {stem: _record(entry) for stem, entry in videos.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(
                f"{self._path} is damaged. Move the folder aside, or choose another with --out."
            ) from None
        self._compare(known)
        self.videos = records

    def _compare(self, known: dict[str, Any]) -> None:
        """Patches of two kinds in one folder would be neither."""
        for name, value in self._settings.items():
            if known.get(name) != value:
                raise UserError(
                    f"{self._path.parent} was prepared with {name} {_words(known.get(name))}, "
                    f"not {_words(value)}. Repeat the first command to continue it, or choose another "
                    "folder with --out."
                )


def _record(entry: dict[str, Any]) -> VideoRecord:
    finished = {int(start): list(crops) for start, crops in entry["finished"].items()}
    return VideoRecord(entry["bytes"], entry["frames"], list(entry["cuts"]), finished)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return "none" if value is None else str(value)
