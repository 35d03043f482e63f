"""Bytes a second and key latency of the real program, training behind a terminal of 160x50.

Training: all bytes that the program writes in a stretch after its first steps, validations included
(the demo validates every 50 steps). Paused: all bytes in a stretch that begins two seconds after the
screen has said so.

Keys: S, which changes the title of the block panel, pressed at uneven intervals. The latency of a press
is the time until the last byte has arrived of the first piece of output that shows the new title; a
tick of the dashboard that happens to come in between does not count as the answer.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.runs import SIZES, RunSize, make_dataset, run_values, write_config
from benchmarks.terminal import RecordedTerminal, shows
from vsrppp_tui.tui.views import VIEWS

TRAINING_GOAL = 6_000  # bytes a second
KEY_GOAL = 50  # milliseconds
_VIEWS = [view.title for view in VIEWS]  # in the order in which S shows them
# Whole titles only: a piece of output may end in the middle of one.
_VIEW = re.compile(f"Blocks · ({'|'.join(map(re.escape, _VIEWS))})(?= )")
_STEP = re.compile(r"Step +([\d,]+)")
_FIRST_STEPS = 3  # after which the terminal is watched
_PRESS_SECONDS = (0.06, 0.14)


@dataclass(frozen=True, slots=True)
class TrafficTimes:
    """How long each part is looked at, in seconds, and how many keys are pressed."""

    training: float = 20.0
    paused: float = 12.0
    presses: int = 200


@dataclass(frozen=True, slots=True)
class _Readings:
    training: float  # bytes a second
    steps: int  # that the program took meanwhile
    latencies: list[float]  # seconds
    paused: float  # bytes a second


def measure_traffic(folder: Path, times: TrafficTimes) -> list[Figure]:
    """Figures of both sizes."""
    dataset = make_dataset(folder)
    figures = []
    for number, size in enumerate(SIZES):
        values = run_values(size, dataset, validations=True)
        config = write_config(values, folder / f"traffic-{number}.json")
        figures += _figures(size, times, _measure(config, folder / f"traffic-{number}", times))
    return figures


def _measure(config: Path, run_dir: Path, times: TrafficTimes) -> _Readings:
    arguments = ["vsrppp_tui", "train", str(config), "--run-dir", str(run_dir)]
    with RecordedTerminal(arguments, config.parent) as terminal:
        terminal.wait_for(lambda lines: _step(lines) >= _FIRST_STEPS, timeout=90.0)
        training = _bytes_per_second(terminal, times.training)
        steps = max(_step(lines) for _when, lines in terminal.screens()) - _FIRST_STEPS
        latencies = _press_keys(terminal, times.presses)
        terminal.press("p")
        terminal.wait_for(lambda lines: shows("paused")(lines[:1]), timeout=30.0)
        time.sleep(2.0)
        paused = _bytes_per_second(terminal, times.paused)
        terminal.press("q")
        time.sleep(0.5)
        terminal.press("s")
        terminal.wait_for_exit(60.0)
    return _Readings(training, steps, latencies, paused)


def _step(lines: list[str]) -> int:
    found = _STEP.search("\n".join(lines[:4]))
    return int(found[1].replace(",", "")) if found else 0


def _bytes_per_second(terminal: RecordedTerminal, seconds: float) -> float:
    begin = time.perf_counter()
    time.sleep(seconds)
    return terminal.bytes_between(begin, begin + seconds) / seconds


def _press_keys(terminal: RecordedTerminal, presses: int) -> list[float]:
    """Seconds from each press to its answer on the screen.

    Raises:
        RuntimeError: some were never answered.
    """
    pauses = random.Random(0)
    for _screen in terminal.screens():
        pass
    place = _view_place(terminal.lines)
    assert place is not None, "the block panel is not on the screen"
    pressed = []
    for _ in range(presses):
        pressed.append(terminal.press("s"))
        time.sleep(pauses.uniform(*_PRESS_SECONDS))
    time.sleep(1.0)
    answered: list[float] = []
    for when, lines in terminal.screens():
        shown = _view_place(lines)
        if shown is not None:
            # One frame may answer several presses: the views come in a fixed order.
            answered += [when] * ((shown - place) % len(_VIEWS))
            place = shown
    if len(answered) != presses:
        raise RuntimeError(f"{presses} keys were pressed and {len(answered)} answered")
    return [after - before for before, after in zip(pressed, answered, strict=True)]


def _view_place(lines: list[str]) -> int | None:
    """Which of the four views is on the screen."""
    found = next(filter(None, map(_VIEW.search, lines)), None)
    return _VIEWS.index(found[1]) if found else None


def _figures(size: RunSize, times: TrafficTimes, readings: _Readings) -> list[Figure]:
    milliseconds = [1000 * latency for latency in readings.latencies]
    p50, p99 = percentile(milliseconds, 50), percentile(milliseconds, 99)
    return [
        Figure(
            f"Bytes to a 160x50 terminal while training, {size.name}",
            f"{readings.training / 1000:.1f} KB/s over {times.training:.0f} s and {readings.steps} steps",
            "under 6 KB/s",
            readings.training < TRAINING_GOAL,
        ),
        Figure(
            f"Bytes while paused, {size.name}",
            f"{readings.paused:.0f} B/s over {times.paused:.0f} s",
            "0",
            readings.paused == 0,
        ),
        Figure(
            f"Key to screen while training, {times.presses} presses, {size.name}",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {max(milliseconds):.0f} ms",
            "p99 under 50 ms",
            p99 < KEY_GOAL,
        ),
    ]
