"""The engine and its checkpoints: snapshots, bests, and disks that refuse to write."""

from __future__ import annotations

import errno
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Recorder, digests, load, train
from tests.faulty_disk import FaultyDisk
from vsrppp_tui.records.edits import read_edits
from vsrppp_tui.records.history_file import read_history
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training import saving
from vsrppp_tui.training.checkpoint_file import newest_verified, verify
from vsrppp_tui.training.checkpoint_store import CheckpointStore
from vsrppp_tui.training.control import Continue, ControlPoint, Edit, Pause, SaveCheckpoint


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests act right after a given step, however fast steps are."""
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FaultyDisk:
    return FaultyDisk(monkeypatch)


def test_a_checkpoint_is_that_of_its_step_though_later_steps_came_before_its_write(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"VAL_STEP_EVERY": 100, "SAVE_STEP_EVERY": 4, "EMA_DECAY": 0.9}
    train(dataset, tmp_path / "short", MAX_STEPS=7, stop_at=4, **options)
    reached = threading.Event()
    real = CheckpointStore.write

    def slow(store: CheckpointStore, state: dict[str, Any], files: Any) -> None:
        if state["step"] == 4:
            assert reached.wait(20)
        real(store, state, files)

    monkeypatch.setattr(CheckpointStore, "write", slow)
    recorder = Recorder(lambda rows: reached.set() if rows[-1].step == 7 else None)
    train(dataset, tmp_path / "run", recorder, MAX_STEPS=7, **options)
    name = "checkpoint_step_4.pth"
    assert digests(tmp_path / "run", name) == digests(tmp_path / "short", name)


def test_the_best_validations_are_kept_and_linked(dataset: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    options = {"MAX_STEPS": 6, "VAL_STEP_EVERY": 1, "SAVE_STEP_EVERY": 3}
    recorder = train(dataset, run_dir, **options)
    bests = sorted({s.best.step for s in recorder.snapshots if s.best is not None})
    assert len(bests) > 2, "the network does not learn"
    folder = run_dir / "checkpoints"
    assert verify(folder / "checkpoint_best.pth").step == bests[-1]
    assert verify(folder / "checkpoint_best_old.pth").step == bests[-2]
    kept = {f"checkpoint_step_{step}.pth" for step in (3, 6, *bests[-2:])}
    assert {path.name for path in folder.glob("checkpoint_step_*")} == kept
    codes = [(e.step, e.data["code"]) for e in recorder.events if e.kind == "checkpoint"]
    assert [step for step, code in codes if code == 2] == bests
    assert [step for step, code in codes if code == 1] == [3, 6, 6]


def test_a_full_disk_for_a_while_loses_nothing(
    dataset: Path, tmp_path: Path, disk: FaultyDisk
) -> None:
    train(dataset, tmp_path / "whole")
    run_dir, control = tmp_path / "run", ControlPoint()

    def act(rows: Any) -> None:
        if rows[-1].step == 3:  # the checkpoint of step 4 and much else meets the full disk
            disk.breaks(errno.ENOSPC, lambda path: path.startswith(str(run_dir)))
            control.submit(Edit({"SEED": 0, "LOG_TBOARD_EVERY": 1}), "test")
        if rows[-1].step == 6:
            disk.repair()

    recorder = train(dataset, run_dir, Recorder(act), control=control)
    warnings = [event.text for event in recorder.events if event.kind == "warning"]
    assert any("Checkpoint of step 4 not saved" in text for text in warnings)
    assert not any("switched off" in text for text in warnings)
    assert recorder.snapshots[-1].warnings == ()
    step_4 = digests(run_dir, "checkpoint_step_4.pth")
    whole = digests(tmp_path / "whole", "checkpoint_step_4.pth")
    assert step_4["weights"] == whole["weights"]
    assert step_4["optimizer"] == whole["optimizer"]
    assert newest_verified(run_dir / "checkpoints")[1] == []
    assert [(e.step, e.key) for e in read_edits(run_dir / "edits.jsonl")] == [
        (3, "LOG_TBOARD_EVERY")
    ]
    assert json.loads((run_dir / "train_config.json").read_text())["LOG_TBOARD_EVERY"] == 1
    history = read_history(run_dir / "history.jsonl")
    assert {4, 5, 6, 7, 8} <= {snapshot.step for snapshot in history.snapshots}
    assert [validation.step for validation in history.validations] == [4, 8]
    assert [event.seq for event in history.events] == [event.seq for event in recorder.events]
    log = (run_dir / "training.log").read_text().splitlines()
    assert len(log) == len(recorder.events)
    assert list((run_dir / "validation_images" / "step_000004").glob("*.png"))


def test_a_save_that_is_refused_comes_back_by_itself(
    dataset: Path, tmp_path: Path, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "RETRY_SECONDS", 0.0)

    def act(rows: Any) -> None:
        if rows[-1].step == 3:
            disk.breaks(errno.EACCES, lambda path: "latest.pth" in path, ("open",))
        if rows[-1].step == 6:
            disk.repair()

    recorder = train(dataset, tmp_path / "run", Recorder(act), SAVE_STEP_EVERY=100)
    saved = [s.checkpoint.step for s in recorder.snapshots if s.checkpoint is not None]
    assert saved.index(4) < saved.index(8), "the save of step 4 succeeded before the next was due"
    texts = [event.text for event in recorder.events]
    assert sum("Permission denied" in text for text in texts) == 1


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_run_whose_last_state_cannot_be_saved_has_failed(
    dataset: Path, tmp_path: Path, disk: FaultyDisk, number: int
) -> None:
    def act(rows: Any) -> None:
        if rows[-1].step == 6:
            disk.breaks(number, lambda path: ".pth" in path, ("fsync",))

    with pytest.raises(OSError, match="of step 8, could not be saved"):
        train(dataset, tmp_path / "run", Recorder(act))
    disk.repair()
    assert load(tmp_path / "run")["step"] == 4
    train(dataset, tmp_path / "run", resume=True)
    train(dataset, tmp_path / "whole")
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


def test_where_latest_cannot_be_written_the_emergency_file_has_the_end(
    dataset: Path, tmp_path: Path, disk: FaultyDisk
) -> None:
    def act(rows: Any) -> None:
        if rows[-1].step == 6:
            disk.breaks(errno.EIO, lambda path: "latest.pth" in path)

    with pytest.raises(OSError, match="of step 8, could not be saved"):
        train(dataset, tmp_path / "run", Recorder(act))
    assert load(tmp_path / "run", "checkpoint_emergency.pth")["step"] == 8


def test_a_requested_save_is_answered_when_it_is_on_the_disk_and_training_goes_on(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, reached, replies = ControlPoint(), threading.Event(), []
    answered_at: list[int] = []
    real = CheckpointStore.write

    def slow(store: CheckpointStore, state: dict[str, Any], files: Any) -> None:
        if state["step"] == 2:
            assert reached.wait(20)
        real(store, state, files)

    monkeypatch.setattr(CheckpointStore, "write", slow)

    def act(rows: Any) -> None:
        if rows[-1].step == 2:
            replies.append(control.submit(SaveCheckpoint(), "test"))
            replies[0].add_done_callback(lambda reply: answered_at.append(recorder.rows[-1].step))
        if rows[-1].step == 5:
            reached.set()

    recorder = Recorder(act)
    train(
        dataset,
        tmp_path / "run",
        recorder,
        control=control,
        VAL_STEP_EVERY=100,
        SAVE_STEP_EVERY=100,
    )
    reply = replies[0].result(0)
    assert (reply.ok, reply.step, reply.text) == (True, 2, "saved at step 2")
    assert answered_at[0] >= 5


def test_a_save_while_paused_is_answered_while_paused(dataset: Path, tmp_path: Path) -> None:
    control, replies = ControlPoint(), []

    def act(rows: Any) -> None:
        if rows[-1].step == 2:
            control.submit(Pause(), "test")
            replies.append(control.submit(SaveCheckpoint(), "test"))
            replies[0].add_done_callback(lambda reply: control.submit(Continue(), "test"))

    train(dataset, tmp_path / "run", Recorder(act), control=control, MAX_STEPS=3)
    assert replies[0].result(0).text == "saved at step 2"
    assert load(tmp_path / "run")["step"] == 3
