"""Several screens, one run: what they show agrees, whoever steers it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.runs import (
    command,
    ended_at_last,
    run_file,
    steps_done,
    stop_and_wait,
    wait_for_more_steps,
    wait_until,
)
from tests.e2e.terminal import PROGRAM, ROOT, Terminal
from tests.e2e.test_dashboard import select, step_on
from tests.engine import TINY

pytestmark = pytest.mark.e2e


@pytest.fixture
def config(tmp_path: Path, dataset: Path) -> Path:
    path = tmp_path / "config.json"
    values = {**TINY, "DATASET_ROOT": str(dataset), "MAX_STEPS": 1_000_000, "NUM_WORKERS": 0}
    path.write_text(
        json.dumps(
            {
                **values,
                "VAL_STEP_EVERY": 100_000,
                "LOG_TBOARD_EVERY": 1,
                "SAVE_STEP_EVERY": 1_000_000,
            }
        )
    )
    return path


def headless(config: Path, cwd: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = ["train", str(config), "--run-dir", "run", "--headless"]
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_three_screens_and_a_script_agree(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    with ended_at_last(run), ExitStack() as stack:
        owner = stack.enter_context(Terminal(["train", str(config), "--run-dir", "run"], tmp_path))
        owner.wait_for("▶ running")
        attached = [
            stack.enter_context(Terminal(["attach", "run", *options], tmp_path))
            for options in ([], ["--read-only"])
        ]
        screens = [owner, *attached]
        for screen in attached:
            screen.wait_for("▶ running")

        reply = command(tmp_path, "send", "run", "pause")
        assert reply.returncode == 0 and "paused at step" in reply.stdout
        steps = {step_on(screen.wait_for("‖ paused")) for screen in screens}
        assert len(steps) == 1, "all screens stand at the same step"
        assert command(tmp_path, "send", "run", "pause").returncode == 1
        assert command(tmp_path, "status", "run").returncode == 3
        assert {step_on(screen.text()) for screen in screens} == steps

        attached[0].press("enter")
        attached[0].wait_for("Live setup")
        select(attached[0], "LR_EXPONENT")
        attached[0].press("enter", *["backspace"] * 8, "-", "5", "enter", "a")
        attached[0].wait_for("applied at step")
        attached[0].press("escape")
        for screen in screens:  # at once, though nothing else happens, and with who made it
            screen.wait_for(lambda text: "LR_EXPONENT -3.0 -> -5.0" in text and "(attach)" in text)

        attached[1].press("p")
        attached[1].wait_for("refused")
        assert "paused" in owner.text()
        attached[0].press("p")
        for screen in screens:
            screen.wait_for("▶ running")

        attached[1].press("q")
        assert attached[1].wait_for_exit() == 0
        attached[0].press("d")
        assert attached[0].wait_for_exit() == 0
        assert "Training goes on in run" in attached[0].text()
        assert attached[0].modes() == attached[0].initial_modes
        wait_for_more_steps(run)
        owner.press("q", "s")
        assert owner.wait_for_exit() == 0
    who = [json.loads(line)["who"] for line in (run / "edits.jsonl").read_text().splitlines()]
    assert len(who) == 1 and who[0].endswith("(attach)")


def has_whole_curve(text: str) -> bool:
    """Whether the loss curve begins long before the step shown; it arrives after the first picture."""
    begins = re.search(r"└ step ([\d,]+)", text)
    return begins is not None and 2 * int(begins[1].replace(",", "")) < step_on(text)


def test_a_late_screen_sees_what_came_before(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    process = headless(config, tmp_path)
    with ended_at_last(run):
        wait_until(lambda: (run / "run.json").exists(), "the run")
        reply = command(tmp_path, "send", "run", "validate")
        assert reply.returncode == 0
        wait_until(lambda: steps_done(run) > 30, "thirty steps")
        assert command(tmp_path, "send", "run", "pause").returncode == 0
        first_event = (run / "training.log").read_text().splitlines()[0].split("  ")[-1]
        with Terminal(["attach", str(run)], Path("/"), 160, 50) as screen:
            screen.wait_for("‖ paused")
            text = screen.wait_for(lambda text: first_event in text and has_whole_curve(text))
            assert "PSNR Y" in text
            screen.press("i")
            text = screen.wait_for("▀")
            assert "run/validation_images" in text or "validation_images/step_" in text
            screen.press("escape")
            screen.wait_for(lambda text: "Esc Back" not in text)
            screen.press("q", "s")
            assert screen.wait_for_exit() == 0
        assert process.wait(30) == 0
    assert run_file(run)["state"] == "stopped"


def test_a_killed_run_is_dead_on_every_screen(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    process = headless(config, tmp_path)
    with ended_at_last(run):
        wait_until(lambda: (run / "run.json").exists(), "the run")
        with Terminal(["attach", "run"], tmp_path) as screen:
            screen.wait_for("▶ running")
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            screen.wait_for("✗ dead")
            screen.press("q")
            assert screen.wait_for_exit() == 0
    assert command(tmp_path, "status", "run").returncode == 5
    again = command(tmp_path, "attach", "run")
    assert again.returncode == 2 and "Traceback" not in again.stderr


def test_strange_clients_leave_the_run_alone(tmp_path: Path, config: Path) -> None:
    run = tmp_path / "run"
    process = headless(config, tmp_path)
    with ended_at_last(run), ExitStack() as stack:
        wait_until(lambda: (run / "run.json").exists(), "the run")
        path = run / run_file(run)["socket"]
        for line in (
            b"\x00\xff garbage \n" * 50,
            b"x" * 1_000_000,
            b'{"type":"hello","protocol":999}\n',
            b'{"type":"hel',
            b"",
        ):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.connect(str(path))
            try:
                client.sendall(line)
            except OSError:  # closed on us, as it should be for an endless line
                continue
        wait_until(lambda: (run / "training_status.txt").exists(), "the first steps")
        wait_for_more_steps(run)
        assert command(tmp_path, "status", "run").returncode == 0
        assert command(tmp_path, "send", "run", "checkpoint").returncode == 0
        before = steps_done(run)
        stop_and_wait(run)
        process.wait(30)
        assert steps_done(run) >= before
    assert not path.exists()
