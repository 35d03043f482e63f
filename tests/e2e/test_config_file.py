"""train_config.json of a live run, edited with an editor: applied, journaled, or refused with the reason."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.test_headless import config, start, wait_for_step
from tests.engine import load
from vsrppp_tui.config.read import read_values
from vsrppp_tui.records.edits import read_edits

pytestmark = pytest.mark.e2e

__all__ = ["config"]  # the fixture


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_an_edit_on_disk_is_applied_and_a_broken_one_refused(tmp_path: Path, config: Path) -> None:
    run_dir = tmp_path / "run"
    path, log = run_dir / "train_config.json", run_dir / "training.log"
    aside = run_dir / "train_config.json.refused"
    arguments = ["train", str(config), "--headless", "--run-dir", "run", "--steps", "1000000"]
    with start(arguments, tmp_path) as process:
        wait_for_step(run_dir, 1, process)

        path.write_text(
            '{"GRAD_CLIP": 0.5, // in place, and only what changes\n "LR_EXPONENT": -4}'
        )
        wait_until(lambda: len(read_edits(run_dir / "edits.jsonl")) == 2, "applied")
        wait_until(lambda: "N_FEATS" in path.read_text(), "the file is whole again")

        broken = path.read_text().replace('"GRAD_CLIP": 0.5', '"GRAD_CLIP": ')
        path.write_text(broken)
        wait_until(lambda: "is not JSON" in log.read_text(), "refused")
        new = tmp_path / "new.json"  # renamed over the file
        new.write_text(json.dumps({"N_FEATS": 16, "WEIGHT_DECAY": 0.5}))
        new.rename(path)
        wait_until(lambda: "N_FEATS cannot change" in log.read_text(), "refused")
        refused = path.read_text()
        assert refused == json.dumps({"N_FEATS": 16, "WEIGHT_DECAY": 0.5})
        assert not aside.exists()

        before = read_edits(run_dir / "edits.jsonl")
        path.write_text(json.dumps({"WEIGHT_DECAY": 0.5}))
        wait_until(lambda: len(read_edits(run_dir / "edits.jsonl")) == 3, "applied")
        wait_for_step(run_dir, before[-1].step + 10, process)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 143, output
    edits = read_edits(run_dir / "edits.jsonl")
    assert {edit.who for edit in edits} == {"train_config.json"}
    assert sorted((e.key, e.new) for e in edits[:2]) == [("GRAD_CLIP", 0.5), ("LR_EXPONENT", -4.0)]
    assert [(e.key, e.old, e.new) for e in edits[2:]] == [("WEIGHT_DECAY", 0.01, 0.5)]
    assert "GRAD_CLIP 0.0 -> 0.5" in output
    assert "WARNING  edit refused" in output
    assert load(run_dir, "checkpoint_emergency.pth")["config"]["WEIGHT_DECAY"] == 0.5
    assert read_values(path)["WEIGHT_DECAY"] == 0.5
