"""The recipes by name. A new recipe is one class and one line here."""

from __future__ import annotations

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError

RECIPES: dict[str, type[RunConfig]] = {
    "vsrppp": VsrpppConfig,
}


def recipe_class(name: object) -> type[RunConfig]:
    """Return the configuration class of a recipe.

    Raises:
        UserError: no recipe has that name.
    """
    if isinstance(name, str) and name in RECIPES:
        return RECIPES[name]
    raise UserError(f"RECIPE = {name!r} is not known: allowed are {', '.join(RECIPES)}.")
