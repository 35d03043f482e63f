"""The step with the dashboard on against headless.

One process trains without a pause (`windows`), behind a pseudo-terminal of 160x50 that is read all the
time. Its dashboard follows the run for one window and stands still for the next: it then looks at
nothing, draws nothing and sends nothing, which is what `--headless` leaves out. What its threads take
of a core meanwhile is told, and is next to nothing. So both kinds of window have the same process, memory
and data. Two processes side by side, or a dashboard that is closed and opened again, differ by
several per cent for the placement of their memory and for what opening costs.

Patches come from the cache and no worker process decodes beside the training: workers that wake up and
pause move a step of a second-long window by more than a dashboard does.

The speed of a machine drifts by more than what is looked for: here the ratio of two neighbouring windows of
a training scatters by 4 to 6% whether they last one step or 28. So windows are as short as an update of
the screen and two steps allow, and there are many of them; the order changes from pair to pair (live,
still, still, live, ...), and a pair gives one ratio; reported is their mean with its standard error. A window lasts until it holds some whole steps, and gives steps a
second by the seconds that the trainer itself notes of each, from one control point to the next; all that
a step brings with it is in: data, records, snapshots. Validations and checkpoints are not: they are
switched off. A window that begins after a still one has more to draw than usual, so the live ones cost
rather more than in use.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Spread
from benchmarks.runs import SIZES, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal

GOAL = 1.01
_ERROR = 0.005  # a larger standard error says nothing about such a goal
_START_SECONDS = 120.0
_CACHED = {"CACHE_BUDGET_GB": 1.0, "NUM_WORKERS": 0}


@dataclass(frozen=True, slots=True)
class OverheadTimes:
    """How many pairs of windows, and the length of a window in seconds, if its steps are short."""

    pairs: int = 240
    seconds: float = 0.5  # that of an update


@dataclass(frozen=True, slots=True)
class _Pair:
    """Steps a second with the dashboard still and live, and its shares of a core."""

    still: float
    live: float
    share_still: float
    share_live: float


def measure_overhead(folder: Path, times: OverheadTimes) -> list[Figure]:
    """How much longer a step takes with the dashboard on, at both sizes."""
    dataset = make_dataset(folder)
    figures = []
    for number, size in enumerate(SIZES):
        values = run_values(size, dataset, validations=False) | _CACHED
        config = write_config(values, folder / f"overhead-{number}.json")
        rates = _run(config, folder / f"overhead-{number}", times)
        figures.append(_figure(size, rates, times))
    return figures


def _run(config: Path, run_dir: Path, times: OverheadTimes) -> list[_Pair]:
    """The pairs of windows, one after the other."""
    out = run_dir.with_suffix(".rates")
    arguments = [str(config), str(run_dir), str(out), str(times.pairs), str(times.seconds)]
    with RecordedTerminal(["benchmarks.windows", *arguments], config.parent) as terminal:
        terminal.wait_for_exit(_START_SECONDS + times.pairs * (2 * times.seconds + 60))
        time.sleep(0.2)  # until its last words are read
        if not out.is_file():
            raise RuntimeError(f"the training failed:\n{terminal.tail()}")
    return [_Pair(*pair) for pair in json.loads(out.read_text())]


def _figure(size: RunSize, pairs: list[_Pair], times: OverheadTimes) -> Figure:
    ratios = [pair.still / pair.live for pair in pairs]
    mean, error = statistics.fmean(ratios), statistics.stdev(ratios) / len(ratios) ** 0.5
    headless = Spread.of([pair.still for pair in pairs])
    live, still = (
        100 * statistics.fmean(shares)
        for shares in zip(*((pair.share_live, pair.share_still) for pair in pairs), strict=True)
    )
    settled = error <= _ERROR
    doubt = "" if settled else "; not settled: measure longer, on a quiet machine"
    return Figure(
        f"Step with the dashboard against headless, {size.name}",
        f"{mean:.4f} (standard error {error:.4f}) over {times.pairs} pairs of {times.seconds:g} s or more; "
        f"headless {headless.text(2)} steps/s; the dashboard takes {live:.1f} % of a core, "
        f"standing still {still:.1f} %{doubt}",
        "at most 1.01",
        mean <= GOAL if settled else None,
    )
