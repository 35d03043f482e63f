"""Looking through a dataset before the first step: every file that breaks a rule is named.

Only both ends of a file are read, so that tens of thousands of pairs take seconds; `deep` decodes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.data.folder_scan import Problem, ScannedFolder, scan_folder
from vsrppp_tui.data.pair_rules import Pair, gt_rule, lr_rule, name_orphans, of_one_size, pair_up
from vsrppp_tui.data.spec import DatasetSpec, TrainFolder
from vsrppp_tui.errors import UserError

_VAL_GT = "Val/GT"


@dataclass(frozen=True, slots=True)
class FormatPairs:
    """The good training pairs of one format, in the order of their names."""

    folder: TrainFolder
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a dataset holds: the good pairs, and every problem."""

    root: Path
    frames: int
    train: tuple[FormatPairs, ...]
    val: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    files: int  # PNG files looked at


@dataclass(frozen=True, slots=True)
class _Scanned:
    """Both folders of a format."""

    folder: TrainFolder
    gt: ScannedFolder
    lr: ScannedFolder


def scan_dataset(spec: DatasetSpec, *, deep: bool = False) -> ScanReport:
    """Check every pair of a dataset against its rules.

    Args:
        spec: what the dataset is to hold.
        deep: also decode every file.

    Raises:
        UserError: a folder of a format, or Val/GT, is missing. Broken files never raise; they are problems.
    """
    folders = spec.train_folders()
    _require_training(spec, folders)
    _require_validation(spec)
    scanned = [
        _Scanned(
            each,
            scan_folder(spec.root, each.gt_folder, deep=deep),
            scan_folder(spec.root, each.lr_folder, deep=deep),
        )
        for each in folders
    ]
    val_gt, val_lr = scan_folder(spec.root, _VAL_GT, deep=deep), _own_lr(spec, deep=deep)
    looked_at = [part for each in scanned for part in (each.gt, each.lr)] + [val_gt, val_lr]
    problems = [problem for folder in looked_at for problem in folder.problems]
    train = tuple(_train_pairs(each, spec.frames, problems) for each in scanned)
    patches = [] if spec.made_validation else [each.lr for each in scanned]
    val = _validation_pairs(val_gt, val_lr, patches, spec.frames, problems)
    return _report(spec, train, val, problems, looked_at)


def scan_validation(spec: DatasetSpec) -> ScanReport:
    """Check the validation pairs of a dataset alone; only Val/GT has to be there.

    Raises:
        UserError: Val/GT is missing.
    """
    _require_validation(spec)
    gt, own = scan_folder(spec.root, _VAL_GT), _own_lr(spec)
    # A broken training stack is no problem here: LR frames are then made on the fly.
    patches = [
        scan_folder(spec.root, each.lr_folder, only=gt.present - own.present)
        for each in spec.train_folders()
        if not spec.made_validation
    ]
    problems = [*gt.problems, *own.problems]
    val = _validation_pairs(gt, own, patches, spec.frames, problems)
    return _report(spec, (), val, problems, [gt, own, *patches])


def _own_lr(spec: DatasetSpec, *, deep: bool = False) -> ScannedFolder:
    """The LR stacks of Val; none where they are always made on the fly."""
    name = f"Val/{spec.train_folders()[0].lr}"
    return ScannedFolder(name) if spec.made_validation else scan_folder(spec.root, name, deep=deep)


def _report(
    spec: DatasetSpec,
    train: tuple[FormatPairs, ...],
    val: list[Pair],
    problems: list[Problem],
    folders: Sequence[ScannedFolder],
) -> ScanReport:
    files = sum(len(folder.present) for folder in folders)
    in_order = tuple(sorted(problems, key=lambda problem: problem.path))
    return ScanReport(spec.root, spec.frames, train, tuple(val), in_order, files)


def _require_training(spec: DatasetSpec, folders: Sequence[TrainFolder]) -> None:
    """Refuse a dataset without the folders of its formats."""
    for each in folders:
        for name in (each.gt_folder, each.lr_folder):
            if (spec.root / name).is_dir():
                continue
            if each.format is None or not spec.root.is_dir():
                raise _no_folder(spec, name)
            raise UserError(
                f"The format {each.format.name} has no folder {spec.root / name}. Take it out of the "
                f"configuration's formats, or prepare another dataset: {spec.command('ANOTHER_FOLDER')}"
            )


def _require_validation(spec: DatasetSpec) -> None:
    """Refuse a dataset without validation pictures."""
    if not (spec.root / _VAL_GT).is_dir():
        raise _no_folder(spec, _VAL_GT)


def _no_folder(spec: DatasetSpec, name: str) -> UserError:
    missing = spec.root if not spec.root.is_dir() else spec.root / name
    first = spec.train_folders()[0]
    inside = spec.root.relative_to(spec.data_root) / first.gt_folder
    return UserError(
        f"The dataset folder {missing} does not exist. Set {spec.root_key} to a folder with "
        f"{inside}, {first.lr_folder} and {_VAL_GT}, or make one: {spec.command(spec.data_root)}"
    )


def _train_pairs(scanned: _Scanned, frames: int, problems: list[Problem]) -> FormatPairs:
    gt, lr = scanned.gt, scanned.lr
    pairs = of_one_size(pair_up(gt, lr, frames, problems), scanned.folder.format, problems)
    for name in sorted(gt.present - lr.present):
        problems.append(Problem(f"{gt.name}/{name}", f"has no LR stack {lr.name}/{name}"))
    name_orphans(gt, lr, problems)
    _require_pictures(gt, problems)
    return FormatPairs(scanned.folder, tuple(pairs))


def _require_pictures(gt: ScannedFolder, problems: list[Problem]) -> None:
    if not gt.present:
        problems.append(Problem(gt.name, "holds no PNG file"))


def _validation_pairs(
    gt: ScannedFolder,
    own: ScannedFolder,
    patches: Sequence[ScannedFolder],
    frames: int,
    problems: list[Problem],
) -> list[Pair]:
    """Each validation picture with its own LR, else a training stack of its name and size, else none."""
    pairs = pair_up(gt, own, frames, problems)
    name_orphans(gt, own, problems)
    _require_pictures(gt, problems)
    for name in sorted(gt.sizes.keys() - own.present):
        size, length = gt.sizes[name]
        rule = gt_rule(size)
        if rule is not None:
            problems.append(Problem(f"{gt.name}/{name}", rule))
            continue
        lr, lr_bytes = None, 0
        for folder in patches:
            if name in folder.sizes and lr_rule(size, folder.sizes[name][0], frames) is None:
                lr, lr_bytes = f"{folder.name}/{name}", folder.sizes[name][1]
                break
        pairs.append(Pair(f"{gt.name}/{name}", lr, size, (length, lr_bytes)))
    return sorted(pairs, key=lambda pair: pair.gt)
