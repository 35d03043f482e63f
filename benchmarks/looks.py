"""A training behind its dashboard, block by block; run by `benchmarks.overhead` behind a pseudo-terminal.

``python -m benchmarks.looks CONFIG RUN_DIR OUT SECONDS`` trains with the real engine in its thread and
writes a `Record` to OUT, as JSON: when each step passed each block of the network, forwards and backwards, and
each look of the screen at the run. In the first `FREE` part of the time the screen looks as in use; then a coin
decides at each look whether it is left out.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple

from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from model_vsrppp_v2 import HeavyBlock
from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.models.vsrppp import FoldedBlock
from vsrppp_tui.training.control import ControlPoint, Request
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot
from vsrppp_tui.tui import app as dashboard
from vsrppp_tui.tui.app import DashboardApp

FREE = 1 / 3  # of the seconds: looks as in use
_WARM_UP_STEPS = 5
_WARM_UP_SECONDS = 10.0  # after the first frame: records are read, numpy is imported, plots begin


class Look(NamedTuple):
    """One look of the screen at the run."""

    time: float  # of `time.perf_counter`
    free: bool  # before any was left out
    done: bool  # not left out
    before: float  # processor time of the screen's threads until it, seconds
    after: float


@dataclass
class Record:
    """What is noted of a training and its screen."""

    passes: list[list[float]] = field(default_factory=list)  # of each step: begin, then each block
    looks: list[Look] = field(default_factory=list)


class _Recorder(ControlPoint):
    """Notes where the training is, from `begin` to `end`."""

    def __init__(self) -> None:
        super().__init__()
        self.record = Record()
        self.began: float | None = None  # None: nothing is noted
        self._clocks: list[int] = []

    def begin(self) -> None:
        """Note from now on; every thread of the screen runs by now."""
        threads = [t for t in threading.enumerate() if t.name.startswith("textual")]
        numbers = [t.ident for t in (threading.main_thread(), *threads) if t.ident is not None]
        self._clocks = [time.pthread_getcpuclockid(number) for number in numbers]
        self.began = time.perf_counter()

    def end(self) -> None:
        """Note no more, before the threads end and their clocks with them."""
        self.began = None

    def screen_seconds(self) -> float:
        """Processor time of the screen's threads so far."""
        return sum(time.clock_gettime(clock) for clock in self._clocks)

    def drain(self) -> list[Request]:
        """The engine asks for commands: a step ends, and the next one begins."""
        if self.began is not None:
            self.record.passes.append([time.perf_counter()])
        return super().drain()

    def on_forward(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        """A module has been computed."""
        if isinstance(module, HeavyBlock | FoldedBlock):
            self._pass()
            if output.requires_grad:
                output.register_hook(self._on_backward)  # type: ignore[no-untyped-call]

    def _on_backward(self, gradient: Tensor) -> None:
        self._pass()

    def _pass(self) -> None:
        if self.began is not None and self.record.passes:
            self.record.passes[-1].append(time.perf_counter())


class _TossingApp(DashboardApp):
    """A dashboard whose looks are noted, and left out by a coin."""

    CSS_PATH: ClassVar[list[str | Path]] = [  # type: ignore[assignment]
        Path(dashboard.__file__).with_name(Path(name).name) for name in DashboardApp.CSS_PATH
    ]

    def __init__(self, link: InProcessLink, recorder: _Recorder, seconds: float) -> None:
        super().__init__(link, describe_keys={}, on_ready=self._on_first_frame)
        self._recorder = recorder
        self._seconds = seconds

    def _on_first_frame(self) -> None:
        self.set_timer(_WARM_UP_SECONDS, self._recorder.begin)
        self.set_timer(_WARM_UP_SECONDS + self._seconds, self._on_end)

    def _on_end(self) -> None:
        self._recorder.end()
        self.exit()

    def tick(self) -> None:
        recorder = self._recorder
        if recorder.began is None:
            super().tick()
            return
        now, before = time.perf_counter(), recorder.screen_seconds()
        free = now - recorder.began < FREE * self._seconds
        done = free or random.random() < 0.5
        if done:
            super().tick()
        recorder.record.looks.append(Look(now, free, done, before, recorder.screen_seconds()))


def main(config: Path, run_dir: Path, out: Path, seconds: float) -> None:
    """Train for so many seconds under the dashboard, then stop."""
    values = read_values(config)
    run = RunInfo(str(run_dir), "vsrppp", os.getpid(), socket.gethostname(), time.time())
    recorder = _Recorder()
    register_module_forward_hook(recorder.on_forward)
    first = Snapshot(seq=0, time=time.time(), state="starting", run=run)
    link = InProcessLink(first, recorder, lambda: History((), (), ()))
    engine = EngineThread(
        lambda control: build_request(
            TrainOptions(config, run_dir), values, run_dir, control, resume=False
        ),
        run,
        recorder,
        [link],
    )
    engine.start()
    try:
        while link.snapshot().step < _WARM_UP_STEPS and engine.error is None:
            time.sleep(0.1)
        _TossingApp(link, recorder, seconds).run(mouse=False)
    finally:
        recorder.request_stop("stop")
        engine.join()
    if engine.error is not None:
        raise engine.error
    out.write_text(json.dumps(asdict(recorder.record)))


if __name__ == "__main__":
    config, run_dir, out = map(Path, sys.argv[1:4])
    main(config, run_dir, out, float(sys.argv[4]))
