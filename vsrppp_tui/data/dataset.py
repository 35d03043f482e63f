"""A dataset that is fit for training: its pairs, and how each is read."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vsrppp_tui.data.degrade import frames_from_still
from vsrppp_tui.data.formats import SCALE
from vsrppp_tui.data.pair_rules import Pair
from vsrppp_tui.data.scan import FormatPairs, ScanReport, scan_dataset, scan_validation
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.data.stacks import Picture, UnreadablePatch, read_pair, read_picture
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program

MADE_ON_THE_FLY = "made on the fly"
_NAMED_PROBLEMS = 3


@dataclass(frozen=True)
class PatchSet:
    """Training pairs of one size, read from their PNG files.

    Attributes:
        root: the dataset's folder.
        format_name: as the configuration calls it; None: the only one, of whatever size.
        gt_folder, lr_folder: relative to the root, such as Patches/GT and Patches/LR.
        names: file names, sorted; both folders hold one file of each name.
        frames: T, the LR frames of a stack.
        lr_height, lr_width: H and W, the size of one LR frame.
        fingerprint: SHA-256 over names, file sizes, picture size and T.
    """

    root: Path
    format_name: str | None
    gt_folder: str
    lr_folder: str
    names: tuple[str, ...]
    frames: int
    lr_height: int
    lr_width: int
    fingerprint: str

    @property
    def decoded(self) -> bool:
        """PNG files have to be decoded."""
        return False

    @property
    def count(self) -> int:
        """Number of pairs."""
        return len(self.names)

    def gt_path(self, index: int) -> Path:
        """The GT file of a pair."""
        return self.root / self.gt_folder / self.names[index]

    def read(self, index: int) -> tuple[Picture, Picture]:
        """Decode LR frames [T, H, W, 3] and GT [3H, 3W, 3] of a pair.

        Raises:
            UnreadablePatch: a file is damaged, gone, or has another size than at the start.
        """
        gt_path = self.gt_path(index)
        lr, gt = read_pair(self.root / self.lr_folder / self.names[index], gt_path, self.frames)
        if gt.shape[:2] != (self.lr_height * SCALE, self.lr_width * SCALE):
            raise UnreadablePatch(gt_path, "has changed its size")
        return lr, gt


@dataclass(frozen=True)
class ValidationSet:
    """Validation pictures, each of a size of its own, with LR frames from one of three sources."""

    root: Path
    pairs: tuple[Pair, ...]
    frames: int
    fingerprint: str

    @property
    def count(self) -> int:
        """Number of pictures."""
        return len(self.pairs)

    def name(self, index: int) -> str:
        """Name of a picture without folder and suffix."""
        return Path(self.pairs[index].gt).stem

    def read(self, index: int) -> tuple[Picture, Picture]:
        """Return LR frames [T, H, W, 3] and GT [3H, 3W, 3] of a picture.

        Raises:
            UnreadablePatch: a file is damaged or gone.
        """
        pair = self.pairs[index]
        if pair.lr is not None:
            return read_pair(self.root / pair.lr, self.root / pair.gt, self.frames)
        gt = read_picture(self.root / pair.gt)
        if gt.shape[0] % SCALE or gt.shape[1] % SCALE:
            raise UnreadablePatch(self.root / pair.gt, "has changed its size")
        return frames_from_still(gt, self.frames), gt

    @cached_property
    def lr_sources(self) -> Counter[str]:
        """How many pictures take their LR frames from Val/LR, from Patches/LR, or have them made."""
        return Counter(
            MADE_ON_THE_FLY if pair.lr is None else str(Path(pair.lr).parent) for pair in self.pairs
        )

    @property
    def lr_source(self) -> str:
        """`lr_sources` in words: ``Val/LR``, or ``Val/LR (7), made on the fly (1)``."""
        if len(self.lr_sources) == 1:
            return next(iter(self.lr_sources))
        return ", ".join(f"{source} ({count})" for source, count in self.lr_sources.most_common())


@dataclass(frozen=True)
class Dataset:
    """Both parts of a dataset; the training patches by format, in the order of the configuration."""

    root: Path
    train: tuple[PatchSet, ...]
    val: ValidationSet

    @property
    def count(self) -> int:
        """Training pairs of all formats together."""
        return sum(patches.count for patches in self.train)

    @property
    def fingerprint(self) -> str:
        """Stands for all training files; that of the patches themselves where there is one format."""
        if len(self.train) == 1:
            return self.train[0].fingerprint
        parts = "".join(f"{each.format_name}\0{each.fingerprint}\n" for each in self.train)
        return hashlib.sha256(parts.encode()).hexdigest()


def open_dataset(spec: DatasetSpec) -> Dataset:
    """Check every pair of a dataset (without decoding) and return it for reading.

    Raises:
        UserError: a folder is missing or empty, or a file breaks a rule; names up to three of them.
    """
    report = scan_dataset(spec)
    if report.problems:
        raise UserError(describe_problems(report))
    train = tuple(_patch_set(report, pairs) for pairs in report.train)
    return Dataset(report.root, train, _validation_set(report))


def open_validation(spec: DatasetSpec) -> ValidationSet:
    """Check the validation pictures of a dataset alone; its training patches may be missing.

    Raises:
        UserError: Val/GT is missing or empty, or a file of Val breaks a rule.
    """
    report = scan_validation(spec)
    if report.problems:
        raise UserError(describe_problems(report))
    return _validation_set(report)


def describe_problems(report: ScanReport) -> str:
    """The problems of a report in one or two sentences, up to three by name."""
    count = len(report.problems)
    named = "; ".join(str(problem) for problem in report.problems[:_NAMED_PROBLEMS])
    if count <= _NAMED_PROBLEMS:
        return f"The dataset {report.root} cannot be used: {named}. Put that right; {program()} check looks again."
    return (
        f"The dataset {report.root} cannot be used: {named}; and {count - _NAMED_PROBLEMS} more. "
        f"{program()} check lists them all."
    )


def _patch_set(report: ScanReport, found: FormatPairs) -> PatchSet:
    width, height = found.pairs[0].gt_size
    return PatchSet(
        root=report.root,
        format_name=found.folder.format.name if found.folder.format else None,
        gt_folder=found.folder.gt_folder,
        lr_folder=found.folder.lr_folder,
        names=tuple(Path(pair.gt).name for pair in found.pairs),
        frames=report.frames,
        lr_height=height // SCALE,
        lr_width=width // SCALE,
        fingerprint=_fingerprint(found.pairs, report.frames),
    )


def _validation_set(report: ScanReport) -> ValidationSet:
    fingerprint = _fingerprint(report.val, report.frames)
    return ValidationSet(report.root, report.val, report.frames, fingerprint)


def _fingerprint(pairs: tuple[Pair, ...], frames: int) -> str:
    # Times of change are left out: a dataset copied to another machine is the same dataset.
    digest = hashlib.sha256(f"{frames}\n".encode())
    for pair in pairs:
        digest.update(f"{pair.gt}\0{pair.lr}\0{pair.gt_size}\0{pair.file_bytes}\n".encode())
    return digest.hexdigest()
