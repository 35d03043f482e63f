"""`vsrppp` without a command: a demo begun, left, looked in on and resumed from the start screen."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.e2e.runs import (
    command,
    ended_at_last,
    run_file,
    stop_and_wait,
    wait_for_more_steps,
    wait_until,
)
from tests.e2e.terminal import Terminal
from tests.engine import load

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of other tests are not remembered."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_demo_from_its_beginning_to_a_resume(tmp_path: Path) -> None:
    run = tmp_path / "runs/demo"
    with ended_at_last(run):
        with Terminal([], tmp_path) as terminal:
            terminal.wait_for("No run here yet")
            terminal.press("d")
            terminal.wait_for("▶ running")
            terminal.press("d")  # detaches here
            assert terminal.wait_for_exit() == 0
            assert terminal.modes() == terminal.initial_modes
            assert "Training goes on in runs/demo" in terminal.text()
        trainer = psutil.Process(run_file(run)["pid"])
        assert os.getsid(trainer.pid) == trainer.pid
        with Terminal([], tmp_path, 80, 24) as terminal:
            terminal.wait_for("▶ running")
            terminal.press("enter")
            terminal.wait_for("Step")
            terminal.press("q", "s")
            assert terminal.wait_for_exit() == 0
            assert terminal.modes() == terminal.initial_modes
        wait_until(lambda: not trainer.is_running(), "the end of the run")
        stopped_at = load(run)["step"]
        with Terminal([], tmp_path) as terminal:
            terminal.wait_for("■ stopped")
            terminal.press("enter")
            terminal.wait_for("▶ running")
            wait_for_more_steps(run)
            terminal.press("q", "s")
            assert terminal.wait_for_exit() == 0
            assert "Stopped at step" in terminal.text()
    assert load(run)["step"] > stopped_at


def test_a_cut_line_detaches_a_run_that_was_begun_here(tmp_path: Path) -> None:
    run = tmp_path / "runs/demo"
    with ended_at_last(run), Terminal([], tmp_path) as terminal:
        terminal.wait_for("No run here yet")
        terminal.press("d")
        terminal.wait_for("▶ running")
        terminal.hang_up()
        wait_until(lambda: terminal.process.poll() is not None, "the end of the process in front")
        wait_for_more_steps(run)
        stop_and_wait(run)
    assert run_file(run)["state"] == "stopped"


def test_a_new_run_that_cannot_begin_comes_back_and_then_begins(
    tmp_path: Path, dataset: Path
) -> None:
    run = tmp_path / "runs/vsrppp"
    broken = dataset / "Patches/GT/patches_000.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-20])
    with ended_at_last(run), Terminal([], tmp_path) as terminal:
        terminal.wait_for("No run here yet")
        terminal.press("n")
        terminal.wait_for("Run folder")
        terminal.press(f"\x1b[200~{dataset}\x1b[201~")  # as a terminal pastes
        terminal.wait_for("12 pairs")
        terminal.press(*["down"] * 3, "8", "enter", "4", "enter", "2", "enter", "1", "enter")
        terminal.press("enter", "3", "0", "0", "0", "0", "enter", "0", "enter")
        terminal.wait_for("VGG19 term    0  ")
        terminal.press("\x13")  # Ctrl+S
        terminal.wait_for("patches_000.png")  # the engine names what is broken, in the form
        assert "Start training" in terminal.wait_for("--set N_FEATS=8")
        assert not run.exists()
        broken.write_bytes(whole)
        terminal.press("\x13")
        terminal.wait_for("▶ running")
        wait_for_more_steps(run)
        terminal.press("q", "s")
        assert terminal.wait_for_exit() == 0
        assert terminal.modes() == terminal.initial_modes
    config = load(run)["config"]
    assert (config["N_FEATS"], config["N_BLOCKS"], config["MAX_STEPS"]) == (8, 4, 30_000)
    assert config["DATASET_ROOT"] == "dataset" or config["DATASET_ROOT"] == str(dataset)


def test_a_cut_line_ends_the_start_screen(tmp_path: Path) -> None:
    with Terminal([], tmp_path) as terminal:
        terminal.wait_for("No run here yet")
        family = [psutil.Process(terminal.process.pid)]
        family += family[0].children(recursive=True)
        assert len(family) == 2
        terminal.hang_up()
        wait_until(lambda: terminal.process.poll() is not None, "the end", timeout=5)
        assert not any(each.is_running() for each in family[1:])
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_start_screen(tmp_path: Path, number: int, code: int) -> None:
    with Terminal([], tmp_path) as terminal:
        terminal.wait_for("No run here yet")
        child = psutil.Process(terminal.process.pid).children()[0]
        os.kill(child.pid if number == signal.SIGINT else terminal.process.pid, number)
        assert terminal.wait_for_exit(10) == code
        assert terminal.modes() == terminal.initial_modes


def test_without_a_terminal_it_prints_the_help(tmp_path: Path) -> None:
    done = command(tmp_path)
    assert done.returncode == 2
    assert "Usage: vsrppp" in done.stdout
    assert "attach" in done.stdout
