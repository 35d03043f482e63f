"""What ranks leave in their common store: where each lives, and its last words when it ends."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress

from torch._C._distributed_c10d import Store

from vsrppp_tui.training.ranks import PeerLost
from vsrppp_tui.training.request import StoppedEarly

LOOK_SECONDS = 0.1
_LAST_WORDS_SECONDS = 3.0  # from a broken connection to what its rank has to say
_FAREWELL_SECONDS = 600.0  # the others wait for the last checkpoint of rank 0
_ENDED, _WHERE = "ended", "where"


class RankNotes:
    """The notes of all ranks, as the `rank`-th of `world` reads them; it says at once where it lives."""

    def __init__(self, store: Store, rank: int, world: int) -> None:
        self._store = store
        self._rank = rank
        self._world = world
        store.set(f"{_WHERE}/{rank}", f"{socket.gethostname()} {os.getpid()}")

    def leave(self, kind: str, text: str) -> None:
        """The last words of this rank; see `Ranks.leave`.

        Raises:
            RuntimeError: the store is gone.
        """
        self._store.set(f"{_ENDED}/{self._rank}", json.dumps([kind, text]))

    def wait_for_the_others(self) -> None:
        """A launcher ends all ranks when the first has ended badly: nobody goes before rank 0 has saved.

        Rank 0 in turn may hold the store, and goes last.

        Raises:
            RuntimeError: the store is gone, and rank 0 with it.
        """
        others = range(1, self._world) if self._rank == 0 else [0]
        until = time.monotonic() + (_LAST_WORDS_SECONDS if self._rank == 0 else _FAREWELL_SECONDS)
        while any(self._read(rank) is None for rank in others) and time.monotonic() < until:
            if any(self._has_died(rank) for rank in others):
                return
            time.sleep(LOOK_SECONDS)

    def lost(self, reason: str) -> Exception:
        """What to raise, by the last words of the ranks that have ended."""
        until = time.monotonic() + _LAST_WORDS_SECONDS
        while True:
            for rank in range(self._world):
                note = self.of(rank) if rank != self._rank else None
                if note is not None and note[0] == "stopped":
                    return StoppedEarly()
                if note is not None:
                    return PeerLost(f"Rank {rank} of {self._world} has ended: {note[1]}")
            dead = [rank for rank in range(self._world) if self._has_died(rank)]
            if dead:
                heir = dead[: self._rank] == list(range(self._rank))
                text = f"Rank {dead[0]} of {self._world} has died, and the run has ended with it."
                return PeerLost(text, heir=heir)
            if time.monotonic() >= until:
                return PeerLost(f"A rank of {self._world} has been lost ({reason}).")
            time.sleep(LOOK_SECONDS)

    def of(self, rank: int) -> list[str] | None:
        """Kind and text of the last words of a rank; None where it has none, or the store is gone."""
        with suppress(RuntimeError):
            return self._read(rank)
        return None

    def _read(self, rank: int) -> list[str] | None:
        key = f"{_ENDED}/{rank}"
        if not self._store.check([key]):
            return None
        note: list[str] = json.loads(self._store.get(key))
        return note

    def _has_died(self, rank: int) -> bool:
        """Whether a rank of this machine is gone; of those elsewhere that cannot be seen."""
        with suppress(RuntimeError):
            key = f"{_WHERE}/{rank}"
            if rank == self._rank or not self._store.check([key]):
                return False
            host, pid = self._store.get(key).decode().split()
            return host == socket.gethostname() and not _lives(int(pid))
        return False


def _lives(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
