"""The step with the dashboard on against headless.

A training runs under its dashboard, as in use, behind a pseudo-terminal of 160x50 that is read all the
time (`looks`). At each look of the screen at the run a coin decides whether it is left out; so whatever else is at
work then, in the program or on the machine, is at work in both halves, and what a look holds the
training up is the difference between those that were done and those that were left out. Of each look only
the next moments count (`_WINDOW`): the training's way from one block of the network to the next, a few milliseconds each,
against the same way in the steps before and after. Whole steps scatter by tens of milliseconds, which hides what
takes five: by stretches with and without a dashboard the standard error was 0.7 to 1.2% after half an hour,
this way it is 0.1% after ten minutes. Whether a look slows the training down for longer is told beside.

Looks that follow one left out have more to show. So the delay is taken for each second of the screen's processor
time (Wald's estimator, the coin being the instrument), times the share of a core that the screen takes
while all looks are done, at the beginning: light looks, heavy looks and what its threads do between them.

How much of the cores' time other machines took away (steal) is told: it holds up looks and steps alike.

Patches come from the cache, and no worker process decodes beside the training. Validations and checkpoints are
switched off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.figures import Figure, Spread
from benchmarks.looks import Look, Record
from benchmarks.runs import SIZES, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal

GOAL = 1.01
_ERROR = 0.0025  # a larger standard error says nothing about such a goal
_WINDOW = 0.05  # seconds from the begin of a look in which it holds the training up
_LONGER = 0.2  # seconds in which it might as well
_NEAR = 8  # steps before and after that a step is compared with
_START_SECONDS = 120.0
_CACHED = {"CACHE_BUDGET_GB": 1.0, "NUM_WORKERS": 0}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its standard error."""

    value: float
    error: float

    def ms(self) -> str:
        """Both in milliseconds."""
        return f"{1000 * self.value:.2f} ms (standard error {1000 * self.error:.2f})"


@dataclass(frozen=True, slots=True)
class Overhead:
    """What the screen costs a training.

    Attributes:
        ratio: how many times as long a step takes with the screen.
        delay: seconds by which a look holds the training up.
        longer: the same, over a longer time after it.
        work: seconds of the screen's processor time that a look takes.
        share: of a core, that the screen takes while no look is left out.
        free: looks from which `share` was taken.
        free_seconds: from the first of them to the last.
        done: looks after those, by the coin.
        left_out: those that were left out.
        seconds: of each step.
    """

    ratio: Mean
    delay: Mean
    longer: Mean
    work: float
    share: float
    free: int
    free_seconds: float
    done: int
    left_out: int
    seconds: Floats


def measure_overhead(folder: Path, seconds: float = 600.0) -> list[Figure]:
    """How much longer a step takes with the dashboard on, at both sizes."""
    dataset = make_dataset(folder)
    figures = []
    for number, size in enumerate(SIZES):
        values = run_values(size, dataset, validations=False) | _CACHED
        config = write_config(values, folder / f"overhead-{number}.json")
        before = _core_seconds()
        record = _run(config, folder / f"overhead-{number}", seconds)
        stolen, all_seconds = _core_seconds() - before
        figures += _figures(size, compare(record), float(stolen / all_seconds))
    return figures


def _core_seconds() -> Floats:
    """Seconds of all cores that were stolen, and all of them."""
    times = psutil.cpu_times()
    return np.array([getattr(times, "steal", 0.0), sum(times)])


def _run(config: Path, run_dir: Path, seconds: float) -> Record:
    out = run_dir.with_suffix(".looks")
    arguments = [str(config), str(run_dir), str(out), str(seconds)]
    with RecordedTerminal(["benchmarks.looks", *arguments], config.parent) as terminal:
        terminal.wait_for_exit(_START_SECONDS + seconds)
        time.sleep(0.2)  # until its last words are read
        if not out.is_file():
            raise RuntimeError(f"the training failed:\n{terminal.tail()}")
    noted = json.loads(out.read_text())
    return Record(noted["passes"], [Look(*look) for look in noted["looks"]])


def compare(record: Record) -> Overhead:
    """The cost of the screen from what was noted.

    Raises:
        ValueError: there are too few steps, or too few looks of a kind.
    """
    free = [look for look in record.looks if look.free]
    tossed = [look for look in record.looks if not look.free]
    done = np.array([look.done for look in tossed], np.bool_)
    if min(len(free), done.sum(), (~done).sum()) < 2:
        raise ValueError(
            f"too few looks: {len(free)} before some were left out, {len(tossed)} after"
        )
    share = _share(free)
    work = np.array([look.after - look.before for look in tossed])
    stretches = _stretches(record)
    delay, longer = (
        np.array([stretches.excess_after(look.time, window) for look in tossed])
        for window in (_WINDOW, _LONGER)
    )
    each = _difference(work, done).value
    rate = _difference(delay, done).value / each
    rate_error = _difference(delay - rate * work, done).error / each
    held_up = rate * share.value
    return Overhead(
        ratio=Mean(
            1 / (1 - held_up), float(np.hypot(rate_error * share.value, rate * share.error))
        ),
        delay=_difference(delay, done),
        longer=_difference(longer, done),
        work=each,
        share=share.value,
        free=len(free),
        free_seconds=free[-1].time - free[0].time,
        done=int(done.sum()),
        left_out=int((~done).sum()),
        seconds=stretches.steps,
    )


