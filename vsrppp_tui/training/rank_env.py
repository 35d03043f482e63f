"""Which of several processes this one is: what torchrun, or any launcher like it, says in the environment.

Imports no torch, so that a command can ask before it loads anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from vsrppp_tui.errors import UserError

_NEEDED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True, slots=True)
class RankPlace:
    """The place of one process among those that train one run together.

    Attributes:
        rank: 0 to world - 1; rank 0 keeps the records and serves the screens.
        world: how many there are, on all machines.
        local_rank: number on this machine, which is the number of its GPU.
    """

    rank: int
    world: int
    local_rank: int

    @property
    def leads(self) -> bool:
        """Whether this process keeps the records."""
        return self.rank == 0


def place_in(environment: Mapping[str, str] = os.environ) -> RankPlace | None:
    """The place of this process; None where it trains alone.

    Raises:
        UserError: the launcher has set some of the variables and not all, or numbers that cannot be.
    """
    if "WORLD_SIZE" not in environment or "RANK" not in environment:
        return None
    if environment["WORLD_SIZE"] == "1":
        return None
    missing = [name for name in _NEEDED if name not in environment]
    if missing:
        raise UserError(
            f"RANK and WORLD_SIZE are set and {', '.join(missing)} not: a launcher has to set all of "
            f"{', '.join(_NEEDED)}, as torchrun does; to train alone, unset RANK and WORLD_SIZE."
        )
    try:
        rank, world, local = (int(environment[name]) for name in _NEEDED[:3])
    except ValueError:
        rank, world, local = -1, 0, 0
    if not 0 <= rank < world or local < 0:
        given = ", ".join(f"{name}={environment[name]}" for name in _NEEDED[:3])
        raise UserError(f"{given} is no place of a process: RANK counts from 0 to WORLD_SIZE - 1.")
    return RankPlace(rank, world, local)
