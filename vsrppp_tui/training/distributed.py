"""Several processes that train one run: their groups, their gradients, and what becomes of a lost one.

Two groups: one joins gradients (NCCL between GPUs, gloo between CPUs), the other, always gloo, carries
control. A host waits for its peers on the second alone, so that it learns at once when one of them is gone,
whatever its device is doing. A key-value store beside them holds what each rank leaves (`rank_notes`).
"""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._C._distributed_c10d import GradBucket, PrefixStore
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.rank_device import device_of_rank
from vsrppp_tui.training.rank_env import RankPlace
from vsrppp_tui.training.rank_notes import LOOK_SECONDS, RankNotes
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.request import StoppedEarly

_T = TypeVar("_T")
# Of one collective: a save, or the slowest share of a validation.
_LONGEST_WAIT = timedelta(minutes=30)
_FOLLOW = "follow"
_OF_A_PEER = re.compile(r"gloo|nccl|c10d|process ?group|connection|timed out|store", re.I)


class Distributed(Ranks):
    """One of several ranks.

    Args:
        place: which one.
        wanted: ``--device`` as typed.

    Raises:
        UserError: the device does not exist, or the others cannot be reached.
    """

    def __init__(self, place: RankPlace, wanted: str) -> None:
        self.rank, self.world = place.rank, place.world
        self._device = device_of_rank(place, wanted)
        self._joined: DistributedDataParallel | None = None
        self._reducing = False
        self._left = False
        self.joined_buckets = 0  # parts of the gradients that have been joined so far
        if self._device.type == "cuda":
            torch.cuda.set_device(self._device)
        try:
            store, _, _ = next(iter(rendezvous("env://", timeout=_LONGEST_WAIT)))
            self._store = PrefixStore("vsrppp", store)
            dist.init_process_group(
                "nccl" if self._device.type == "cuda" else "gloo",
                store=PrefixStore("groups", store),
                rank=self.rank,
                world_size=self.world,
                timeout=_LONGEST_WAIT,
            )
            self._control = dist.new_group(backend="gloo", timeout=_LONGEST_WAIT)
        except (RuntimeError, ValueError) as error:
            where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
            raise UserError(
                f"Rank {self.rank} of {self.world} cannot reach the others at {where} ({error}): start "
                "all of them with the same MASTER_ADDR and MASTER_PORT."
            ) from error
        self._notes = RankNotes(self._store, self.rank, self.world)

    def device(self, wanted: str) -> torch.device:
        return self._device

    def wrap(self, network: nn.Module) -> nn.Module:
        # Strides of a 1x1 kernel are told in two ways that mean the same memory.
        warnings.filterwarnings("ignore", message="Grad strides do not match bucket view")
        on_gpu = self._device.type == "cuda"
        with self._talking():
            self._joined = DistributedDataParallel(
                network,
                device_ids=[self._device.index] if on_gpu else None,
                forward_sync_buffers=False,  # the networks have none that training changes
                gradient_as_bucket_view=True,
            )
        # Not the method itself: torch compares annotations with classes, and ours are texts.
        self._joined.register_comm_hook(None, lambda _, bucket: self._join_bucket(bucket))
        return self._joined

    def passing(self, *, last: bool) -> AbstractContextManager[object]:
        assert self._joined is not None
        self._reducing = False
        return self._talking() if last else self._joined.no_sync()

    @property
    def may_repeat(self) -> bool:
        return not self._reducing

    def mean(self, *values: Tensor) -> Sequence[Tensor]:
        # The last number counts the ranks. The group works in order: where it is whole, so are the
        # gradients that were joined before it. A collective that was broken off leaves it as it was.
        joined = torch.cat([*values, torch.ones(1, device=values[0].device)])
        with self._talking():
            dist.all_reduce(joined)
        whole = joined[-1] == self.world
        joined = torch.where(whole, joined / self.world, torch.nan)
        return torch.split(joined[:-1], [len(value) for value in values])

    def exchange(self, row: Sequence[int]) -> list[list[int]]:
        mine = torch.tensor(row, dtype=torch.int64)
        rows = [torch.empty_like(mine) for _ in range(self.world)]
        with self._talking():
            dist.all_gather(rows, mine, group=self._control)
        return [each.tolist() for each in rows]

    def broadcast(self, value: _T) -> _T:
        box: list[Any] = [value if self.leads else None]
        with self._talking():
            dist.broadcast_object_list(box, src=0, group=self._control)
        taken: _T = box[0]
        return taken

    def gather(self, value: _T) -> list[_T]:
        values: list[Any] = [None] * self.world
        with self._talking():
            dist.all_gather_object(values, value, group=self._control)
        return values

    def wait_for_leader(self, stopped: Callable[[], bool]) -> Any:
        """Looks again and again: what rank 0 prepares may take longer than any time limit."""
        with self._talking():
            while not self.leads and not self._store.check([_FOLLOW]):
                if stopped():
                    raise StoppedEarly
                if self._notes.of(0) is not None:
                    raise self._notes.lost("")
                time.sleep(LOOK_SECONDS)
            return None if self.leads else json.loads(self._store.get(_FOLLOW))

    def follow_me(self, word: Any) -> None:
        if self.leads:
            self._store.set(_FOLLOW, json.dumps(word))

    def leave(self, kind: str, text: str = "") -> None:
        if self._left:  # the first word holds
            return
        self._left = True
        with suppress(RuntimeError):  # the store may be gone
            self._notes.leave(kind, text)
            if kind == "over":
                self._notes.wait_for_the_others()
        with suppress(RuntimeError):
            if kind == "over":
                dist.destroy_process_group()
            else:  # a peer may never answer
                dist.distributed_c10d._abort_process_group(dist.group.WORLD)
        if kind != "over" and self.leads:  # the others learn of it by now, and read why
            with suppress(RuntimeError):
                self._notes.wait_for_the_others()

    def _join_bucket(self, bucket: GradBucket) -> torch.futures.Future[Tensor]:
        self._reducing = True
        self.joined_buckets += 1
        assert dist.group.WORLD is not None
        return allreduce_hook(dist.group.WORLD, bucket)

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Turn what is raised when a peer has gone into `PeerLost`."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            if not isinstance(error, dist.DistError) and not _OF_A_PEER.search(str(error)):
                raise
            self._let_go_of_device()
            raise self._notes.lost(str(error).splitlines()[0]) from error

    def _let_go_of_device(self) -> None:
        """End the collectives that wait for the lost rank on the GPU, so that the weights can be read."""
        if self._device.type == "cuda":
            with suppress(RuntimeError):
                dist.distributed_c10d._abort_process_group(dist.group.WORLD)
