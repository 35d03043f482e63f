"""Auto-tune: which size of network and batch the machine can train, found by training each of them.

Candidates are tried in order; the first that stays within 80% of the memory allowed and at or under the
target time of a step is taken. Nothing is estimated: each one takes real steps in a process of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError

SHARE_OF_MEMORY = 0.8
LEAST_EFFECTIVE_BATCH = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """One size to try."""

    n_feats: int
    batch: int
    n_blocks: int

    @property
    def accumulation(self) -> int:
        """Micro-batches that make an effective batch of at least 4."""
        return math.ceil(LEAST_EFFECTIVE_BATCH / self.batch)

    def keys_for(self, config: RunConfig) -> dict[str, Any]:
        """The keys that make a configuration of this size, by their names in its file."""
        return dict(config.sized(self.n_feats, self.n_blocks, self.batch, self.accumulation))

    def __str__(self) -> str:
        return f"{self.n_feats} features, batch {self.batch}, {self.n_blocks} blocks"


ORIGINAL = tuple(
    Candidate(*sizes)
    for sizes in (
        (192, 3, 32),
        (160, 4, 32),
        (128, 4, 32),
        (192, 2, 32),
        (160, 3, 24),
        (128, 3, 24),
        (96, 4, 24),
        (64, 4, 20),
    )
)
"""What VSR++ tries, largest first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a candidate may take."""

    memory: int  # bytes allowed, of which 80% may be filled
    seconds: float  # of one step

    @property
    def usable_memory(self) -> int:
        """Bytes that a candidate may fill."""
        return int(SHARE_OF_MEMORY * self.memory)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a candidate took. None: it did not get that far."""

    candidate: Candidate
    memory: int | None  # bytes, the peak
    seconds: float | None  # of a step, the median
    problem: str = ""  # why it did not get through

    def verdict(self, limits: Limits) -> str:
        """Empty where it fits, else what speaks against it."""
        if self.problem:
            return self.problem
        assert self.memory is not None and self.seconds is not None
        if self.memory > limits.usable_memory:
            return "too much memory"
        return "too slow" if self.seconds > limits.seconds else ""

    def describe(self, limits: Limits) -> str:
        """In words: ``128 features, batch 4, 32 blocks: 5.20 GB, 3.80 s a step: taken``."""
        facts = [] if self.memory is None else [f"{self.memory / 1e9:.2f} GB"]
        facts += [] if self.seconds is None else [f"{self.seconds:.2f} s a step"]
        parts = [str(self.candidate), ", ".join(facts), self.verdict(limits) or "taken"]
        return ": ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was measured, and what was taken; None: nothing fits."""

    limits: Limits
    measurements: tuple[Measurement, ...]
    choice: Candidate | None


def tune(
    candidates: Sequence[Candidate],
    limits: Limits,
    measure: Callable[[Candidate], Measurement],
    tell: Callable[[Measurement], None] = lambda measurement: None,
) -> Tuning:
    """Measure candidates in order up to the first that fits; `tell` is called after each."""
    measurements: list[Measurement] = []
    for candidate in candidates:
        measurement = measure(candidate)
        measurements.append(measurement)
        tell(measurement)
        if not measurement.verdict(limits):
            return Tuning(limits, tuple(measurements), candidate)
    return Tuning(limits, tuple(measurements), None)


def parse_candidate(text: str) -> Candidate:
    """Read ``FEATS,BATCH,BLOCKS``.

    Raises:
        UserError: anything else, or numbers that no network has.
    """
    try:
        n_feats, batch, n_blocks = (int(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"The candidate {text!r} cannot be read: write FEATS,BATCH,BLOCKS, for example 128,4,32."
        ) from None
    if n_feats < 4 or batch < 1 or n_blocks < 2 or n_blocks % 2:
        raise UserError(
            f"The candidate {text} is not possible: it takes at least 4 features, a batch of at least 1, "
            "and an even number of blocks."
        )
    return Candidate(n_feats, batch, n_blocks)


def nothing_fits(tuning: Tuning) -> UserError:
    """Says that nothing fits, with every measurement."""
    limits = tuning.limits
    lines = "; ".join(measurement.describe(limits) for measurement in tuning.measurements)
    return UserError(
        f"Auto-tune found no size within {limits.usable_memory / 1e9:.2f} GB (80% of "
        f"{limits.memory / 1e9:.2f} GB) and {limits.seconds:g} s a step. Measured: {lines}. Allow more "
        "(TUNE_MAX_VRAM_GB, TUNE_TARGET_SPEED), name smaller TUNE_CANDIDATES, or set AUTO_TUNED=true."
    )
