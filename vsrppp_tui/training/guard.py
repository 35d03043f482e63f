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

from vsrppp_tui.training.late import LAG, LateValues

LIMIT = 3
"""Bad steps in a row that turn the run back."""
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
        self._counts = LateValues(1, device)
        self._trouble = _Trouble()

    def note(self, step: int, bad_streak: Tensor) -> None:
        """Begin to copy the count after `step`: 0-dim, on the device. Waits for nothing."""
        self._counts.note(step, bad_streak.view(1))

    def trouble(self, step: int) -> int | None:
        """The first of `LIMIT` bad steps in a row that are known of after `step`; or None.

        Such steps at the very end of a run come to nothing: they have changed no weight.
        """
        past = step - LAG
        count = int(self._counts.of(past)[0])
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
        self._counts.forget()

    def gave_up(self) -> None:
        """The run ends at a good checkpoint; whoever takes it up again has all tries anew."""
        self._trouble = _Trouble()
        self._counts.forget()

    def state(self, step: int) -> dict[str, Any]:
        """Plain values for a checkpoint of `step`; waits for the device."""
        counts = [int(count) for (count,) in self._counts.newest(step)]
        return {"counts": counts, "trouble": asdict(self._trouble)}

    def restore(self, state: Mapping[str, Any], step: int) -> int:
        """Take over what `state` gave for `step`; returns the count that goes on."""
        self._counts.restore(step, [[float(count)] for count in state["counts"]])
        self._trouble = _Trouble(**state["trouble"])
        return int(state["counts"][-1])


def is_good(state: Mapping[str, Any]) -> bool:
    """Whether a checkpoint was written after a good step, with no rollback on its way.

    A state that does not count its bad steps is taken for good.
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
