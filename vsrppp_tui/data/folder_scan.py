"""Looking at the PNG files of one folder without decoding them: which are there, and which are whole."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from vsrppp_tui.png import BrokenPng, decode_png, read_png_size

Size = tuple[int, int]
"""Width and height in pixels."""

_OTHER_PICTURES = {".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}
_THREADS = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, relative to the dataset's root, and the rule it breaks in plain words."""

    path: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path} {self.rule}"


@dataclass(slots=True)
class ScannedFolder:
    """What a folder holds.

    Attributes:
        name: relative to the dataset's root.
        present: names of all PNG files.
        sizes: picture size and bytes of those that are whole.
        problems: the others, and pictures that are no PNG.
    """

    name: str
    present: set[str] = field(default_factory=set)
    sizes: dict[str, tuple[Size, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def scan_folder(
    root: Path, name: str, *, deep: bool = False, only: Collection[str] | None = None
) -> ScannedFolder:
    """Look at both ends of every PNG file of a folder, in a pool of threads.

    Args:
        root: the dataset's folder.
        name: of the folder below it; one that is missing counts as empty.
        deep: also decode every file.
        only: file names to look at; None: all.
    """
    folder = ScannedFolder(name)
    paths = sorted((root / name).iterdir()) if (root / name).is_dir() else []
    for path in paths:
        if path.name.startswith(".") or (only is not None and path.name not in only):
            continue
        if path.suffix.lower() == ".png":
            folder.present.add(path.name)
        elif path.suffix.lower() in _OTHER_PICTURES:
            folder.problems.append(Problem(f"{name}/{path.name}", "is not a PNG file"))
    files = sorted(folder.present)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda file: _look_at(root / name / file, deep), files)
        for file, result in zip(files, found, strict=True):
            if isinstance(result, str):
                folder.problems.append(Problem(f"{name}/{file}", result))
            else:
                folder.sizes[file] = result
    return folder


def _look_at(path: Path, deep: bool) -> tuple[Size, int] | str:
    """The picture's size and the file's bytes, or the rule that the file breaks."""
    try:
        width, height, length = read_png_size(path)
        if deep:
            decode_png(path)
    except BrokenPng as error:
        return str(error)
    return (width, height), length
