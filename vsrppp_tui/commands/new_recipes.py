"""The recipes that the form for a new run offers: built-in defaults, and the files of ./configs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.new_run_dir import free_run_dir
from vsrppp_tui.commands.train import read_or_default
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.key import KeyInfo
from vsrppp_tui.config.read import read_values, recipe_of
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.start.new_run import Field, Recipe

CONFIGS = Path("configs")
_SUFFIXES = (".yaml", ".yml", ".json")
# Of each row of the form: its label, and the attribute that some kind of configuration has for it.
_FIELDS = (
    ("Features", ("n_feats", "num_feat")),
    ("Blocks", ("n_blocks", "num_block")),
    ("Batch", ("batch_size",)),
    ("Accumulate", ("accumulation_steps", "gradient_accumulation")),
    ("Crop", ("lr_crop", "base_resolution")),
    ("Enlarge", ("scale_factor",)),
    ("Steps", ("max_steps",)),
    ("VGG19 term", ("perceptual_weight",)),
)
_SCALES = ("2", "4", "8")
_TITLES = {
    "vsrppp": "VSR+++ for video: L1 and VGG19 loss, cosine schedule",
    "vsrpp": "VSR++ for video: hybrid loss, adaptive system",
    "wqv": "single pictures: RRDB network, made-up degradations",
}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a new run of a recipe begins with.

    Attributes:
        config: the file that `vsrppp train` is to be given; None: none.
        values: its values, or those that hold without one.
        typed: assignments that choose the recipe where no file does.
    """

    config: Path | None
    values: Mapping[str, Any]
    typed: tuple[str, ...] = ()


def bases() -> dict[str, Basis]:
    """Every recipe by its name in the form; files that are no configuration are left out."""
    default = _default_values()
    usual = str(recipe_of(default))
    found: dict[str, Basis] = {}
    for recipe in ("vsrppp", "vsrpp"):
        if recipe == usual:
            found[recipe] = Basis(None, default)
        else:
            found[recipe] = Basis(None, {"RECIPE": recipe}, (f"RECIPE={recipe}",))
    files = sorted(CONFIGS.iterdir()) if CONFIGS.is_dir() else []
    for path in (path for path in files if path.suffix.lower() in _SUFFIXES):
        values = _valid(path)
        if values is not None and recipe_of(values) != "wqv":
            found.setdefault(path.stem, Basis(path, values))
    found["wqv"] = Basis(None, {"RECIPE": "wqv"})
    return found


def recipes() -> tuple[Recipe, ...]:
    """What the form shows of each."""
    return tuple(
        Recipe(name, _title(name, basis), str(free_run_dir(name)), _fields(basis))
        for name, basis in bases().items()
    )


def _default_values() -> Mapping[str, Any]:
    try:
        values = read_or_default(None)
        build_config(values)
    except UserError:  # `vsrppp train` says what is wrong with the file
        return {}
    return values


def _valid(path: Path) -> Mapping[str, Any] | None:
    try:
        values = read_values(path)
        build_config(values)
    except UserError:
        return None
    return values


def _title(name: str, basis: Basis) -> str:
    if basis.config is None:
        return _TITLES[name]
    config = build_config(basis.values)
    category = f", {config.category}" if config.category else ""
    return f"{basis.config}: {config.recipe}{category}, {config.frames} frames"


def _fields(basis: Basis) -> tuple[Field, ...]:
    config = build_config(basis.values)
    fields = []
    for label, attributes in _FIELDS:
        for attribute in attributes:
            if attribute in type(config).model_fields:
                fields.append(_field(label, attribute, config))
    return tuple(fields)


def _field(label: str, attribute: str, config: RunConfig) -> Field:
    key = type(config).key_of(attribute)
    info = type(config).keys()[key]
    default = shown(config.to_file()[key])
    allowed = _in_short(info)
    choices: tuple[str, ...] = ()
    if attribute == "scale_factor":
        choices = _SCALES
    elif attribute == "perceptual_weight":
        allowed = "its weight in the loss; 0: off, no VGG19"
    elif label == "Accumulate":
        allowed = allowed.replace("(micro-batches)", "micro-batches make a step")
    elif attribute == "lr_crop":
        allowed = "LR pixels of a random square; 0: all of it"
    elif isinstance(config, WqvConfig) and attribute == "base_resolution":
        allowed = "LR pixels along each side of a sample"
    return Field(key, label, default, allowed, choices)


def _in_short(info: KeyInfo) -> str:
    """What a key takes, for the narrow column of the form: ``4 to 1,024 (channels)``."""
    text = info.allowed.split(" for each format")[0].removeprefix("a whole number from ")
    return f"{text} ({info.unit})" if info.unit else text


def shown(value: Any) -> str:
    """A value as the form shows it; of a map by format, its values."""
    if isinstance(value, Mapping):
        return ", ".join(dict.fromkeys(shown(each) for each in value.values()))
    return f"{value:g}" if isinstance(value, float) else str(value)
