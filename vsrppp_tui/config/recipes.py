"""The kinds of configuration, and which of them a file is. A new kind is one class and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsrppp_tui.config.read import recipe_of
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.unified import UnifiedConfig
from vsrppp_tui.config.vsrpp import VsrppConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.errors import UserError

# By the name under which the documentation lists it.
CONFIG_CLASSES: dict[str, type[RunConfig]] = {
    "recipe vsrppp": VsrpppConfig,
    "recipe vsrpp, JSON": VsrppConfig,
    "recipe vsrpp, YAML (Unified)": UnifiedConfig,
    "recipe wqv": WqvConfig,
}
_RECIPES: dict[str, type[RunConfig]] = {
    "vsrppp": VsrpppConfig,
    "vsrpp": VsrppConfig,
    "wqv": WqvConfig,
}
_UNIFIED_SECTIONS = ("MODEL", "DATA", "TRAINING")


def class_for(values: Mapping[str, Any]) -> type[RunConfig]:
    """The class for the values of a file: by RECIPE, by keys that only one recipe has, by its sections.

    Raises:
        UserError: no recipe has that name.
    """
    name = recipe_of(values)
    if not isinstance(name, str) or name not in _RECIPES:
        raise UserError(f"RECIPE = {name!r} is not known: allowed are {', '.join(_RECIPES)}.")
    if name == "vsrpp" and any(key.split(".")[0] in _UNIFIED_SECTIONS for key in values):
        return UnifiedConfig
    return _RECIPES[name]


def title_of(values: Mapping[str, Any]) -> str:
    """The kind of a file in words.

    Raises:
        UserError: as `class_for`.
    """
    kind = class_for(values)
    return next(title for title, each in CONFIG_CLASSES.items() if each is kind)
