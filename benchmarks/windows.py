"""A training whose dashboard comes and goes; run by `benchmarks.overhead` behind a pseudo-terminal.

``python -m benchmarks.windows CONFIG RUN_DIR OUT PAIRS SECONDS`` trains with the real engine in its
thread and writes to OUT, as JSON, of each pair of windows the steps a second without and with the
dashboard, and the share of a core that the threads of the dashboard took: ``[[without, with, share], ...]``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot, StepRow
from vsrppp_tui.tui.app import DashboardApp

_WARM_UP_STEPS = 5
_SETTLE_SECONDS = 0.5
_FEWEST_MARKS = 6
_LOOK_SECONDS = 0.25


class _StepClock(Observer):
    """Notes when the rows of steps arrived: each time is the end of the newest step."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._marks: list[tuple[float, int]] = []

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        self._marks.append((time.perf_counter(), rows[-1].step))

    def begin(self) -> None:
        """Begin a window: what was noted before is of no account."""
        self._marks = []

    @property
    def has_enough(self) -> bool:
        """Whether the window is long enough in seconds and in marks."""
        marks = self._marks
        return len(marks) >= _FEWEST_MARKS and marks[-1][0] - marks[0][0] >= self._seconds

    def rate(self) -> float:
        """Steps a second between the first and the last mark of the window."""
        (first_time, first_step), (last_time, last_step) = self._marks[0], self._marks[-1]
        return (last_step - first_step) / (last_time - first_time)


def main(config: Path, run_dir: Path, out: Path, pairs: int, seconds: float) -> None:
    """Train, measure the windows, stop."""
    values = read_values(config)
    run = RunInfo(str(run_dir), "vsrppp", os.getpid(), socket.gethostname(), time.time())
    control = ControlPoint()
    first = Snapshot(seq=0, time=time.time(), state="starting", run=run)
    link = InProcessLink(first, control, lambda: History((), (), ()))
    clock = _StepClock(seconds)
    engine = EngineThread(
        lambda control: build_request(
            TrainOptions(config, run_dir), values, run_dir, control, resume=False
        ),
        run,
        control,
        [link, clock],
    )
    engine.start()
    try:
        while link.snapshot().step < _WARM_UP_STEPS and engine.error is None:
            time.sleep(0.1)
        rates = [_pair(link, clock, index) for index in range(pairs)]
    finally:
        control.request_stop("stop")
        engine.join()
    if engine.error is not None:
        raise engine.error
    out.write_text(json.dumps(rates))


def _pair(link: InProcessLink, clock: _StepClock, index: int) -> list[float]:
    """A line of the result; which window comes first changes from pair to pair."""
    if index % 2:
        shown = _with_screen(link, clock)
        return [_without_screen(clock), *shown]
    return [_without_screen(clock), *_with_screen(link, clock)]


def _without_screen(clock: _StepClock) -> float:
    time.sleep(_SETTLE_SECONDS)
    clock.begin()
    while not clock.has_enough:
        time.sleep(_LOOK_SECONDS)
    return clock.rate()


def _with_screen(link: InProcessLink, clock: _StepClock) -> tuple[float, float]:
    before = set(_thread_seconds()) - {threading.get_native_id()}
    spent: list[tuple[float, float]] = []  # wall time, and that of the screen's threads

    def note() -> None:
        own = sum(seconds for thread, seconds in _thread_seconds().items() if thread not in before)
        spent.append((time.perf_counter(), own))

    def begin() -> None:
        clock.begin()
        note()
        app.set_interval(_LOOK_SECONDS, look)

    def look() -> None:
        if clock.has_enough:
            note()
            app.exit()

    def settle() -> None:
        app.set_timer(_SETTLE_SECONDS, begin)

    app = DashboardApp(link, describe_keys={}, on_ready=settle)
    app.run(mouse=False)
    (begun, none), (ended, all_of_it) = spent[0], spent[-1]
    return clock.rate(), (all_of_it - none) / (ended - begun)


def _thread_seconds() -> dict[int, float]:
    """CPU seconds of each thread of this process, in steps of 0.01."""
    return {t.id: t.user_time + t.system_time for t in psutil.Process().threads()}


if __name__ == "__main__":
    config, run_dir, out = map(Path, sys.argv[1:4])
    main(config, run_dir, out, int(sys.argv[4]), float(sys.argv[5]))
