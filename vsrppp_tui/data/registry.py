"""Kinds of data by recipe. A new recipe is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.image_data import check_image_data, open_image_validation, open_images
from vsrppp_tui.data.patch_data import check_patches, open_patch_validation, open_patches
from vsrppp_tui.data.run_data import RunData, ValidationImages


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the data of a recipe are opened; each function takes the configuration of its own recipe."""

    open: Callable[..., RunData]
    check: Callable[[Any, Callable[[str], None]], RunData]
    open_validation: Callable[[Any, Path | None, Path | None], ValidationImages]


_PATCHES = _Kind(open_patches, check_patches, open_patch_validation)
DATA: dict[str, _Kind] = {
    "vsrppp": _PATCHES,
    "vsrpp": _PATCHES,
    "wqv": _Kind(open_images, check_image_data, open_image_validation),
}


def open_data(config: RunConfig, run_dir: Path | None, *, resumed: bool = False) -> RunData:
    """Check the data of a run and make them ready; what `run_dir` has recorded of them stands.

    Raises:
        UserError: there are none, or they break a rule.
    """
    return DATA[config.recipe].open(config, run_dir, resumed=resumed)


def check_data(config: RunConfig, tell: Callable[[str], None]) -> RunData:
    """As `open_data`, every file decoded; `tell` takes all problems, one a call.

    Raises:
        UserError: there are problems.
    """
    return DATA[config.recipe].check(config, tell)


def open_validation_images(
    config: RunConfig, data: Path | None, run_dir: Path | None
) -> ValidationImages:
    """The pictures that a run validates with, or those of `data`.

    Raises:
        UserError: there are none.
    """
    return DATA[config.recipe].open_validation(config, data, run_dir)
