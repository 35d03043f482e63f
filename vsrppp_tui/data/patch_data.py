"""The data of the video recipes: patch files by format."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.data.cache import with_caches
from vsrppp_tui.data.dataset import (
    Dataset,
    PatchSet,
    ValidationSet,
    describe_problems,
    open_dataset,
    open_validation,
)
from vsrppp_tui.data.sample_reader import Source
from vsrppp_tui.data.sampler import Sampler
from vsrppp_tui.data.scan import scan_dataset
from vsrppp_tui.data.spec import DatasetSpec, spec_of
from vsrppp_tui.data.stacks import PatchSource
from vsrppp_tui.errors import UserError


@dataclass(frozen=True)
class PatchData:
    """A dataset of patches as `run_data.RunData`."""

    config: PatchConfig
    dataset: Dataset
    samplers: tuple[Sampler, ...]

    test = None
    notices = ()

    @property
    def val(self) -> ValidationSet:
        """The pictures of Val."""
        return self.dataset.val

    @property
    def count(self) -> int:
        """Training pairs of all formats together."""
        return self.dataset.count

    @property
    def fingerprint(self) -> str:
        """That of the training patches."""
        return self.dataset.fingerprint

    @property
    def largest(self) -> tuple[int, int]:
        """Height and width of the largest samples, in LR pixels."""
        return max(((s.height, s.width) for s in self.samplers), key=math.prod)

    @property
    def files(self) -> dict[str, str]:
        """None: the dataset's folders say all."""
        return {}

    @property
    def summary(self) -> str:
        """Pairs and sizes by format, and the validation images."""
        formats = "; ".join(map(_describe, self.dataset.train))
        val = self.dataset.val
        return f"{formats}; {val.count} validation images (LR: {val.lr_source})"

    @property
    def samples(self) -> tuple[Source, ...]:
        """The patches of each format, from their PNG files."""
        return tuple(map(Source, self.dataset.train, self.samplers))

    def sources(
        self, progress: Callable[[int, int], None], tell: Callable[[str], None]
    ) -> tuple[Source, ...]:
        """The patches of each format, decoded ones where the budget allows them."""
        if self.config.cache_budget_gb <= 0:
            return self.samples
        chosen = with_caches(self.dataset.train, self.config.cache_budget_gb, progress)
        for _, decision in chosen:
            tell(decision)
        return tuple(map(Source, [patches for patches, _ in chosen], self.samplers))


def open_patches(config: PatchConfig, run_dir: Path | None, *, resumed: bool) -> PatchData:
    """Check every pair of the dataset that a configuration names.

    Raises:
        UserError: as `open_dataset`, or LR_CROP is larger than the patches of a format.
    """
    dataset = open_dataset(spec_of(config))
    return PatchData(config, dataset, tuple(samplers_of(config, dataset.train)))


def check_patches(config: PatchConfig, tell: Callable[[str], None]) -> PatchData:
    """As `open_patches`, every file decoded; `tell` takes all problems, one a call.

    Raises:
        UserError: there are problems.
    """
    report = scan_dataset(spec_of(config), deep=True)
    for problem in report.problems:
        tell(str(problem))
    if report.problems:
        raise UserError(describe_problems(report))
    return open_patches(config, None, resumed=False)


def open_patch_validation(
    config: PatchConfig, data: Path | None, run_dir: Path | None
) -> ValidationSet:
    """The validation pictures of a run's dataset, or of another one of its kind: `data`.

    Raises:
        UserError: as `open_validation`.
    """
    return open_validation(_spec(config, data))


def _spec(config: PatchConfig, data: Path | None) -> DatasetSpec:
    spec = spec_of(config)
    if data is None:
        return spec
    category = None if (data / "Val" / "GT").is_dir() else spec.category
    return replace(spec, data_root=data, category=category, root_key="--data")


def samplers_of(config: PatchConfig, train: Sequence[PatchSource]) -> list[Sampler]:
    """A sampler for each format of a dataset, in their order.

    Raises:
        UserError: LR_CROP is larger than the patches of a format.
    """
    make = functools.partial(Sampler.of, seed=config.seed, crop=config.lr_crop)
    return [make(patches, number=number) for number, patches in enumerate(train)]


def _describe(patches: PatchSet) -> str:
    name = "" if patches.format_name is None else f"{patches.format_name}: "
    return (
        f"{name}{patches.count} training pairs with {patches.frames} LR frames of "
        f"{patches.lr_width}x{patches.lr_height}"
    )
