"""The rules that the pairs of a dataset keep, checked before the first step; every breach is named.

Only both ends of a file are read, so that tens of thousands of pairs take seconds; `deep` decodes them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.data.folder_scan import Problem, ScannedFolder, Size, scan_folder
from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.errors import UserError


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair that keeps the rules. Paths are relative to the root; `lr` is None: made on the fly."""

    gt: str
    lr: str | None
    gt_size: Size
    file_bytes: tuple[int, int]  # of GT and LR


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a dataset holds: the good pairs in the order of their names, and every problem."""

    root: Path
    frames: int
    train: tuple[Pair, ...]
    val: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    files: int  # PNG files looked at


def scan_dataset(root: Path, frames: int, *, deep: bool = False) -> ScanReport:
    """Check every pair of `root` against the rules for stacks of `frames` LR frames.

    Args:
        root: holds Patches/{GT,LR} and Val/GT; Val/LR may be missing.
        frames: T, odd.
        deep: also decode every file.

    Raises:
        UserError: one of the three folders is missing. Broken files never raise; they are problems.
    """
    for name in ("Patches/GT", "Patches/LR", "Val/GT"):
        _require_folder(root, name)
    gt, lr, val_gt, val_lr = folders = [
        scan_folder(root, name, deep=deep)
        for name in ("Patches/GT", "Patches/LR", "Val/GT", "Val/LR")
    ]
    problems = [problem for folder in folders for problem in folder.problems]
    train = _one_size(_pair_up(gt, lr, frames, problems), problems)
    for name in sorted(gt.present - lr.present):
        problems.append(Problem(f"{gt.name}/{name}", f"has no LR stack {lr.name}/{name}"))
    _name_orphans(gt, lr, problems)
    val = _pair_validation(val_gt, val_lr, lr, frames, problems)
    problems += [
        Problem(folder.name, "holds no PNG file") for folder in (gt, val_gt) if not folder.present
    ]
    problems.sort(key=lambda problem: problem.path)
    files = sum(len(folder.present) for folder in folders)
    return ScanReport(root, frames, tuple(train), tuple(val), tuple(problems), files)


def scan_validation(root: Path, frames: int) -> ScanReport:
    """Check the validation pairs of `root` alone; only Val/GT has to be there.

    Raises:
        UserError: Val/GT is missing.
    """
    _require_folder(root, "Val/GT")
    gt, own = scan_folder(root, "Val/GT"), scan_folder(root, "Val/LR")
    patches = scan_folder(root, "Patches/LR", only=gt.present - own.present)
    problems = [*gt.problems, *own.problems]
    val = _pair_validation(gt, own, patches, frames, problems)
    if not gt.present:
        problems.append(Problem(gt.name, "holds no PNG file"))
    problems.sort(key=lambda problem: problem.path)
    files = len(gt.present) + len(own.present) + len(patches.present)
    return ScanReport(root, frames, (), tuple(val), tuple(problems), files)


def _require_folder(root: Path, name: str) -> None:
    if not (root / name).is_dir():
        missing = root if not root.is_dir() else root / name
        raise UserError(
            f"The dataset folder {missing} does not exist. Set DATASET_ROOT to a folder with "
            f"Patches/GT, Patches/LR and Val/GT, or make one: vsrppp prepare VIDEO --out {root}"
        )


def _pair_up(
    gt: ScannedFolder, lr: ScannedFolder, frames: int, problems: list[Problem]
) -> list[Pair]:
    """GT and LR files of one name whose sizes go together; files already named broken are left out."""
    pairs = []
    for name in sorted(gt.sizes.keys() & lr.sizes.keys()):
        gt_size, gt_bytes = gt.sizes[name]
        lr_size, lr_bytes = lr.sizes[name]
        rule = _gt_rule(gt_size)
        if rule is not None:
            problems.append(Problem(f"{gt.name}/{name}", rule))
            continue
        rule = _lr_rule(gt_size, lr_size, frames)
        if rule is not None:
            problems.append(Problem(f"{lr.name}/{name}", rule))
            continue
        pairs.append(Pair(f"{gt.name}/{name}", f"{lr.name}/{name}", gt_size, (gt_bytes, lr_bytes)))
    return pairs


def _gt_rule(gt_size: Size) -> str | None:
    width, height = gt_size
    if width % SCALE or height % SCALE:
        return f"is {width}x{height}: both sides of a GT picture must be multiples of 3"
    return None


def _lr_rule(gt_size: Size, lr_size: Size, frames: int) -> str | None:
    """What is wrong with the size of a stack, for a GT picture whose sides are multiples of 3."""
    width, frame_height = gt_size[0] // SCALE, gt_size[1] // SCALE
    height = frame_height * frames
    if lr_size[0] != width:
        return (
            f"is {lr_size[0]} pixels wide, must be {width}: "
            f"GT ({gt_size[0]}x{gt_size[1]}) is not 3 times the LR width"
        )
    if lr_size[1] == height:
        return None
    rule = f"has the wrong stack height: {lr_size[1]} pixels, must be {height} ({frames} frames of {frame_height})"
    if lr_size[1] % frame_height == 0:
        rule += f"; it is a stack of {lr_size[1] // frame_height}"
    return rule


def _one_size(pairs: list[Pair], problems: list[Problem]) -> list[Pair]:
    """The training pairs of the commonest size (the first one where two are as common)."""
    if not pairs:
        return pairs
    size, _ = Counter(pair.gt_size for pair in pairs).most_common(1)[0]
    for pair in pairs:
        if pair.gt_size != size:
            rule = f"is {pair.gt_size[0]}x{pair.gt_size[1]}, the other GT patches are {size[0]}x{size[1]}"
            problems.append(Problem(pair.gt, rule))
    return [pair for pair in pairs if pair.gt_size == size]


def _name_orphans(gt: ScannedFolder, lr: ScannedFolder, problems: list[Problem]) -> None:
    for name in sorted(lr.present - gt.present):
        problems.append(Problem(f"{lr.name}/{name}", f"has no GT picture {gt.name}/{name}"))


def _pair_validation(
    gt: ScannedFolder,
    own: ScannedFolder,
    patches: ScannedFolder,
    frames: int,
    problems: list[Problem],
) -> list[Pair]:
    """Each validation picture with its own LR, else a training stack of its name and size, else none."""
    pairs = _pair_up(gt, own, frames, problems)
    _name_orphans(gt, own, problems)
    for name in sorted(gt.sizes.keys() - own.present):
        size, length = gt.sizes[name]
        rule = _gt_rule(size)
        if rule is not None:
            problems.append(Problem(f"{gt.name}/{name}", rule))
            continue
        lr_size, lr_bytes = patches.sizes.get(name, ((0, 0), 0))
        shared = name in patches.sizes and _lr_rule(size, lr_size, frames) is None
        lr = f"{patches.name}/{name}" if shared else None
        pairs.append(Pair(f"{gt.name}/{name}", lr, size, (length, lr_bytes if shared else 0)))
    return sorted(pairs, key=lambda pair: pair.gt)
