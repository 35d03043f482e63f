"""Leaving a run alone: D, a cut line, a frozen terminal; the training goes on and ends cleanly."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.runs import (
    cpu_seconds,
    ended_at_last,
    is_running,
    run_file,
    stop_and_wait,
    wait_for_more_steps,
    wait_until,
)
from tests.e2e.terminal import Terminal
from tests.engine import TINY, load

pytestmark = pytest.mark.e2e

# While paused the engine computes nothing, so whatever is busy then spins.
SPINNING = 0.5


@pytest.fixture
def config(tmp_path: Path, dataset: Path) -> Path:
    path = tmp_path / "config.json"
    values = {**TINY, "DATASET_ROOT": str(dataset), "MAX_STEPS": 1_000_000, "NUM_WORKERS": 1}
    path.write_text(json.dumps({**values, "VAL_STEP_EVERY": 100_000}))
    return path


def test_d_returns_the_shell_and_training_goes_on(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with ended_at_last(run), Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("▶ running")
        terminal.press("d")
        pressed = time.monotonic()
        assert terminal.wait_for_exit() == 0
        assert time.monotonic() - pressed < 1.0
        assert terminal.modes() == terminal.initial_modes
        assert "Training goes on in run" in terminal.text()
        assert "attach run" in terminal.text()
        trainer = psutil.Process(run_file(run)["pid"])
        assert os.getsid(trainer.pid) == trainer.pid
        assert trainer.terminal() is None
        wait_for_more_steps(run)
        stop_and_wait(run)
    assert run_file(run)["state"] == "stopped"
    assert load(run, "checkpoint_emergency.pth")["step"] > 0


def test_a_cut_line_detaches(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with ended_at_last(run), Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("▶ running")
        trainer = run_file(run)["pid"]
        terminal.hang_up()
        wait_until(lambda: terminal.process.poll() is not None, "the end of the process in front")
        wait_for_more_steps(run)
        assert os.getsid(trainer) == trainer
        assert_nothing_spins(trainer)
        with Terminal(["attach", "run"], tmp_path) as screen:
            screen.wait_for("▶ running")
            screen.press("q", "s")
            assert screen.wait_for_exit() == 0
        wait_until(lambda: not is_running(trainer), "the end")
    log = (run / "training.log").read_text()
    troubles = [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line]
    assert not troubles
    assert run_file(run)["state"] == "stopped"
    assert load(run)["step"] > 0


def test_a_hang_up_without_a_signal_detaches(tmp_path: Path, config: Path) -> None:
    """The signal goes to the foreground group of the terminal alone; a failed line has to do as well."""
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with ended_at_last(run), Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("▶ running")
        trainer = run_file(run)["pid"]
        os.kill(terminal.process.pid, signal.SIGKILL)  # the process in front dies first
        terminal.process.wait()
        terminal.hang_up()
        wait_for_more_steps(run)
        wait_until(lambda: os.getsid(trainer) == trainer, "a session of its own")
        assert_nothing_spins(trainer)
        stop_and_wait(run)


def test_a_run_without_a_screen_outlives_its_terminal(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run", "--headless"]
    with ended_at_last(run), Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("steps/s")
        terminal.hang_up()
        wait_for_more_steps(run)
        assert_nothing_spins(terminal.process.pid)
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.process.wait(30) == 143


def test_a_terminal_that_nobody_reads_delays_nothing(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with ended_at_last(run), Terminal(arguments, tmp_path, 160, 50) as terminal:
        terminal.wait_for("▶ running")
        terminal.freeze()
        time.sleep(10.0)
        wait_for_more_steps(run)
        assert_nothing_spins(run_file(run)["pid"])
        terminal.wait_for("▶ running")  # read again: the screen goes on as well
        terminal.press("q")
        terminal.wait_for("Stop and save")
        terminal.press("s")
        assert terminal.wait_for_exit() == 0
        assert terminal.modes() == terminal.initial_modes


def test_a_stop_ends_the_run_before_a_frozen_terminal(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with ended_at_last(run), Terminal(arguments, tmp_path, 160, 50) as terminal:
        terminal.wait_for("▶ running")
        trainer = run_file(run)["pid"]
        terminal.freeze()
        os.kill(terminal.process.pid, signal.SIGTERM)
        wait_until(lambda: not is_running(trainer), "the end", timeout=15)
        assert terminal.wait_for_exit() == 143
    assert load(run, "checkpoint_emergency.pth")["step"] > 0


def test_a_killed_child_leaves_a_terminal_in_order(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    arguments = ["train", str(config), "--run-dir", "run"]
    with Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("▶ running")
        os.kill(run_file(run)["pid"], signal.SIGKILL)
        assert terminal.wait_for_exit() == 128 + signal.SIGKILL
        assert terminal.modes() == terminal.initial_modes
        told = " ".join(terminal.text().split())
        assert "The training in run was ended by SIGKILL" in told
        assert "train --run-dir run`" in told


def assert_nothing_spins(pid: int) -> None:
    """No thread but those that compute uses a core: the input thread was the one that used to."""
    before = cpu_seconds(pid)
    time.sleep(1.0)
    after = cpu_seconds(pid)
    busy = sum(after[i] - before.get(i, 0.0) > SPINNING for i in after)
    assert busy <= 2, f"{busy} threads are busy; the engine and its helper are two"
