"""A training whose dashboard stands still in turns; run by `benchmarks.overhead` behind a pseudo-terminal.

``python -m benchmarks.windows CONFIG RUN_DIR OUT PAIRS SECONDS`` trains with the real engine in its
thread and writes to OUT, as JSON, of each pair of windows the steps a second with the dashboard still and
with it live, and the share of a core that its threads took in each:
``[[still, live, share still, share live], ...]``.
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
from typing import ClassVar

import psutil

from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot, StepRow
from vsrppp_tui.tui import app as dashboard
from vsrppp_tui.tui.app import DashboardApp

_WARM_UP_STEPS = 5
_WARM_UP_WINDOWS = 4
_FEWEST_STEPS = 2
_LOOK_SECONDS = 0.1


class _StepClock(Observer):
    """Keeps the seconds of each step of a window; they come some at a time, a little later."""

    def __init__(self, seconds: float) -> None:
        self._wanted = seconds
        self._seconds: list[float] = []
        self._stale = True

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        if self._stale:  # these may have begun before the window
            self._stale = False
        else:
            self._seconds.extend(row.seconds for row in rows)

    def begin(self) -> None:
        """Begin a window: what was noted before is of no account."""
        self._stale, self._seconds = True, []

    @property
    def has_enough(self) -> bool:
        """Whether the window is long enough in seconds and in steps."""
        return len(self._seconds) >= _FEWEST_STEPS and sum(self._seconds) >= self._wanted

    def rate(self) -> float:
        """Steps a second in the window."""
        return len(self._seconds) / sum(self._seconds)


class _Windows(DashboardApp):
    """The dashboard, which looks at the run in every other window and else stands still."""

    # Textual looks for relative paths beside the class.
    CSS_PATH: ClassVar[list[str]] = [
        str(Path(dashboard.__file__).with_name(name)) for name in DashboardApp.CSS_PATH
    ]

    def __init__(self, link: InProcessLink, clock: _StepClock, pairs: int) -> None:
        super().__init__(link, describe_keys={}, on_ready=self._begin)
        self._step_clock = clock
        self._left = _WARM_UP_WINDOWS + 2 * pairs
        self._live = True
        self._began = (0.0, 0.0)
        self.windows: list[tuple[bool, float, float]] = []  # live, steps a second, share of a core

    @property
    def unfinished(self) -> bool:
        """Whether it ended before the last window."""
        return self._left > 0

    def tick(self) -> None:
        if self._live:
            super().tick()

    def _begin(self) -> None:
        self._next()
        self.set_interval(_LOOK_SECONDS, self._look)

    def _next(self) -> None:
        self._step_clock.begin()
        self._began = time.perf_counter(), own_seconds()

    def _look(self) -> None:
        if not self._step_clock.has_enough:
            return
        wall, own = time.perf_counter() - self._began[0], own_seconds() - self._began[1]
        self._left -= 1
        self.windows.append((self._live, self._step_clock.rate(), own / wall))
        # Live, still, still, live, live, ...: a drift of the machine's speed meets both kinds.
        self._live = len(self.windows) % 4 in (0, 3)
        if self._left:
            self._next()
        else:
            self.exit()


def own_seconds() -> float:
    """CPU seconds of the threads of the screen: all that Textual has started, and the main thread."""
    numbers = {t.native_id for t in threading.enumerate() if t.name.startswith("textual")}
    numbers.add(threading.main_thread().native_id)
    threads = psutil.Process().threads()
    return sum(t.user_time + t.system_time for t in threads if t.id in numbers)


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
        app = _Windows(link, clock, pairs)
        app.run(mouse=False)
    finally:
        control.request_stop("stop")
        engine.join()
    if engine.error is not None:
        raise engine.error
    if app.unfinished:
        raise RuntimeError("the dashboard was left before the last window")
    out.write_text(json.dumps(_pairs(app.windows[_WARM_UP_WINDOWS:])))


def _pairs(windows: Sequence[tuple[bool, float, float]]) -> list[list[float]]:
    """A line of the result for each two windows that follow each other."""
    lines = []
    for one, other in zip(windows[::2], windows[1::2], strict=True):
        live, still = (one, other) if one[0] else (other, one)
        lines.append([still[1], live[1], still[2], live[2]])
    return lines


if __name__ == "__main__":
    config, run_dir, out = map(Path, sys.argv[1:4])
    main(config, run_dir, out, int(sys.argv[4]), float(sys.argv[5]))
