"""Two processes and one run directory, and what is left when the first is killed."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_headless import config, run, start, wait_for_step
from tests.engine import load

pytestmark = pytest.mark.e2e

__all__ = ["config"]  # the fixture


def run_file(run_dir: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((run_dir / "run.json").read_text())
    return fields


def newest_step(run_dir: Path) -> int:
    return int((run_dir / "history.jsonl").read_text().rsplit('"step":', 1)[1].split(",")[0])


def test_a_second_process_is_refused_and_a_killed_one_recognised(
    tmp_path: Path, config: Path
) -> None:
    run_dir = tmp_path / "run"
    arguments = ["train", str(config), "--headless", "--run-dir", "run", "--steps", "1000000"]
    with start(arguments, tmp_path) as process:
        wait_for_step(run_dir, 1, process)
        edits = (run_dir / "edits.jsonl").read_text()
        for more in ([], ["--fresh"], ["--set", "LR_EXPONENT=-5"]):
            code, output = run([*arguments, *more], tmp_path)
            assert code == 2, output
            assert f"Process {process.pid} is training in run" in output
            assert "attach run` looks in" in output
            assert "Traceback" not in output
        assert not (tmp_path / "run.old-1").exists()
        assert run_file(run_dir)["pid"] == process.pid
        assert (run_dir / "edits.jsonl").read_text() == edits
        wait_for_step(run_dir, newest_step(run_dir) + 5, process)
        assert run(["status", "run"], tmp_path)[0] == 0
        process.kill()
        process.communicate()

    assert run_file(run_dir)["state"] == "running"
    code, output = run(["status", "run"], tmp_path)
    assert code == 5, output
    assert "State:            dead" in output
    assert run_file(run_dir)["state"] == "dead"
    assert run(["send", "run", "pause"], tmp_path)[0] == 2

    stop_at = newest_step(run_dir) + 3
    code, output = run([*arguments, "--stop-at", str(stop_at)], tmp_path)
    assert code == 0, output
    assert load(run_dir)["step"] == stop_at
    assert run_file(run_dir)["state"] == "stopped"


def test_of_two_that_begin_together_one_trains(tmp_path: Path, config: Path) -> None:
    run_dir = tmp_path / "run"
    arguments = ["train", str(config), "--headless", "--run-dir", "run", "--steps", "1000000"]
    with start(arguments, tmp_path) as one, start(arguments, tmp_path) as other:
        while one.poll() is None and other.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                one.wait(0.1)
        refused, trains = (one, other) if one.poll() is not None else (other, one)
        output, _ = refused.communicate()
        assert refused.returncode == 2, output
        assert f"Process {trains.pid}" in output
        wait_for_step(run_dir, 2, trains)
        assert run_file(run_dir)["pid"] == trains.pid
        trains.send_signal(signal.SIGTERM)
        output, _ = trains.communicate(timeout=30)
        assert trains.returncode == 143, output
    assert not (tmp_path / "run.old-1").exists()
