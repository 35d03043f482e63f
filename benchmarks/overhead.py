"""The step with the dashboard on against headless.

A training runs under its dashboard, as in use, behind a pseudo-terminal of 160x50 that is read all the
time (`looks`). The screen works in short bursts, one each look at the run; between them its threads take next
to nothing of a core, which is told. So most steps are those of a headless run, and a step in which the
screen worked is compared with those close to it in which it did not: what a look holds the training up is
the difference, whatever the speed of the machine does meanwhile. That drifts by 4 to 6% from one
half second to the next here, which drowned every comparison of stretches with and without a dashboard:
standard errors of 0.7 to 1.2% after half an hour, and of 0.1 to 0.2% this way after ten minutes.

Bursts fall upon long steps more often than upon short ones, which would count as a delay; by how much follows
from the scatter of the steps without one (a step that holds a random moment is longer than the others
by their variance over their mean) and is taken off. Whether a burst slows down steps after its own is
told beside: it would make this figure too low.

Where other machines take a virtual machine's cores away (steal), a step waits for the core that is gone, and
a burst of the screen for a long time; the share is told, and above 1% there is no verdict.

Patches come from the cache, and no worker process decodes beside the training. Validations and checkpoints are
switched off.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.figures import Figure, Spread
from benchmarks.runs import SIZES, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal

GOAL = 1.01
_ERROR = 0.0025  # a larger standard error says nothing about such a goal
_STOLEN = 0.01  # nor does a machine whose cores are taken away for a larger share of the time
_WORKED = 1e-4  # seconds of processor time from which the screen has worked in a step
_NEAR = 4  # steps before and after that a step is compared with
_START_SECONDS = 120.0
_CACHED = {"CACHE_BUDGET_GB": 1.0, "NUM_WORKERS": 0}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Mean:
        """That of the values which are numbers."""
        values = values[np.isfinite(values)]
        return cls(float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5))


def measure_overhead(folder: Path, seconds: float = 600.0) -> list[Figure]:
    """How much longer a step takes with the dashboard on, at both sizes."""
    dataset = make_dataset(folder)
    figures = []
    for number, size in enumerate(SIZES):
        values = run_values(size, dataset, validations=False) | _CACHED
        config = write_config(values, folder / f"overhead-{number}.json")
        before = _core_seconds()
        steps = _run(config, folder / f"overhead-{number}", seconds)
        stolen, all_seconds = _core_seconds() - before
        figures += _figures(size, steps, float(stolen / all_seconds))
    return figures


def _core_seconds() -> NDArray[np.float64]:
    """Seconds of all cores that were stolen, and all of them."""
    times = psutil.cpu_times()
    return np.array([getattr(times, "steal", 0.0), sum(times)])


def _run(config: Path, run_dir: Path, seconds: float) -> NDArray[np.float64]:
    """Of each step its seconds and those of the screen: [steps, 2]."""
    out = run_dir.with_suffix(".steps")
    arguments = [str(config), str(run_dir), str(out), str(seconds)]
    with RecordedTerminal(["benchmarks.looks", *arguments], config.parent) as terminal:
        terminal.wait_for_exit(_START_SECONDS + seconds)
        time.sleep(0.2)  # until its last words are read
        if not out.is_file():
            raise RuntimeError(f"the training failed:\n{terminal.tail()}")
    return np.array(json.loads(out.read_text()))


@dataclass(frozen=True, slots=True)
class Overhead:
    """What the screen costs a training.

    Attributes:
        ratio: how many times as long a step takes with the screen, with its standard error.
        delay: seconds by which a step is longer in which the screen worked.
        chance: seconds of it that it would be longer if the screen did nothing.
        after: seconds by which the next step is longer, against others without work of the screen; None:
            there are too few others.
    """

    ratio: Mean
    delay: Mean
    chance: float
    after: Mean | None


def compare(seconds: NDArray[np.float64], worked: NDArray[np.bool_]) -> Overhead:
    """The cost of the screen from the seconds of each step, [n], and whether the screen worked in it, [n]."""
    excess = excess_over_neighbours(seconds, worked)
    delay = Mean.of(excess[worked])
    chance = float(np.nanvar(excess[~worked]) / seconds[~worked].mean())
    held_up, error = (worked.sum() * each for each in (delay.value - chance, delay.error))
    total = seconds.sum()
    ratio = Mean(float(1 + held_up / (total - held_up)), float(error / total))
    return Overhead(ratio, delay, chance, _after(excess, worked))


def _after(excess: NDArray[np.float64], worked: NDArray[np.bool_]) -> Mean | None:
    before = np.concatenate([[False], worked[:-1]])
    next_ones, others = excess[~worked & before], excess[~worked & ~before]
    if len(others) < len(next_ones):
        return None
    mean, usual = Mean.of(next_ones), Mean.of(others)
    return Mean(mean.value - usual.value, float(np.hypot(mean.error, usual.error)))


def _figures(size: RunSize, steps: NDArray[np.float64], stolen: float) -> list[Figure]:
    seconds, screen = steps.T
    worked = screen > _WORKED
    cost = compare(seconds, worked)
    settled = cost.ratio.error <= _ERROR and stolen <= _STOLEN
    doubt = "" if settled else "; not settled: measure longer, on a quiet machine"
    rest = float(screen[~worked].sum() / seconds.sum())
    after = f"; the next ones are {_ms(cost.after)} longer" if cost.after is not None else ""
    return [
        Figure(
            f"Step with the dashboard against headless, {size.name}",
            f"{cost.ratio.value:.4f} (standard error {cost.ratio.error:.4f}){doubt}",
            "at most 1.01",
            cost.ratio.value <= GOAL if settled else None,
        ),
        Figure(
            "- steps in which the screen worked",
            f"{worked.sum()} of {len(steps)} in {seconds.sum():.0f} s: {1000 * screen[worked].mean():.2f} ms "
            f"of a core each, {_ms(cost.delay)} longer than those near them, {1000 * cost.chance:.2f} ms of "
            f"it by chance{after}",
        ),
        Figure(
            "- steps without",
            f"{Spread.of([1000 * each for each in seconds[~worked]]).text(1, ' ms')}; "
            f"the screen takes {100 * rest:.3f} % of a core in them; {100 * stolen:.1f} % of all cores' time "
            "was stolen",
        ),
    ]


def excess_over_neighbours(
    seconds: NDArray[np.float64], worked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """[n]: how much longer each step is than the mean of those near it in which the screen did not work.

    NaN where there is none.
    """
    window = np.ones(2 * _NEAR + 1)
    window[_NEAR] = 0.0  # the step itself
    inner = slice(_NEAR, _NEAR + len(seconds))
    counts = np.convolve(~worked, window)[inner]
    sums = np.convolve(np.where(worked, 0.0, seconds), window)[inner]
    near: NDArray[np.float64] = np.full(len(seconds), np.nan)
    np.divide(sums, counts, out=near, where=counts > 0)
    return seconds - near


def _ms(mean: Mean) -> str:
    return f"{1000 * mean.value:.2f} ms (standard error {1000 * mean.error:.2f})"
