"""A headless training that a stuck client is attached to; run by `benchmarks.link`.

``python -m benchmarks.stuck_client time CONFIG RUN_DIR OUT PAIRS SECONDS`` writes to OUT, as JSON, the
seconds of every step with the client and without; ``... memory CONFIG RUN_DIR OUT FIRST LAST`` the
resident bytes after so many steps.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.train import TrainOptions, build_request
from vsrppp_tui.config.read import read_values
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import RunInfo, Snapshot, StepRow

_WARM_UP_STEPS = 20
# Snapshots come four times a second; the kernel keeps about 30 KiB of them for a client.
_SETTLE_SECONDS = 5.0
_HELLO = b'{"type": "hello", "protocol": 1, "who": "stuck"}\n'


class _Steps(Observer):
    """The seconds of each step, which step is the newest, and how many snapshots there were."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.newest = 0
        self.snapshots = 0
        self._come = threading.Condition()

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        with self._come:
            self.seconds += [row.seconds for row in rows]
            self.newest = rows[-1].step
            self._come.notify_all()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots += 1

    def wait_for(self, step: int, is_alive: Callable[[], bool]) -> None:
        """Wait until a step is done.

        Raises:
            RuntimeError: the engine ended before.
        """
        with self._come:
            while self.newest < step:
                if not is_alive():
                    raise RuntimeError(f"the training ended at step {self.newest}")
                self._come.wait(1.0)


class _Training:
    """A training in its thread, and where it listens."""

    def __init__(self, config: Path, run_dir: Path) -> None:
        values = read_values(config)
        run = RunInfo(str(run_dir), "vsrppp", os.getpid(), socket.gethostname(), time.time())
        self._control = ControlPoint()
        self._path = run_dir / ".link" / "s"
        self.steps = _Steps()
        self.engine = EngineThread(
            lambda control: build_request(
                TrainOptions(config, run_dir), values, run_dir, control, resume=False
            ),
            run,
            self._control,
            [self.steps],
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Train inside the block.

        Raises:
            BaseException: whatever the engine raised.
        """
        self.engine.start()
        try:
            yield
        finally:
            self._control.request_stop("stop")
            self.engine.join()
            if self.engine.error is not None:
                raise self.engine.error

    def wait_for(self, step: int) -> None:
        """Wait until a step is done."""
        self.steps.wait_for(step, lambda: self.engine.error is None and self.engine.last is None)

    @contextmanager
    def stuck_client(self) -> Iterator[None]:
        """A client that says hello and never reads."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self._path))
            client.sendall(_HELLO)
            yield

    def window(self, seconds: float) -> list[float]:
        """The seconds of the steps of a window, once a client that came before it is full."""
        time.sleep(_SETTLE_SECONDS)
        self.wait_for(self.steps.newest + 1)
        self.steps.seconds = []
        time.sleep(seconds)
        self.wait_for(self.steps.newest + 1)
        return self.steps.seconds


def measure_time(training: _Training, pairs: int, seconds: float) -> dict[str, list[float]]:
    """The seconds of every step, without and with the client."""
    found: dict[str, list[float]] = {"alone": [], "stuck": []}
    with training.running():
        training.wait_for(_WARM_UP_STEPS)
        for index in range(pairs):
            for kind in sorted(found, reverse=bool(index % 2)):
                if kind == "alone":
                    found[kind] += training.window(seconds)
                    continue
                with training.stuck_client():
                    found[kind] += training.window(seconds)
    return found


def measure_memory(training: _Training, first: int, last: int) -> dict[str, int]:
    """Resident bytes after two steps, with the client there from the beginning."""
    process = psutil.Process()
    with training.running():
        training.wait_for(1)
        with training.stuck_client():
            training.wait_for(first)
            before, snapshots = process.memory_info().rss, training.steps.snapshots
            training.steps.seconds = []
            training.wait_for(last)
            after = process.memory_info().rss
            return {
                "first": before,
                "last": after,
                "snapshots": training.steps.snapshots - snapshots,
            }


def main(what: str, config: Path, run_dir: Path, out: Path, numbers: Sequence[float]) -> None:
    """Train, measure, stop."""
    training = _Training(config, run_dir)
    if what == "time":
        out.write_text(json.dumps(measure_time(training, int(numbers[0]), numbers[1])))
    else:
        out.write_text(json.dumps(measure_memory(training, int(numbers[0]), int(numbers[1]))))


if __name__ == "__main__":
    config, run_dir, out = map(Path, sys.argv[2:5])
    main(sys.argv[1], config, run_dir, out, [float(text) for text in sys.argv[5:]])
