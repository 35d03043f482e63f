"""What of a run directory is the run's own: the names that a run makes, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from vsrppp_tui.data.manifest import NAME as MANIFEST
from vsrppp_tui.records.history_file import HISTORY_FILE
from vsrppp_tui.records.run_file import RUN_FILE, RunFileInfo
from vsrppp_tui.records.run_lock import LINK_FOLDER

DATASET = "dataset"

_FILES = (
    RUN_FILE,
    HISTORY_FILE,
    "train_config.json*",  # with the copies that editors leave beside it
    "training_config.json*",
    "dataset_splits.json",
    "edits.jsonl",
    "training.log",
    "trainer.log",
    "training_status.txt",
)
# Folders of a run and what it writes into them, by the depth of a file.
_TREES = {
    LINK_FOLDER: ("*",),
    "checkpoints": ("*.pth", "abandoned-*/*.pth"),
    "validation_images": ("step_*/*.png",),
}
_BOARDS = ("logs", "tensorboard")  # a resumed run may no longer write the one that it began with
_BOARD_FILES = ("events.out.tfevents*",)
_MODELS, _MODEL_FILES = "models", ("wqv_neosr_x*.pth",)
_TEMPORARY = (
    ".{}.tmp-*",
    ".{}.*.tmp",
    ".{}.partial",
)  # what a kill in the middle of writing leaves
# The categories of `data.layout`, whose folders hold a dataset each; importing that takes numpy along.
_CATEGORIES = (
    "Universal/Mastermodell/Learn",
    "Space/SpaceModel/Learn",
    "Toon/ToonModel/Learn",
)
_DATASET_ENTRIES = (MANIFEST, f".{MANIFEST}.partial", "Patches*", "Val")


def foreign_entry(run_dir: Path, info: RunFileInfo, *, half_deleted: bool = False) -> str | None:
    """The first entry of a run directory that its run did not make; None where all is the run's own.

    Args:
        run_dir: the run directory.
        info: what its run.json says.
        half_deleted: it passed before, and what tells its dataset from another may be gone.

    Raises:
        OSError: it cannot be read.
    """
    named = {Path(name).parts[0] for name in info.folders.values() if Path(name).parts}
    for entry in sorted(run_dir.iterdir()):
        if entry.name == DATASET:
            foreign = None if half_deleted else _foreign_in_dataset(entry)
            if foreign is not None:
                return foreign
        elif entry.name in _TREES and _is_folder(entry):
            foreign = _foreign_in_tree(entry, _TREES[entry.name])
            if foreign is not None:
                return foreign
        elif entry.name not in named and not _is_own(entry, info.recipe):
            return entry.name
    return None


def is_own_dataset(path: Path) -> bool:
    """Whether a folder was made by cutting a video or the demo's clip, or is still empty."""
    return _foreign_in_dataset(path) is None


def _is_own(entry: Path, recipe: str) -> bool:
    if not _is_folder(entry):
        return _fits(entry.name, _FILES)
    if entry.name in _BOARDS:
        return _holds_only(entry, _BOARD_FILES)
    return entry.name == _MODELS and recipe == "wqv" and _holds_only(entry, _MODEL_FILES)


def _is_folder(entry: Path) -> bool:
    return entry.is_dir() and not entry.is_symlink()


def _foreign_in_tree(folder: Path, patterns: tuple[str, ...]) -> str | None:
    """The first file below a folder that fits none of the patterns; of a link, the link alone would go."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        fitting = (
            p.parts[-1]
            for p in map(Path, patterns)
            if len(p.parts) == len(inner.parts) and fnmatchcase(str(inner.parent), str(p.parent))
        )
        if path.is_symlink() or path.is_dir() or _fits(path.name, tuple(fitting)):
            continue
        return str(Path(folder.name) / inner)
    return None


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    temporary = (form.format(each) for each in patterns for form in _TEMPORARY)
    return any(fnmatchcase(name, each) for each in (*patterns, *temporary))


def _holds_only(folder: Path, patterns: tuple[str, ...]) -> bool:
    with os.scandir(folder) as entries:
        return all(
            _fits(entry.name, patterns) and not entry.is_dir(follow_symlinks=False)
            for entry in entries
        )


def _foreign_in_dataset(path: Path) -> str | None:
    """What in the folder ``dataset`` this program did not make; ``dataset`` itself where that is all."""
    if path.is_symlink() or not path.is_dir():
        return path.name
    entries = sorted(path.iterdir())
    roots = [place for place in (".", *_CATEGORIES) if _is_prepared(path / place)]
    if entries and not roots:
        return path.name
    own = _DATASET_ENTRIES if "." in roots else ()
    tops = {Path(place).parts[0] for place in roots if place != "."}
    for entry in entries:
        if entry.is_symlink() or not (entry.name in tops or _fits(entry.name, own)):
            return f"{path.name}/{entry.name}"
    return next(_foreign_in_categories(path, roots), None)


def _foreign_in_categories(path: Path, roots: list[str]) -> Iterator[str]:
    for place in roots:
        parts = Path(place).parts
        for depth in range(1, len(parts) + 1):
            folder = path.joinpath(*parts[:depth])
            own = _DATASET_ENTRIES if depth == len(parts) else (parts[depth],)
            for entry in sorted(folder.iterdir()):
                if entry.is_symlink() or not _fits(entry.name, own):
                    yield str(Path(path.name) / entry.relative_to(path))


def _is_prepared(folder: Path) -> bool:
    """Whether ``vsrppp prepare`` has begun here; a kill may have left its record half-written."""
    return (folder / MANIFEST).is_file() or (folder / f".{MANIFEST}.partial").is_file()
