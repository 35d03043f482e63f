"""The step with the dashboard on against headless.

One process trains without a pause (`windows`), behind a pseudo-terminal of 160x50 that is read all the
time. Its dashboard is opened for one window and closed for the next. So both kinds of window have the
same process, memory and data, a change of the machine's load meets both, and what is compared is what
`--headless` leaves out: the app with its timers, its drawing and its bytes. Two processes side by side
would differ by a per cent or two for the placement of their memory alone. Opening and closing are not
in the windows.

A window lasts until it holds some whole steps, and gives steps a second from the end of its first step
to the end of its last; all that a step brings with it is in: data, records, snapshots. Validations and checkpoints are not: they are
switched off. A pair of windows gives one ratio; reported are their median and quartiles. Beside them
stands what the threads of the dashboard took of a core, which is exact and bounds the ratio from below.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Spread
from benchmarks.runs import SIZES, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal

GOAL = 1.01
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class OverheadTimes:
    """How many pairs of windows, and the length of a window in seconds, if its steps are short."""

    pairs: int = 24
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class _Pair:
    """Steps a second without and with the dashboard, and its share of a core."""

    without: float
    shown: float
    share: float


def measure_overhead(folder: Path, times: OverheadTimes) -> list[Figure]:
    """How much longer a step takes with the dashboard on, at both sizes."""
    dataset = make_dataset(folder)
    figures = []
    for number, size in enumerate(SIZES):
        values = run_values(size, dataset, validations=False)
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
    ratio = Spread.of([pair.without / pair.shown for pair in pairs])
    headless = Spread.of([pair.without for pair in pairs])
    share = Spread.of([100 * pair.share for pair in pairs])
    return Figure(
        f"Step with the dashboard against headless, {size.name}",
        f"{ratio.text(3)} over {times.pairs} pairs of {times.seconds:.0f} s; "
        f"headless {headless.text(2)} steps/s; the dashboard takes {share.text(1)} % of a core",
        "at most 1.01",
        ratio.median <= GOAL,
    )
