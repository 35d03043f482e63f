"""First paint: from the start of the process to the first screen that shows the dashboard's header.

Each run is a process of its own behind a pseudo-terminal of 160x50, killed once it has painted. The
files are in the disk cache: one run before the counted ones sees to that.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import Figure, Spread
from benchmarks.runs import DEMO, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal, shows

GOAL = 0.5
_TITLE = "VSR+++"
_PROGRESS = "Step "


def measure_paint(folder: Path, runs: int) -> list[Figure]:
    """First paint of the demo and of a training with a configuration file."""
    config = write_config(
        run_values(DEMO, make_dataset(folder), validations=True), folder / "paint.json"
    )
    commands = {"demo": ["demo"], "train": ["train", str(config)]}
    return [_figure(name, arguments, folder, runs) for name, arguments in commands.items()]


def _figure(name: str, arguments: list[str], folder: Path, runs: int) -> Figure:
    seconds = [
        _first_paint([*arguments, "--run-dir", str(folder / f"paint-{name}-{index}")], folder)
        for index in range(runs + 1)
    ][1:]
    spread = Spread.of(seconds)
    return Figure(
        f"First paint of `vsrppp {name}`, {runs} runs",
        f"{spread.text(2, ' s')}, slowest {max(seconds):.2f}",
        f"under {GOAL} s",
        spread.median < GOAL,
    )


def _first_paint(arguments: list[str], folder: Path) -> float:
    with RecordedTerminal(["vsrppp_tui", *arguments], folder) as terminal:
        painted = terminal.wait_for(_has_header, timeout=30.0, look_every=0.5)
        return painted - terminal.started


def _has_header(lines: list[str]) -> bool:
    return shows(_TITLE)(lines[:3]) and shows(_PROGRESS)(lines[:4])
