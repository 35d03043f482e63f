"""Whether the data will keep up with the training: what `vsrppp check` foretells of the time spent waiting.

What one core makes of the files a second is measured, and so is the step. Workers read while the device
computes: the trainer waits where they all together are slower than it. Without workers every sample is read
between two steps, and all of that is waiting.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.cache import CachedPatches, decoded_bytes
from vsrppp_tui.data.dataset import PatchSet
from vsrppp_tui.data.mixture import Portion
from vsrppp_tui.data.sample_reader import SampleReader, SampleSource, Source
from vsrppp_tui.training.feed import worker_count

TOO_MUCH = 0.2
"""Share of the step from which on waiting for data is worth a remedy; the dashboard marks it too."""
_LEAST_SECONDS = 0.3  # that reading is measured for


@dataclass(frozen=True, slots=True)
class Pace:
    """What was measured of one format.

    Attributes:
        name: of the format; None: the only one.
        batch: samples in a micro-batch.
        step_seconds: of a micro-batch, without its data.
        sample_seconds: that one core reads a sample in.
    """

    name: str | None
    batch: int
    step_seconds: float
    sample_seconds: float

    def rate(self, workers: int, cores: int) -> float:
        """Samples a second that come without the trainer's help; with no workers, with it."""
        return max(1, min(workers, cores)) / self.sample_seconds

    def wait(self, workers: int, cores: int) -> float:
        """The share of the step that is spent waiting for data, 0..1."""
        reading = self.batch / self.rate(workers, cores)
        if workers == 0:
            return reading / (reading + self.step_seconds)
        return max(0.0, 1.0 - self.step_seconds / reading)

    def workers_needed(self) -> int:
        """Workers that keep up."""
        return -int(-self.batch * self.sample_seconds // self.step_seconds)


def as_read(config: RunConfig, sources: Sequence[SampleSource]) -> list[SampleSource]:
    """The sources as the run will read them: decoded where they fit CACHE_BUDGET_GB, in their order."""
    left = config.cache_budget_gb * 1e9 if isinstance(config, PatchConfig) else 0.0
    found: list[SampleSource] = []
    for source in sources:
        patches = source.patches if isinstance(source, Source) else None
        if isinstance(patches, PatchSet) and decoded_bytes(patches) <= left:
            left -= decoded_bytes(patches)
            assert isinstance(source, Source)
            found.append(replace(source, patches=_decoded(patches)))
        else:
            found.append(source)
    return found


def _decoded(patches: PatchSet) -> CachedPatches:
    """One pair in the place of all: reading it costs what it costs from the memory map."""
    pair = patches.read(0)
    arrays = [np.broadcast_to(each, (patches.count, *each.shape)) for each in pair]
    return CachedPatches(patches, frozenset(), arrays)


def sample_seconds(source: SampleSource, batch: int) -> float:
    """Processor seconds of one core for a sample, from the file to a stacked batch."""
    reader = SampleReader((source,))
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # as in a worker
    try:
        reader.__getitems__(Portion(0, range(batch)))  # pages and buffers come
        count, started = 0, time.thread_time()
        while (spent := time.thread_time() - started) < _LEAST_SECONDS:
            count += batch
            reader.__getitems__(Portion(0, range(count, count + batch)))
    finally:
        cv2.setNumThreads(threads)
    return spent / count


def describe_feeding(
    config: RunConfig, sources: Sequence[SampleSource], paces: Sequence[Pace]
) -> tuple[bool, str]:
    """Whether the data keep up, and the figures with the remedy where they do not.

    `sources` are those of `as_read`.
    """
    cores = len(os.sched_getaffinity(0))
    workers = worker_count(config, sources)
    slow = [pace for pace in paces if pace.wait(workers, cores) >= TOO_MUCH]
    text = "; ".join(_one(pace, workers, cores) for pace in paces)
    if not slow:
        return True, text
    return False, f"{text}. {_remedy(config, sources, slow, cores)}"


def _one(pace: Pace, workers: int, cores: int) -> str:
    label = "" if pace.name is None else f"{pace.name}: "
    who = f"{workers} worker{'s' * (workers > 1)}" if workers else "the trainer itself"
    return (
        f"{label}{who} at {1 / pace.sample_seconds:,.0f} samples/s a core "
        f"give {pace.rate(workers, cores):,.0f}, the step takes {pace.batch / pace.step_seconds:,.0f}: "
        f"about {100 * pace.wait(workers, cores):.0f}% of the step spent waiting for data"
    )


def _remedy(
    config: RunConfig, sources: Sequence[SampleSource], slow: Sequence[Pace], cores: int
) -> str:
    needed = max(pace.workers_needed() for pace in slow)
    workers = f"set NUM_WORKERS={needed}" if 0 < needed <= cores else ""
    patches = [each.patches for each in sources if isinstance(each, Source)]
    size = sum(
        decoded_bytes(each) for each in patches if isinstance(each, PatchSet)
    )  # of all others
    cache = ""
    if size and isinstance(config, PatchConfig):
        budget = config.cache_budget_gb + math.ceil(size / 1e8) / 10
        cache = f"set CACHE_BUDGET_GB={budget:g} to decode them once"
    known = " or ".join(filter(None, (cache, workers)))
    if known:
        return f"{known[0].upper()}{known[1:]}."
    return f"{needed} workers would keep up, and this machine has {cores} cores."
