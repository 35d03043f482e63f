"""The real program in a pseudo-terminal: every key, an edit, a clean end."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.engine import TINY, load

pytestmark = pytest.mark.e2e


@pytest.fixture
def config(tmp_path: Path, dataset: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps(
            {**TINY, "DATASET_ROOT": str(dataset), "MAX_STEPS": 1_000_000, "VAL_STEP_EVERY": 1000}
        )
    )
    return path


def step_on(screen: str) -> int:
    found = re.search(r"Step\s+([\d,]+)", screen)
    assert found, screen
    return int(found[1].replace(",", ""))


def select(terminal: Terminal, key: str) -> None:
    """Move down the live setup to a key."""
    terminal.wait_for("▸ ")  # the title may come before the list
    for _ in range(40):
        if f"▸ {key} " in terminal.text():
            return
        terminal.press("down")
        terminal.read(0.1)
    raise AssertionError(f"{key} was not found in:\n{terminal.text()}")


@pytest.mark.parametrize(("columns", "rows"), [(160, 50), (80, 24)])
def test_a_whole_session(tmp_path: Path, config: Path, columns: int, rows: int) -> None:
    arguments = ["train", str(config), "--run-dir", "run"]
    with Terminal(arguments, tmp_path, columns, rows) as terminal:
        before = step_on(terminal.wait_for("▶ running"))
        terminal.wait_for(lambda screen: step_on(screen) > before)

        view = terminal.wait_for("by trunk")
        assert "by activity" in view
        terminal.press("s")
        terminal.wait_for(lambda screen: "by trunk, by activity" not in screen)

        terminal.press("p")
        still = step_on(terminal.wait_for("paused"))
        terminal.read(1.0)
        assert terminal.read(1.5) == 0, "a paused screen writes nothing"
        assert step_on(terminal.text()) == still
        terminal.press("p")
        terminal.wait_for(lambda screen: "▶ running" in screen and step_on(screen) > still)

        terminal.press("v")
        terminal.wait_for("PSNR Y")

        terminal.press("enter")
        terminal.wait_for("Live setup")
        select(terminal, "LR_EXPONENT")
        terminal.press("enter", *["backspace"] * 8, "-", "x")
        terminal.wait_for("LR_EXPONENT = ")
        terminal.press("backspace", "5", "enter")
        terminal.wait_for("1 change staged")
        terminal.press("a")
        terminal.wait_for("applied at step")
        terminal.press("escape")
        terminal.wait_for("▶ running")

        terminal.press("c")
        terminal.wait_for("saved")
        terminal.press("q")
        terminal.wait_for("Stop and save")
        terminal.press("s")
        assert terminal.wait_for_exit() == 0
        assert "Stopped at step" in terminal.text()
        assert terminal.modes() == terminal.initial_modes

    run = tmp_path / "run"
    state = load(run)
    assert state["config"]["LR_EXPONENT"] == -5
    assert state["scheduler_state_dict"]["last_lr"][0] < 1.1e-5
    assert json.loads((run / "train_config.json").read_text())["LR_EXPONENT"] == -5
    edits = [json.loads(line) for line in (run / "edits.jsonl").read_text().splitlines()]
    assert [(e["key"], e["old"], e["new"]) for e in edits] == [("LR_EXPONENT", -3.0, -5.0)]
    assert list((run / "validation_images").glob("step_*/*.png"))
    assert json.loads((run / "run.json").read_text())["state"] == "stopped"


def test_a_signal_puts_the_terminal_right(tmp_path: Path, config: Path) -> None:
    with Terminal(["train", str(config), "--run-dir", "run"], tmp_path) as terminal:
        terminal.wait_for("▶ running")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait_for_exit() == 143
        assert terminal.modes() == terminal.initial_modes
    assert load(tmp_path / "run", "checkpoint_emergency.pth")["step"] >= 0


def test_an_error_before_the_first_step_is_a_sentence(tmp_path: Path, config: Path) -> None:
    arguments = ["train", str(config), "--set", "DATASET_ROOT=/nowhere"]
    with Terminal(arguments, tmp_path) as terminal:
        assert terminal.wait_for_exit() == 2
        text = terminal.text()
        assert "/nowhere" in text
        assert "Traceback" not in text
        assert terminal.modes() == terminal.initial_modes
