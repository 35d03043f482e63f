"""The data of the recipe `wqv`: clean pictures, split into training, validation and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.data.degradation import Monochrome
from vsrppp_tui.data.image_file import read_image
from vsrppp_tui.data.image_folder import ImagePairs, ImageSamples, PairRules, check_images
from vsrppp_tui.data.splits import (
    SPLITS_FILE,
    Shares,
    Split,
    find_images,
    keep_split,
    read_split,
    split_images,
)
from vsrppp_tui.data.stacks import UnreadablePatch
from vsrppp_tui.errors import UserError

_VALIDATION, _TEST = 1, 2


@dataclass(frozen=True)
class ImageData:
    """A folder of pictures as `run_data.RunData`."""

    root: Path
    split: Split
    shares: Shares
    rules: PairRules
    per_image: int
    fingerprint: str
    notices: tuple[str, ...]

    @property
    def samples(self) -> tuple[ImageSamples]:
        """One source: all samples have one size."""
        return (ImageSamples(self.root, self.split.train, self.rules, self.per_image),)

    @property
    def val(self) -> ImagePairs:
        """The middle of each validation picture."""
        return ImagePairs(self.root, self.split.val, self.rules, _VALIDATION)

    @property
    def test(self) -> ImagePairs | None:
        """The middle of each test picture."""
        return (
            ImagePairs(self.root, self.split.test, self.rules, _TEST) if self.split.test else None
        )

    @property
    def count(self) -> int:
        """Training samples of an epoch."""
        return self.samples[0].count

    @property
    def largest(self) -> tuple[int, int]:
        """All samples are of one size."""
        return self.rules.side, self.rules.side

    @property
    def files(self) -> dict[str, str]:
        """dataset_splits.json."""
        return {SPLITS_FILE: self.split.text(self.root, self.shares)}

    @property
    def summary(self) -> str:
        """Pictures by part, and how large the samples are."""
        split, side = self.split, self.rules.side
        return (
            f"{len(split.train)} pictures to train on, {len(split.val)} to validate, {len(split.test)} to "
            f"test; {self.count} samples an epoch of {side}x{side} LR pixels for x{self.rules.scale}"
        )

    def sources(
        self, progress: Callable[[int, int], None], tell: Callable[[str], None]
    ) -> tuple[ImageSamples]:
        """The samples; each is made when it is read."""
        return self.samples


def open_images(config: WqvConfig, run_dir: Path | None, *, resumed: bool) -> ImageData:
    """Find, split and look at the pictures of SOURCE; a split that the run directory has recorded stands.

    Raises:
        UserError: no folder, too few pictures, some that cannot be read, or a recorded split that no longer
            fits.
    """
    root = Path(config.dataset_root)
    shares = Shares(config.train_split, config.val_split, config.seed)
    names = find_images(root)
    recorded = None
    if run_dir is not None:
        recorded = read_split(run_dir / SPLITS_FILE, shares, resumed=resumed)
    notices = () if recorded is None else keep_split(recorded, names, root)
    split = recorded or split_images(root, names, shares)
    check_images(root, (*split.val, *split.test))
    fingerprint = check_images(root, split.train)
    rules = rules_of(config)
    return ImageData(root, split, shares, rules, config.patches_per_image, fingerprint, notices)


def rules_of(config: WqvConfig) -> PairRules:
    """How a configuration makes pairs."""
    style = Monochrome(config.monochrome_levels, config.monochrome_noise)
    return PairRules(
        config.scale_factor,
        config.base_resolution,
        config.seed,
        style if config.monochrome_style else None,
    )


def check_image_data(config: WqvConfig, tell: Callable[[str], None]) -> ImageData:
    """As `open_images`, every picture decoded; `tell` takes all problems, one a call.

    Raises:
        UserError: there are problems.
    """
    data = open_images(config, None, resumed=False)
    problems = [
        problem for name in sorted(data.split.all) if (problem := _problem(data.root / name))
    ]
    for problem in problems:
        tell(problem)
    if problems:
        raise UserError(
            f"{len(problems)} pictures of {data.root} cannot be decoded: {problems[0]}."
        )
    return data


def _problem(path: Path) -> str | None:
    try:
        read_image(path)
    except UnreadablePatch as error:
        return str(error)
    return None


def open_image_validation(config: WqvConfig, data: Path | None, run_dir: Path | None) -> ImagePairs:
    """The validation pictures of a run, or all pictures of another folder: `data`.

    Raises:
        UserError: as `open_images`, or there is no picture in `data`.
    """
    if data is None:
        return open_images(config, run_dir, resumed=run_dir is not None).val
    names = find_images(data)
    if not names:
        raise UserError(f"There is no picture in {data}. Set --data to a folder of pictures.")
    check_images(data, names)
    return ImagePairs(data, names, rules_of(config), _VALIDATION)
