"""The first weights of a new run from a file (`--init-weights`). A recipe with a way of its own is one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.rrdb_spec import RRDBSpec, read_spec, warm_start
from vsrppp_tui.models.weights_file import WeightsFile, read_weights
from vsrppp_tui.training.checkpoint import load_weights, read_init_weights
from vsrppp_tui.training.checkpoint_file import verify
from vsrppp_tui.training.checkpoint_tag import read_tag


def begin_with(network: Network, path: Path, config: RunConfig) -> tuple[str, ...]:
    """Put the weights of a file into a new network; returns what is to be told of it.

    Raises:
        UserError: no such file, not weights, or of another network.
    """
    return _WAYS.get(config.recipe, _all_of_them)(network, path, config)


def read_rrdb(path: Path, arch: str) -> tuple[WeightsFile, RRDBSpec]:
    """A file of RRDB weights and its dimensions; `arch` is INIT_ARCH.

    Raises:
        UserError: no such file, damaged, or another architecture.
    """
    if path.is_file() and read_tag(path) is not None:  # one of ours: its checksum tells of damage
        verify(path)
    file = read_weights(path)
    return file, read_spec(file, force=arch == "rrdb")


def _all_of_them(network: Network, path: Path, config: RunConfig) -> tuple[str, ...]:
    load_weights(network, read_init_weights(path), path, config)
    return ()


def _what_fits(network: Network, path: Path, config: WqvConfig) -> tuple[str, ...]:
    file, _ = read_rrdb(path, config.init_arch)
    coverage = warm_start(network, file.weights)
    if not coverage.matched:
        raise UserError(
            f"Not one tensor of {path} fits the network of this run: {coverage.lines()[-1]}."
        )
    first, *rest = coverage.lines()
    return f"{path}: {first}", *rest


_WAYS: dict[str, Callable[[Network, Path, Any], tuple[str, ...]]] = {"wqv": _what_fits}
