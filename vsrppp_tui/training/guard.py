"""Watches for steps whose loss or gradient is not finite, and decides when to go back.

The step itself leaves weights and moments alone (`training.step`) and counts on the device how many
such steps came in a row. The guard reads that count `LAG` steps late, so that the host never waits for
a step under way; its decision is a function of the step alone, also after a resume.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LIMIT = 3
"""Bad steps in a row that turn the run back."""
LAG = 4
"""Steps after which the count of a step is read."""
MOST_TRIES = 3
"""Rollbacks without getting past the trouble, after which the run gives up."""


@dataclass(slots=True)
class _Trouble:
    """The row of rollbacks that tries to get past one place."""

    first_bad: int = 0  # the latest step at which bad steps began
    tries: int = 0  # rollbacks since, none of which got past it
    landed: int = 0  # step of the checkpoint that the last of them took


class Guard:
    """The counts of the newest steps, on their way to the host, and the rollbacks so far."""

    def __init__(self, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self._counts = torch.zeros(LAG + 1, pin_memory=self._on_gpu)  # of step k at k % (LAG + 1)
        self._copied: list[torch.cuda.Event | None] = [None] * (LAG + 1)
        self._trouble = _Trouble()

    def note(self, step: int, bad_streak: Tensor) -> None:
        """Begin to copy the count after `step`: 0-dim, on the device. Waits for nothing."""
        slot = step % (LAG + 1)
        self._counts[slot].copy_(bad_streak, non_blocking=True)
        if self._on_gpu:
            copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
            copied.record()
            self._copied[slot] = copied

    def trouble(self, step: int) -> int | None:
        """The first of `LIMIT` bad steps in a row that are known of after `step`; or None.

        Such steps at the very end of a run come to nothing: they have changed no weight.
        """
        past = step - LAG
        count = self._count(past)
        return past - count + 1 if count >= LIMIT else None

    def turn(self, first_bad: int) -> int | None:
        """Take up a trouble that began at `first_bad`; the step that a rollback has to land before.

        None: it has been tried often enough. Each try lands further back than the one before it.
        """
        if first_bad > self._trouble.first_bad:
            self._trouble = _Trouble(first_bad)
            return first_bad
        if self._trouble.tries == MOST_TRIES:
            return None
        return min(first_bad, self._trouble.landed)

    def went_back(self, step: int) -> None:
        """The run stands at the checkpoint of `step` now."""
        self._trouble.tries += 1
        self._trouble.landed = step
        self._forget_counts()

    def gave_up(self) -> None:
        """The run ends at a good checkpoint; whoever takes it up again has all tries anew."""
        self._trouble = _Trouble()
        self._forget_counts()

    def state(self, step: int) -> dict[str, Any]:
        """Plain values for a checkpoint of `step`; waits for the device."""
        counts = [self._count(past) for past in range(step - LAG, step + 1)]
        return {"counts": counts, "trouble": asdict(self._trouble)}

    def restore(self, state: Mapping[str, Any], step: int) -> int:
        """Take over what `state` gave for `step`; returns the count that goes on."""
        for past, count in zip(range(step - LAG, step + 1), state["counts"], strict=True):
            self._counts[past % (LAG + 1)] = count
        self._trouble = _Trouble(**state["trouble"])
        return int(state["counts"][-1])

    def _count(self, step: int) -> int:
        slot = step % (LAG + 1)
        copied = self._copied[slot]
        if copied is not None:
            copied.synchronize()
        return int(self._counts[slot])

    def _forget_counts(self) -> None:
        for copied in self._copied:  # a late copy would come after the zeros
            if copied is not None:
                copied.synchronize()
        self._copied = [None] * (LAG + 1)
        self._counts.zero_()


def is_good(state: Mapping[str, Any]) -> bool:
    """Whether a checkpoint was written after a good step, with no rollback on its way.

    One of an earlier version, which did not count, is taken for good.
    """
    if "guard" not in state:
        return True
    counts = state["guard"]["counts"]
    return bool(counts[-1] == 0 and max(counts) < LIMIT)


def is_good_file(path: Path) -> bool:
    """`is_good` of a file, read without its tensors; False for one that is missing or damaged."""
    try:
        return is_good(torch.load(path, map_location="cpu", mmap=True, weights_only=True))
    except (OSError, RuntimeError, pickle.UnpicklingError):
        return False
