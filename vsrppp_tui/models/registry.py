"""Networks by recipe. A new recipe is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.vsrpp import build_vsrpp
from vsrppp_tui.models.vsrppp import build_vsrppp
from vsrppp_tui.models.wqv import build_wqv

# Each builder takes the configuration class of its own recipe.
NETWORKS: dict[str, Callable[[Any], Network]] = {
    "vsrppp": build_vsrppp,
    "vsrpp": build_vsrpp,
    "wqv": build_wqv,
}


def build_network(config: RunConfig) -> Network:
    """Build the network of a run on the CPU, its weights drawn from torch's global generator.

    Raises:
        UserError: no network belongs to the recipe.
    """
    if config.recipe not in NETWORKS:
        raise UserError(
            f"RECIPE = {config.recipe!r} has no network: allowed are {', '.join(NETWORKS)}."
        )
    return NETWORKS[config.recipe](config)
