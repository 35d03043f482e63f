"""What a screen that is stuck costs a training: time of a step, and memory.

The screen is a client of the control socket that connects, says hello and never reads; ``RUN_DIR/.link/s``
is found as any program would. Engine, records and socket are those of ``vsrppp train --headless``.

Time: one process trains the demo's network without a pause. The client is connected for one window and
gone for the next, so a change of the machine's load meets both. Each step has its wall time; all steps of
the windows of a kind are put together, and what is compared is the p99. Which kind comes first changes
from pair to pair. Validations and checkpoints are switched off: they are longer than any step.

Memory: the resident memory of a process that trains a very small network, after 1,000 steps and after
10,000, with the client connected from the beginning.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Spread, percentile
from benchmarks.runs import DEMO, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import ROOT

TIME_GOAL = 1.05
MEMORY_GOAL = 8.0  # MiB
_TINY = RunSize(
    "4 features x 2 blocks", {"N_FEATS": 4, "N_BLOCKS": 2, "BATCH_SIZE": 1, "LR_CROP": 16}
)
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """Pairs of windows with the seconds of each, and steps between the readings of memory."""

    pairs: int = 8
    seconds: float = 12.0
    first_step: int = 1_000
    last_step: int = 10_000


def measure_link(folder: Path, times: LinkTimes) -> list[Figure]:
    """The p99 of the step with and without a stuck client, and the growth of memory with one."""
    dataset = make_dataset(folder)
    found = _run(folder / "link-time", DEMO, dataset, "time", times.pairs, times.seconds)
    grown = _run(
        folder / "link-memory", _TINY, dataset, "memory", times.first_step, times.last_step
    )
    return [_time_figure(found, times), _memory_figure(grown, times)]


def _run(run_dir: Path, size: RunSize, dataset: Path, what: str, *numbers: float) -> dict[str, Any]:
    config = write_config(
        run_values(size, dataset, validations=False), run_dir.with_suffix(".json")
    )
    out = run_dir.with_suffix(".out")
    arguments = [what, str(config), str(run_dir), str(out), *map(str, numbers)]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.stuck_client", *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_PATIENCE,
    )
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def _time_figure(found: dict[str, Any], times: LinkTimes) -> Figure:
    alone, stuck = found["alone"], found["stuck"]
    slow, slow_stuck = percentile(alone, 99), percentile(stuck, 99)
    return Figure(
        f"p99 of the step with a stuck client against none, {DEMO.name}",
        f"{slow_stuck / slow:.3f}: {1000 * slow_stuck:.1f} against {1000 * slow:.1f} ms; median (quartiles) "
        f"{_milliseconds(stuck)} against {_milliseconds(alone)}; {len(stuck)} and {len(alone)} steps in "
        f"{times.pairs} pairs of {times.seconds:.0f} s",
        f"at most {TIME_GOAL}",
        slow_stuck / slow <= TIME_GOAL,
    )


def _milliseconds(seconds: list[float]) -> str:
    return Spread.of([1000 * value for value in seconds]).text(1, " ms")


def _memory_figure(found: dict[str, Any], times: LinkTimes) -> Figure:
    first, last = (found[name] / 2**20 for name in ("first", "last"))
    return Figure(
        f"Memory with a client that never reads, from step {times.first_step:,} to {times.last_step:,}, "
        f"{_TINY.name}",
        f"{last - first:+.1f} MiB: {first:.1f} to {last:.1f} MiB, {found['snapshots']} snapshots between",
        f"flat: within {MEMORY_GOAL:.0f} MiB",
        last - first <= MEMORY_GOAL,
    )
