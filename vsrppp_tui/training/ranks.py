"""What a trainer asks of the processes that train with it; here for one that trains alone.

`training.distributed` answers for several. Every method that talks has to be called by all ranks in the
same order: the trainer sees to that by deciding only from what all ranks know (`training.shared_control`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.mixture import Share
from vsrppp_tui.errors import TrainingFailed, UserError
from vsrppp_tui.training.precision import choose_device

_T = TypeVar("_T")


class PeerLost(TrainingFailed):
    """Another rank has ended, with an error or by a signal: this one cannot go on alone.

    `heir`: rank 0 is gone, and of those that are left this rank is to save in its place.
    """

    def __init__(self, text: str, *, heir: bool = False) -> None:
        super().__init__(text)
        self.heir = heir


class Ranks:
    """One process that trains alone; the base of those that are several."""

    rank = 0
    world = 1

    @property
    def leads(self) -> bool:
        """Whether this process keeps records and checkpoints and serves the screens."""
        return self.rank == 0

    @property
    def share(self) -> Share:
        """Which part of each micro-batch belongs to this process."""
        return Share(self.rank, self.world)

    def device(self, wanted: str) -> torch.device:
        """What ``--device`` means for this process; see `choose_device`."""
        return choose_device(wanted)

    def wrap(self, network: nn.Module) -> nn.Module:
        """What the forward pass of a step goes through; its backward pass joins the gradients."""
        return network

    def passing(self, *, last: bool) -> AbstractContextManager[object]:
        """Around forward and backward of a micro-batch; only the `last` of a step joins the gradients."""
        return nullcontext()

    @property
    def may_repeat(self) -> bool:
        """Whether a step whose backward pass failed may be begun anew by this process alone."""
        return True

    def mean(self, *values: Tensor) -> Sequence[Tensor]:
        """The mean over all ranks of 1-dim tensors, on their device; waits for nothing there.

        They are NaN where a rank was lost on the way, so that the step changes nothing.
        """
        return values

    def exchange(self, row: Sequence[int]) -> list[list[int]]:
        """Tell every rank a few numbers; returns those of all, by rank."""
        return [list(row)]

    def broadcast(self, value: _T) -> _T:
        """The value of rank 0; what the others pass does not matter."""
        return value

    def gather(self, value: _T) -> list[_T]:
        """The values of all ranks, by rank."""
        return [value]

    def wait_for_leader(self, stopped: Callable[[], bool]) -> Any:
        """Until rank 0 has called `follow_me`; returns what it said. Rank 0 does not wait."""
        return None

    def follow_me(self, word: Any) -> None:
        """Rank 0 has prepared what all need: the others may begin. `word` is of JSON's types."""

    def require_shareable(self, config: RunConfig) -> None:
        """Refuse batches that have fewer samples than there are ranks.

        Raises:
            UserError: there is one.
        """
        for name in config.format_names or (None,):
            samples = config.batch_of(name)
            if samples < self.world:
                what = "" if name is None else f" for {name}"
                raise UserError(
                    f"{config.key_of('batch_size')} = {samples}{what} cannot be shared out over "
                    f"{self.world} ranks: it counts the samples of a micro-batch on all ranks "
                    f"together, so take at least {self.world}."
                )

    def leave(self, kind: str, text: str = "") -> None:
        """This process ends: "over" as agreed, "stopped" early, or by an "error". Never raises."""


ALONE = Ranks()
