"""Faults of the data in mid-run: workers that die, pictures that cannot be read any more."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Recorder, digests, make_trainer, train
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.trainer import Trainer


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests act right after a given step, however fast steps are."""
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


def test_a_killed_worker_changes_nothing_but_is_told(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "quiet")

    def kill(rows: Any) -> None:
        if rows[-1].step == 3:
            assert trainer._parts.feed._loader is not None
            worker = trainer._parts.feed._loader._batches._workers[0]
            os.kill(worker.pid, signal.SIGKILL)
            worker.join()

    recorder = Recorder(kill)
    trainer: Trainer
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, NUM_WORKERS=2)
    trainer.run()
    reporter.close()
    ours, theirs = digests(tmp_path / "run"), digests(tmp_path / "quiet")
    assert {**ours, "config": ""} == {**theirs, "config": ""}  # NUM_WORKERS differs
    [alert] = recorder.snapshots[-1].warnings
    assert alert.key == "loader"
    assert "1 so far" in alert.text
    assert any("A loader worker died" in event.text for event in recorder.events)


def damage(dataset: Path, *numbers: int) -> None:
    for number in numbers:
        path = dataset / "Patches" / "LR" / f"patches_{number:03d}.png"
        path.write_bytes(path.read_bytes()[:-40])


def test_pictures_cut_short_in_mid_run_are_one_warning_with_their_count(
    dataset: Path, tmp_path: Path
) -> None:
    def act(rows: Any) -> None:
        if rows[-1].step == 2:
            damage(dataset, 1, 4, 7)

    recorder = train(dataset, tmp_path / "run", Recorder(act), MAX_STEPS=9)
    assert [row.step for row in recorder.rows] == list(range(1, 10))
    [alert] = recorder.snapshots[-1].warnings
    assert "(3 unreadable files so far)" in alert.text
    log = (tmp_path / "run" / "training.log").read_text().splitlines()
    for number in (1, 4, 7):
        named = [line for line in log if f"Patches/LR/patches_{number:03d}.png" in line]
        assert len(named) == 1, "each file once, however often it is met"


def test_a_resume_is_exact_among_unreadable_pictures(dataset: Path, tmp_path: Path) -> None:
    path = dataset / "Patches" / "LR" / "patches_004.png"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255  # whole at a glance, as the check at the start sees it
    path.write_bytes(content)
    recorder = train(dataset, tmp_path / "whole")
    assert "patches_004.png" in recorder.snapshots[-1].warnings[0].text
    train(dataset, tmp_path / "halves", stop_at=3)
    train(dataset, tmp_path / "halves", resume=True)
    assert digests(tmp_path / "halves") == digests(tmp_path / "whole")


def test_a_validation_picture_cut_short_is_passed_over_and_named_once(
    dataset: Path, tmp_path: Path
) -> None:
    def act(rows: Any) -> None:
        if rows[-1].step == 1:
            path = dataset / "Val" / "GT" / "val_000.png"
            path.write_bytes(path.read_bytes()[:-40])

    recorder = train(dataset, tmp_path / "run", Recorder(act))
    warnings = [event.text for event in recorder.events if "val_000.png" in event.text]
    assert len(warnings) == 1
    assert "validation passed over it" in warnings[0]
    result = recorder.snapshots[-1].validation
    assert result is not None
    assert result.images == 1
