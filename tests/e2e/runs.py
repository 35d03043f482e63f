"""What a run directory says from outside, and an end for runs that have left their terminal."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.terminal import PROGRAM, ROOT


def command(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, away from any terminal."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )


def run_file(run_dir: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((run_dir / "run.json").read_text())
    return fields


def wait_until(true: Callable[[], bool], what: str, timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come within {timeout:.0f} s"
        time.sleep(0.05)


def steps_done(run_dir: Path) -> int:
    """The step of the newest line that the status file shows."""
    for line in (run_dir / "training_status.txt").read_text().splitlines():
        if line.startswith("Step:"):
            return int(line.split()[1])
    raise AssertionError("training_status.txt names no step")


def wait_for_more_steps(run_dir: Path, timeout: float = 60.0) -> None:
    before = steps_done(run_dir)
    wait_until(lambda: steps_done(run_dir) > before, f"a step after {before}", timeout)


@contextlib.contextmanager
def ended_at_last(run_dir: Path) -> Iterator[None]:
    """Kill what still trains in a directory when the block is left."""
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(run_file(run_dir)["pid"], signal.SIGKILL)


def stop_and_wait(run_dir: Path, number: int = signal.SIGTERM, timeout: float = 30.0) -> None:
    """Send a signal to the training process and wait until it has gone."""
    pid = run_file(run_dir)["pid"]
    os.kill(pid, number)
    wait_until(lambda: not is_running(pid), f"the end of process {pid}", timeout)


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def cpu_seconds(pid: int) -> dict[str, float]:
    """Processor time of each thread of a process, by thread id."""
    return {str(t.id): t.user_time + t.system_time for t in psutil.Process(pid).threads()}