def _share(looks: Sequence[Look]) -> Mean:
    """Processor time of the screen a second, in its looks and between them."""
    seconds = looks[-1].time - looks[0].time
    work = np.array([two.before - one.before for one, two in pairwise(looks)])
    error = work.std(ddof=1) * len(work) ** 0.5
    return Mean(float(work.sum() / seconds), float(error / seconds))


def _difference(values: Floats, done: NDArray[np.bool_]) -> Mean:
    """Those of the looks that were done against those of the others."""
    one, other = values[done], values[~done]
    error = np.hypot(one.std(ddof=1) / len(one) ** 0.5, other.std(ddof=1) / len(other) ** 0.5)
    return Mean(float(one.mean() - other.mean()), float(error))


class _Stretches(NamedTuple):
    """The training's way from block to block: [n] each, seconds."""

    begins: Floats
    ends: Floats
    excess: Floats  # over those near it; 0 where there are none
    steps: Floats  # [steps], of whole steps

    def excess_after(self, begin: float, window: float) -> float:
        """That of all stretches which reach into a window."""
        first = np.searchsorted(self.ends, begin, "right")
        last = np.searchsorted(self.begins, begin + window, "left")
        return float(self.excess[first:last].sum())


def _stretches(record: Record) -> _Stretches:
    steps = list(pairwise(record.passes))
    usual = int(np.median([len(one) for one, _ in steps])) if steps else 0
    kept = [[*one, following[0]] for one, following in steps if len(one) == usual]
    if len(kept) <= 2 * _NEAR:
        raise ValueError(f"too few steps: {len(kept)}")
    times = np.array(kept)  # [steps, stretches + 1]
    begins, ends = times[:, :-1], times[:, 1:]
    seconds = ends - begins
    quiet = np.where(_touched(begins, ends, record.looks), np.nan, seconds)
    excess = np.zeros_like(seconds)
    for step in range(len(seconds)):
        near = quiet[max(0, step - _NEAR) : step + _NEAR + 1].copy()
        near[min(step, _NEAR)] = np.nan  # the step itself
        known = np.isfinite(near).any(axis=0)
        excess[step, known] = seconds[step, known] - np.nanmedian(near[:, known], axis=0)
    return _Stretches(begins.ravel(), ends.ravel(), excess.ravel(), seconds.sum(axis=1))


def _touched(begins: Floats, ends: Floats, looks: Sequence[Look]) -> NDArray[np.bool_]:
    """Whether a look fell upon a stretch, or shortly before it: [steps, stretches]."""
    touched = np.zeros(begins.size, np.bool_)
    for look in looks:
        if look.done:
            first = np.searchsorted(ends.ravel(), look.time, "right")
            last = np.searchsorted(begins.ravel(), look.time + _LONGER, "left")
            touched[first:last] = True
    return touched.reshape(begins.shape)


def _figures(size: RunSize, cost: Overhead, stolen: float) -> list[Figure]:
    settled = cost.ratio.error <= _ERROR
    doubt = "" if settled else "; not settled: measure longer"
    return [
        Figure(
            f"Step with the dashboard against headless, {size.name}",
            f"{cost.ratio.value:.4f} (standard error {cost.ratio.error:.4f}){doubt}",
            "at most 1.01",
            cost.ratio.value <= GOAL if settled else None,
        ),
        Figure(
            "- a look",
            f"holds the training up by {cost.delay.ms()} within {1000 * _WINDOW:.0f} ms, {cost.longer.ms()} "
            f"within {1000 * _LONGER:.0f}, and takes {1000 * cost.work:.2f} ms of a core: {cost.done} done, "
            f"{cost.left_out} left out",
        ),
        Figure(
            "- the screen, no look left out",
            f"takes {100 * cost.share:.2f} % of a core over {cost.free} looks in {cost.free_seconds:.0f} s",
        ),
        Figure(
            "- the steps",
            f"{Spread.of(list(1000 * cost.seconds)).text(1, ' ms')}, {len(cost.seconds):,} of them; "
            f"{100 * stolen:.1f} % of all cores' time was stolen",
        ),
    ]
