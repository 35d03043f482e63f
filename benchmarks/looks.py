"""A training behind its dashboard, step by step; run by `benchmarks.overhead` behind a pseudo-terminal.

``python -m benchmarks.looks CONFIG RUN_DIR OUT SECONDS`` trains with the real engine in its thread and
writes to OUT, as JSON, of each step its seconds and the processor time of the screen's threads in it:
``[[seconds, screen's seconds], ...]``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.training.control import ControlPoint, Request
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot
from vsrppp_tui.tui.app import DashboardApp

_WARM_UP_STEPS = 5
_WARM_UP_SECONDS = 10.0  # after the first frame: records are read, numpy is imported, plots begin


class _Boundary(NamedTuple):
    time: float  # of `time.perf_counter`
    screen: float  # processor time of the screen's threads so far, seconds


class _Boundaries(ControlPoint):
    """Notes each boundary between two steps, at which the engine asks for commands."""

    def __init__(self) -> None:
        super().__init__()
        self._clocks: list[int] | None = None
        self.noted: list[_Boundary] = []

    def begin(self) -> None:
        """Note from now on; every thread of the screen runs by now."""
        threads = [t for t in threading.enumerate() if t.name.startswith("textual")]
        numbers = [t.ident for t in (threading.main_thread(), *threads) if t.ident is not None]
        self._clocks = [time.pthread_getcpuclockid(number) for number in numbers]

    def end(self) -> None:
        """Note no more, before the threads end and their clocks with them."""
        self._clocks = None

    def drain(self) -> list[Request]:
        clocks = self._clocks
        if clocks is not None:
            screen = sum(time.clock_gettime(clock) for clock in clocks)
            self.noted.append(_Boundary(time.perf_counter(), screen))
        return super().drain()


def main(config: Path, run_dir: Path, out: Path, seconds: float) -> None:
    """Train for so many seconds under the dashboard, then stop."""
    values = read_values(config)
    run = RunInfo(str(run_dir), "vsrppp", os.getpid(), socket.gethostname(), time.time())
    control = _Boundaries()
    first = Snapshot(seq=0, time=time.time(), state="starting", run=run)
    link = InProcessLink(first, control, lambda: History((), (), ()))
    engine = EngineThread(
        lambda control: build_request(
            TrainOptions(config, run_dir), values, run_dir, control, resume=False
        ),
        run,
        control,
        [link],
    )
    engine.start()
    try:
        while link.snapshot().step < _WARM_UP_STEPS and engine.error is None:
            time.sleep(0.1)

        def on_ready() -> None:
            app.set_timer(_WARM_UP_SECONDS, control.begin)
            app.set_timer(_WARM_UP_SECONDS + seconds, on_end)

        def on_end() -> None:
            control.end()
            app.exit()

        app = DashboardApp(link, describe_keys={}, on_ready=on_ready)
        app.run(mouse=False)
    finally:
        control.request_stop("stop")
        engine.join()
    if engine.error is not None:
        raise engine.error
    steps = [(two.time - one.time, two.screen - one.screen) for one, two in pairwise(control.noted)]
    out.write_text(json.dumps(steps))


if __name__ == "__main__":
    config, run_dir, out = map(Path, sys.argv[1:4])
    main(config, run_dir, out, float(sys.argv[4]))
