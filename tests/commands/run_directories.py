"""Run directories made by hand, and a run that answers on its socket without an engine."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsrppp_tui.link.server import LinkServer
from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.run_file import RunFile, read_run_file, write_run_file
from vsrppp_tui.training.control import ControlPoint, Request
from vsrppp_tui.training.telemetry import (
    Alert,
    BestResult,
    BlockReading,
    CheckpointInfo,
    Convergence,
    Quality,
    RunInfo,
    RunState,
    Snapshot,
    ValidationResult,
)

START = 1_770_000_000.0
RESULT = ValidationResult(
    step=40,
    time=START,
    loss=0.04,
    baseline=Quality(28.0, 0.80, 29.0, 0.82, 53.3),
    network=Quality(30.0, 0.85, 31.0, 0.87, 59.2),
    images=2,
    seconds=1.5,
)


def run_info(**changes: Any) -> RunInfo:
    """A run in this very process."""
    fields = {"run_dir": "there", "recipe": "vsrppp", "host": socket.gethostname()}
    return RunInfo(**{**fields, "pid": os.getpid(), "started": START, **changes})


def full_snapshot(**changes: Any) -> Snapshot:
    """A snapshot in which everything is known, and one loss is NaN."""
    fields: dict[str, Any] = {
        "seq": 7,
        "time": START + 100,
        "state": "running",
        "run": run_info(),
        "step": 42,
        "total_steps": 1000,
        "epoch": 3,
        "steps_per_s": 2.0,
        "eta_s": 479.0,
        "lr": 1e-4,
        "losses": {"L1": 0.5, "Perceptual": float("nan"), "Total": float("inf")},
        "blocks": (
            BlockReading("Block_01", "backward", 0.1, 100.0, False),
            BlockReading("Block_02", "forward", 0.01, 10.0, True),
        ),
        "convergence": Convergence("Converging", -0.05, -0.06, -0.04),
        "data_wait": 0.25,
        "validation": RESULT,
        "best": BestResult(40, 59.2),
        "checkpoint": CheckpointInfo(40, "checkpoints/latest.pth"),
        "warnings": (Alert("save", "the disk is full", START, 41),),
        "config": {"LOG_TBOARD_EVERY": 1},
    }
    return Snapshot(**{**fields, **changes})


def make_run(
    run_dir: Path, state: RunState, *, dead: bool = False, history: bool = True, **changes: Any
) -> None:
    """A run directory with run.json, a history and a checkpoint, in a state of this process.

    With `dead` its process is one that has gone; `changes` are fields of run.json.
    """
    (run_dir / "checkpoints").mkdir(parents=True)
    (run_dir / "checkpoints" / "latest.pth").write_bytes(b"weights")
    snapshot = full_snapshot(state=state)
    record = RunFile(run_dir, snapshot.run, {"tensorboard": "logs"})
    record.on_snapshot(snapshot)
    info = read_run_file(run_dir)
    assert info is not None
    if dead:
        changes["process_started"] = info.process_started - 60
    write_run_file(run_dir, replace(info, **changes))
    if history:
        file = HistoryRecord(run_dir / "history.jsonl")
        file.on_snapshot(snapshot)
        file.on_close()


@contextmanager
def answering_run(
    run_dir: Path, snapshot: Snapshot, answer: Callable[[Request], None]
) -> Iterator[ControlPoint]:
    """A live run in this process whose commands `answer` answers, in a thread of its own."""
    control = ControlPoint()
    server = LinkServer(run_dir, control, snapshot)
    path = server.start()
    info = read_run_file(run_dir)
    assert info is not None
    write_run_file(run_dir, replace(info, socket=str(path)))
    over = threading.Event()

    def engine() -> None:
        while not over.is_set():
            control.wait(0.05)
            for request in control.drain():
                answer(request)

    thread = threading.Thread(target=engine)
    thread.start()
    try:
        yield control
    finally:
        over.set()
        thread.join()
        control.close("the run has ended")
        server.on_close()
