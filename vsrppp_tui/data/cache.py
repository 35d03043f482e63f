"""Decoded training patches as memory-mapped arrays beside the dataset, where they fit a budget.

A pair read from there costs a copy instead of a decode. ROOT/Patches/.decoded/ (beside LR_7frames:
.decoded_7frames/) holds ``lr.npy`` [N, T, H, W, 3], ``gt.npy`` [N, 3H, 3W, 3] and, written last,
``manifest.json``, which says of which files they are the pixels. Deleting the folder is always safe.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.data.dataset import PatchSet
from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.data.stacks import PatchSource, Picture, UnreadablePatch

FOLDER = ".decoded"
_VERSION = 1
_GB = 1_000_000_000
_LEFT_FREE = 2 * _GB
"""Disk space that is never taken: checkpoints have to go somewhere."""

Progress = Callable[[int, int], None]
"""Called with pairs done and pairs in all, from the thread that builds."""


@dataclass(frozen=True)
class CachedPatches:
    """The pairs of a `PatchSet`, read from its decoded arrays; these are opened at the first read.

    Attributes:
        patches: the PNG files that the arrays were made of.
        unreadable: pairs that could not be decoded when the arrays were made.
    """

    patches: PatchSet
    unreadable: frozenset[int]
    _arrays: list[NDArray[np.uint8]] = field(default_factory=list, compare=False, repr=False)

    @property
    def decoded(self) -> bool:
        """Always."""
        return True

    @property
    def count(self) -> int:
        """Number of pairs."""
        return self.patches.count

    @property
    def frames(self) -> int:
        """T, the LR frames of a pair."""
        return self.patches.frames

    @property
    def lr_height(self) -> int:
        """H, the height of one LR frame."""
        return self.patches.lr_height

    @property
    def lr_width(self) -> int:
        """W, the width of one LR frame."""
        return self.patches.lr_width

    @property
    def fingerprint(self) -> str:
        """That of the PNG files: where the pixels are read from makes no difference."""
        return self.patches.fingerprint

    def read(self, index: int) -> tuple[Picture, Picture]:
        """Return LR frames [T, H, W, 3] and GT [3H, 3W, 3], read-only views into the files.

        Raises:
            UnreadablePatch: the pair could not be decoded when the arrays were made.
        """
        if index in self.unreadable:
            self.patches.read(index)  # raises, unless the file was mended since
            raise UnreadablePatch(self.patches.gt_path(index), "was unreadable when decoded")
        if not self._arrays:
            folder = cache_folder(self.patches)
            self._arrays.extend(np.load(folder / name, mmap_mode="r") for name in _ARRAYS)
        lr, gt = self._arrays
        return lr[index], gt[index]

    def __getstate__(self) -> dict[str, Any]:
        # A worker opens the files itself: pickling a memory map would send all of its pixels.
        return {**self.__dict__, "_arrays": []}


_ARRAYS = ("lr.npy", "gt.npy")


def cache_folder(patches: PatchSet) -> Path:
    """Where the decoded arrays of these patches stand."""
    lr = patches.root / patches.lr_folder
    return lr.with_name(FOLDER + lr.name.removeprefix("LR"))


def decoded_bytes(patches: PatchSet) -> int:
    """Size of all decoded pairs in bytes."""
    return sum(int(np.prod(shape)) for shape in _shapes(patches))


def with_caches(
    sets: Sequence[PatchSet], budget_gb: float, progress: Progress | None = None
) -> list[tuple[PatchSource, str]]:
    """`with_cache` for each format in turn, within one budget: each has what those before left of it."""
    chosen, taken = [], 0
    for patches in sets:
        source, decision = with_cache(patches, budget_gb, progress, taken)
        if source is not patches:
            taken += decoded_bytes(patches)
        name = f"{patches.format_name}: " if len(sets) > 1 else ""
        chosen.append((source, name + decision))
    return chosen


def with_cache(
    patches: PatchSet, budget_gb: float, progress: Progress | None = None, taken: int = 0
) -> tuple[PatchSource, str]:
    """Return the decoded patches if they fit `budget_gb` (10^9 bytes), building them where needed.

    `taken`: bytes of the budget that other formats have.

    Returns:
        What to read from, and a sentence about what was decided and why. Over budget, without the disk
        space, or where the folder cannot be written, that is `patches` itself.
    """
    size = decoded_bytes(patches)
    if size + taken > budget_gb * _GB:
        others = f" less {taken / _GB:.1f} GB of other formats" if taken else ""
        return patches, (
            f"Decoded patches would take {size / _GB:.1f} GB, more than CACHE_BUDGET_GB = {budget_gb:g}"
            f"{others}: reading the PNG files."
        )
    folder = cache_folder(patches)
    try:
        folder.mkdir(exist_ok=True)
        with _locked(folder):
            return _use_or_build(patches, size, progress)
    except OSError as error:
        return patches, f"No decoded patches in {folder} ({error.strerror}): reading the PNG files."


def _use_or_build(
    patches: PatchSet, size: int, progress: Progress | None
) -> tuple[PatchSource, str]:
    folder = cache_folder(patches)
    unreadable = _read_manifest(patches)
    if unreadable is not None:
        return CachedPatches(patches, unreadable), f"Reading decoded patches from {folder}."
    for name in ("manifest.json", *_ARRAYS, *(f"{name}.partial" for name in _ARRAYS)):
        (folder / name).unlink(missing_ok=True)
    free = shutil.disk_usage(folder).free
    if size + _LEFT_FREE > free:
        return patches, (
            f"Decoded patches would take {size / _GB:.1f} GB and {folder} has {free / _GB:.1f} GB left: "
            "reading the PNG files."
        )
    unreadable = _build(patches, progress or (lambda done, total: None))
    return CachedPatches(
        patches, unreadable
    ), f"Decoded {size / _GB:.1f} GB of patches to {folder}."


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process build at a time; a second one waits and finds the arrays made."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(patches: PatchSet, progress: Progress) -> frozenset[int]:
    """Decode every pair into files under other names; name them and the manifest at the end."""
    folder = cache_folder(patches)
    partial = [folder / f"{name}.partial" for name in _ARRAYS]
    try:
        arrays = [_allocate(*each) for each in zip(partial, _shapes(patches), strict=True)]
        unreadable = _decode_all(patches, arrays, progress)
        for array, path, name in zip(arrays, partial, _ARRAYS, strict=True):
            array.flush()
            path.replace(folder / name)
    except BaseException:
        for path in partial:
            path.unlink(missing_ok=True)
        raise
    manifest = folder / "manifest.json.partial"
    manifest.write_text(json.dumps({**_identity(patches), "unreadable": sorted(unreadable)}))
    manifest.replace(folder / "manifest.json")
    return unreadable


def _allocate(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    with path.open("r+b") as file:
        # A full disk is an OSError here; found while writing to the map it would kill the process.
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _decode_all(
    patches: PatchSet, arrays: list[np.memmap[Any, np.dtype[np.uint8]]], progress: Progress
) -> frozenset[int]:
    lr_all, gt_all = arrays

    def decode(index: int) -> bool:
        try:
            lr_all[index], gt_all[index] = patches.read(index)
        except UnreadablePatch:
            return False
        return True

    unreadable = set()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            for index, readable in enumerate(pool.map(decode, range(patches.count))):
                if not readable:
                    unreadable.add(index)
                progress(index + 1, patches.count)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return frozenset(unreadable)


def _read_manifest(patches: PatchSet) -> frozenset[int] | None:
    """The unreadable pairs of arrays that were made of exactly these patches; None: there are none."""
    folder = cache_folder(patches)
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        identity = {key: manifest[key] for key in _identity(patches)}
        unreadable = frozenset(manifest["unreadable"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if identity != _identity(patches) or not all((folder / name).exists() for name in _ARRAYS):
        return None
    return unreadable


def _identity(patches: PatchSet) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "fingerprint": patches.fingerprint,
        "shapes": [list(shape) for shape in _shapes(patches)],
    }


def _shapes(patches: PatchSet) -> tuple[tuple[int, ...], tuple[int, ...]]:
    height, width = patches.lr_height, patches.lr_width
    return (
        (patches.count, patches.frames, height, width, 3),
        (patches.count, height * SCALE, width * SCALE, 3),
    )
