"""Where the files of a prepared dataset stand.

A category has its own folder, with a folder for each format, LR_5frames and LR_7frames, and Val/GT alone:
validation makes its LR frames on the fly. Without a category the LR stacks of validation are written too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vsrppp_tui.data.formats import SINGLE_FORMAT_FOLDER, PatchFormat
from vsrppp_tui.errors import UserError

Part = Literal["train", "val"]

CATEGORY_FOLDERS = {
    "general": "Universal/Mastermodell/Learn",
    "space": "Space/SpaceModel/Learn",
    "toon": "Toon/ToonModel/Learn",
}


@dataclass(frozen=True)
class Layout:
    """Folders and file names for the pairs of one dataset.

    Attributes:
        out: the dataset's folder.
        formats: at least one.
        frames: lengths of the LR stacks, such as (5,) or (5, 7).
        category: None, or a key of CATEGORY_FOLDERS.
    """

    out: Path
    formats: Sequence[PatchFormat]
    frames: Sequence[int]
    category: str | None = None

    @property
    def root(self) -> Path:
        """The folder that holds Patches and Val."""
        return self.out if self.category is None else self.out / CATEGORY_FOLDERS[self.category]

    def folder(self, part: Part, format_: PatchFormat) -> Path:
        """The folder of a format that holds GT and the LR folders."""
        if part == "val":
            return self.root / "Val"
        single = self.category is None and len(self.formats) == 1
        return self.root / (SINGLE_FORMAT_FOLDER if single else format_.folder)

    def lr_folder(self, frames: int) -> str:
        """Name of the folder with stacks of `frames` LR frames."""
        plain = self.category is None and tuple(self.frames) == (5,)
        return "LR" if plain else f"LR_{frames}frames"

    def lr_frames(self, part: Part) -> tuple[int, ...]:
        """Lengths of the LR stacks that are written of each pair of a part."""
        made_on_the_fly = part == "val" and self.category is not None
        return () if made_on_the_fly else tuple(self.frames)

    def name(self, part: Part, format_: PatchFormat, stem: str, start: int, crop: int) -> str:
        """File name of a pair; pictures of several formats share Val and carry their size there."""
        size = f"_{format_.size}" if part == "val" and len(self.formats) > 1 else ""
        return f"{stem}_{start:06d}_{crop}{size}.png"

    def paths(self, part: Part, format_: PatchFormat, name: str) -> list[Path]:
        """All files of a pair: GT, then one LR stack for each of `lr_frames`."""
        folder = self.folder(part, format_)
        lr_folders = [self.lr_folder(frames) for frames in self.lr_frames(part)]
        return [folder / kind / name for kind in ("GT", *lr_folders)]

    def make_folders(self) -> None:
        """Create every folder that is missing."""
        for format_ in self.formats:
            for part in ("train", "val"):
                for path in self.paths(part, format_, ""):
                    path.mkdir(parents=True, exist_ok=True)


def check_category(category: str | None) -> None:
    """Refuse a category that is not known.

    Raises:
        UserError: names the ones that are.
    """
    if category is not None and category not in CATEGORY_FOLDERS:
        raise UserError(
            f"The category {category!r} is not known: take one of {', '.join(CATEGORY_FOLDERS)}, "
            "or leave --category out."
        )
