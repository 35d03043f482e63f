"""The engine as a whole: exact resume, edits, pauses, faults. Real data, a tiny network."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import Recorder, digests, load, make_trainer, train
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.control import (
    Continue,
    ControlPoint,
    Edit,
    Pause,
    SaveCheckpoint,
    Stop,
    Validate,
)


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests act right after a given step, however fast steps are."""
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


@pytest.mark.parametrize("options", [{}, {"EMA_DECAY": 0.9, "GRAD_CLIP": 0.5}, {"LR_CROP": 16}])
def test_half_and_resume_equals_the_whole(
    dataset: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    train(dataset, tmp_path / "whole", **options)
    train(dataset, tmp_path / "halves", stop_at=3, **options)
    train(dataset, tmp_path / "halves", resume=True)
    assert digests(tmp_path / "halves") == digests(tmp_path / "whole")


def test_a_stop_at_a_validation_step_resumes_exactly(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "whole")
    train(dataset, tmp_path / "halves", stop_at=4)
    train(dataset, tmp_path / "halves", resume=True)
    assert digests(tmp_path / "halves") == digests(tmp_path / "whole")


def test_the_run_learns_and_the_last_step_validates_and_saves(
    dataset: Path, tmp_path: Path
) -> None:
    recorder = train(dataset, tmp_path / "run", MAX_STEPS=10)
    assert [row.step for row in recorder.rows] == list(range(1, 11))
    assert load(tmp_path / "run")["step"] == 10
    assert [s.step for s in recorder.snapshots if s.state == "done"]
    last = recorder.snapshots[-1]
    assert last.validation is not None
    assert last.validation.step == 10
    assert last.best is not None
    assert last.checkpoint is not None
    names = {path.name for path in (tmp_path / "run" / "checkpoints").iterdir()}
    assert {"latest.pth", "checkpoint_step_4.pth", "checkpoint_step_8.pth"} <= names
    assert recorder.rows[-1].losses["Total"] < recorder.rows[0].losses["Total"]


def test_checkpoint_keys_are_those_of_the_document(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "run", MAX_STEPS=1)
    state = load(tmp_path / "run")
    assert {
        "step",
        "epoch",
        "model_state_dict",
        "optimizer_state_dict",
        "scaler_state_dict",
        "scheduler_state_dict",
        "config",
        "training_phase",
    } <= state.keys()
    assert state["training_phase"] == "pretrain"
    assert state["config"]["N_FEATS"] == 8


def test_validation_on_demand_changes_nothing_of_the_training(
    dataset: Path, tmp_path: Path
) -> None:
    train(dataset, tmp_path / "quiet")
    control = ControlPoint()

    def ask(rows: Any) -> None:
        control.submit(Validate(), "test")

    train(dataset, tmp_path / "busy", Recorder(ask), control=control)
    assert digests(tmp_path / "busy") == digests(tmp_path / "quiet")


def test_an_edit_applies_at_a_step_boundary_and_is_replayed_after_a_crash(
    dataset: Path, tmp_path: Path
) -> None:
    def edit_after_five(control: ControlPoint) -> Recorder:
        def act(rows: Any) -> None:
            if rows[-1].step == 5:
                control.submit(Edit({"LR_EXPONENT": -5.0}), "test")

        return Recorder(act)

    control = ControlPoint()
    recorder = train(dataset, tmp_path / "whole", edit_after_five(control), control=control)
    rates = {row.step: row.lr for row in recorder.rows}
    assert rates[5] > 1e-4
    assert rates[6] < 1.1e-5
    assert '"LR_EXPONENT": -5.0' in (tmp_path / "whole" / "train_config.json").read_text()
    # The run is cut off after the edit: what is left is the checkpoint of step 4 and edits.jsonl.
    for name in ("latest.pth", "previous.pth", "checkpoint_step_8.pth"):
        (tmp_path / "whole" / "checkpoints" / name).unlink()
    expected = load(tmp_path / "whole", "checkpoint_step_4.pth")
    assert expected["config"]["LR_EXPONENT"] == -3.0
    again = train(dataset, tmp_path / "whole", resume=True)
    assert {row.step: row.lr for row in again.rows} == {s: rates[s] for s in (5, 6, 7, 8)}
    assert len((tmp_path / "whole" / "edits.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"N_FEATS": 16}, "N_FEATS"),
        ({"BATCH_SIZE": 0}, "BATCH_SIZE = 0"),
        ({"MAX_STEPS": 1}, "MAX_STEPS = 1"),
        ({"PERCEPTUAL_WEIGHT": 0.1}, "restart"),
        ({"NO_SUCH": 1}, "NO_SUCH"),
    ],
)
def test_a_refused_edit_says_why_and_changes_nothing(
    dataset: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    control = ControlPoint()
    replies = []

    def act(rows: Any) -> None:
        if rows[-1].step == 2:
            replies.append(control.submit(Edit({"LR_EXPONENT": -6.0, **changes}), "test"))

    recorder = train(dataset, tmp_path / "run", Recorder(act), control=control, MAX_STEPS=3)
    reply = replies[0].result(0)
    assert not reply.ok
    assert words in reply.text
    assert recorder.snapshots[-1].config["LR_EXPONENT"] == -3.0


def test_a_new_batch_size_waits_for_the_next_epoch(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()  # 12 patches, 4 a step: an epoch has three steps

    def act(rows: Any) -> None:
        if rows[-1].step == 1:
            control.submit(Edit({"BATCH_SIZE": 3}), "test")

    recorder = train(dataset, tmp_path / "run", Recorder(act), control=control, MAX_STEPS=4)
    waiting = [s.step for s in recorder.snapshots if "BATCH_SIZE" in s.pending]
    assert set(waiting) <= {1, 2, 3}
    assert waiting
    assert load(tmp_path / "run")["samples_seen"] == 3 * 4 + 3 * 2


def test_pause_stands_still_and_continue_goes_on(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()
    paused = threading.Event()

    class Watch(Recorder):
        def on_snapshot(self, snapshot: Any) -> None:
            super().on_snapshot(snapshot)
            if snapshot.state == "paused":
                paused.set()

    def act(rows: Any) -> None:
        if rows[-1].step == 2:
            control.submit(Pause(), "test")

    recorder = Watch(act)
    thread = threading.Thread(
        target=lambda: train(dataset, tmp_path / "run", recorder, control=control, MAX_STEPS=4)
    )
    thread.start()
    assert paused.wait(60)
    refused = control.submit(Pause(), "test").result(10)
    assert not refused.ok
    count = len(recorder.snapshots)
    saved = control.submit(SaveCheckpoint(), "test").result(10)
    assert saved.ok
    assert load(tmp_path / "run")["step"] == 2
    assert len(recorder.rows) == 2
    assert len(recorder.snapshots) <= count + 1
    assert control.submit(Continue(), "test").result(10).ok
    thread.join(60)
    assert [row.step for row in recorder.rows] == [1, 2, 3, 4]


def test_a_stop_saves_the_last_boundary(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()

    def act(rows: Any) -> None:
        if rows[-1].step == 3:
            control.submit(Stop(), "test")

    recorder = train(dataset, tmp_path / "run", Recorder(act), control=control)
    assert load(tmp_path / "run")["step"] == len(recorder.rows) == 3
    assert recorder.snapshots[-1].state == "stopped"


@pytest.mark.parametrize("cause", ["SIGINT", "SIGTERM"])
def test_a_signal_leaves_an_emergency_checkpoint(dataset: Path, tmp_path: Path, cause: Any) -> None:
    control = ControlPoint()

    def act(rows: Any) -> None:
        if rows[-1].step == 3:
            control.request_stop(cause)

    train(dataset, tmp_path / "run", Recorder(act), control=control)
    assert load(tmp_path / "run", "checkpoint_emergency.pth")["step"] == 3
    train(dataset, tmp_path / "run", resume=True)
    train(dataset, tmp_path / "whole")
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


def test_a_crash_leaves_the_last_boundary(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, reporter = make_trainer(dataset, tmp_path / "run", Recorder())
    step = trainer._parts.step
    real, calls = step._micro_batch, []

    def failing(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 6:  # in the middle of the third step
            raise RuntimeError("injected")
        return real(*arguments)

    monkeypatch.setattr(step, "_micro_batch", failing)
    with pytest.raises(RuntimeError, match="injected"):
        trainer.run()
    reporter.close()
    train(dataset, tmp_path / "two", stop_at=2)
    emergency = digests(tmp_path / "run", "checkpoint_emergency.pth")
    assert emergency == digests(tmp_path / "two")


def test_a_step_that_is_not_finite_changes_nothing_and_is_told(
    dataset: Path, tmp_path: Path
) -> None:
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, MAX_STEPS=3)
    network = trainer._parts.step.network
    before = {name: value.clone() for name, value in network.state_dict().items()}
    real = trainer._parts.step.loss.forward

    def poisoned(pred: Any, target: Any) -> Any:
        return {name: value * float("nan") for name, value in real(pred, target).items()}

    trainer._parts.step.loss.forward = poisoned  # type: ignore[method-assign]
    trainer.run()
    reporter.close()
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    state = load(tmp_path / "run")["optimizer_state_dict"]["state"]
    assert all(float(moments["step"]) == 0 for moments in state.values())
    assert recorder.snapshots[-1].skipped_steps == 3
    assert [alert.key for alert in recorder.snapshots[-1].warnings] == ["skipped"]
    assert "L1" in recorder.snapshots[-1].warnings[0].text


def test_a_zeroed_block_is_cold_in_the_next_snapshot(dataset: Path, tmp_path: Path) -> None:
    recorder = Recorder()
    trainer, reporter = make_trainer(
        dataset, tmp_path / "run", recorder, MAX_STEPS=1, WEIGHT_DECAY=0.0
    )
    block = trainer._parts.step.network.get_submodule("forward_trunk.0")
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
    trainer.run()
    reporter.close()
    blocks = {block.name: block for block in recorder.snapshots[-1].blocks}
    assert blocks["Block_03"].percent == 0.0
    assert recorder.snapshots[-1].cold_blocks == ("Block_03",)
    assert sum(block.percent == 100.0 for block in blocks.values()) == 1


def test_fine_tuning_starts_at_step_0_with_the_weights(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "first")
    source = tmp_path / "first" / "checkpoints" / "latest.pth"
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "second", recorder, init_weights=source)
    weights = trainer._parts.step.network.state_dict()
    saved = load(tmp_path / "first")["model_state_dict"]
    assert all(torch.equal(weights[name], saved[name]) for name in saved)
    trainer.run()
    reporter.close()
    state = load(tmp_path / "second")
    assert state["training_phase"] == "finetune"
    assert state["step"] == 8


def test_weights_of_another_network_are_refused(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "first", MAX_STEPS=1)
    source = tmp_path / "first" / "checkpoints" / "latest.pth"
    with pytest.raises(UserError, match="another network"):
        make_trainer(dataset, tmp_path / "second", Recorder(), init_weights=source, N_FEATS=12)
    assert not (tmp_path / "second").exists()


def test_a_damaged_latest_is_passed_over_and_named(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "whole")
    train(dataset, tmp_path / "run", stop_at=6)
    latest = tmp_path / "run" / "checkpoints" / "latest.pth"
    content = bytearray(latest.read_bytes())
    content[len(content) // 2] ^= 1
    latest.write_bytes(content)
    recorder = train(dataset, tmp_path / "run", resume=True)
    assert recorder.rows[0].step == 5
    assert any("latest.pth is damaged" in event.text for event in recorder.events)
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


def test_a_full_disk_is_a_warning_and_training_goes_on(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder)
    store = trainer._parts.store
    real = store.save_latest

    def full(state: dict[str, Any]) -> str:
        if 0 < state["step"] < 8:
            raise OSError(28, "No space left on device")
        return real(state)

    monkeypatch.setattr(store, "save_latest", full)
    trainer.run()
    reporter.close()
    assert any("No space left" in event.text for event in recorder.events)
    assert load(tmp_path / "run")["step"] == 8
    assert recorder.snapshots[-1].warnings == ()


def test_a_record_that_fails_is_switched_off_and_said(dataset: Path, tmp_path: Path) -> None:
    class Broken(Recorder):
        def on_steps(self, rows: Any) -> None:
            raise ValueError("injected")

    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, MAX_STEPS=2)
    reporter.attach([Broken()])
    trainer.run()
    reporter.close()
    assert [row.step for row in recorder.rows] == [1, 2]
    assert any("Broken failed" in alert.text for alert in recorder.snapshots[-1].warnings)


def test_every_check_comes_before_anything_is_written(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="LR_CROP"):
        make_trainer(dataset, tmp_path / "run", Recorder(), LR_CROP=64)
    assert not (tmp_path / "run").exists()


def test_a_finished_run_stays_finished(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "run", MAX_STEPS=4)
    before = digests(tmp_path / "run")
    recorder = train(dataset, tmp_path / "run", resume=True)
    assert not recorder.rows
    assert digests(tmp_path / "run") == before


def test_a_longer_run_is_an_edit_at_the_resume_step(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "run", MAX_STEPS=4)
    recorder = train(dataset, tmp_path / "run", resume=True, assignments=["MAX_STEPS=6"])
    assert [row.step for row in recorder.rows] == [5, 6]
    assert "edit" in recorder.kinds()


def edit_after(step: int, control: ControlPoint, *changes: dict[str, Any]) -> Recorder:
    def act(rows: Any) -> None:
        if rows[-1].step == step:
            for change in changes:
                control.submit(Edit(change), "test")

    return Recorder(act)


def cut_back_to(run_dir: Path, name: str) -> None:
    """Leave a run as a crash would that came before its later saves."""
    for path in (run_dir / "checkpoints").glob("*.pth"):
        if path.name != name:
            path.unlink()


def test_a_second_resume_keeps_the_edits_that_are_still_to_come(
    dataset: Path, tmp_path: Path
) -> None:
    run_dir, control = tmp_path / "run", ControlPoint()
    recorder = edit_after(6, control, {"WEIGHT_DECAY": 0.5})
    train(dataset, run_dir, recorder, control=control)
    cut_back_to(run_dir, "checkpoint_step_4.pth")
    train(dataset, run_dir, resume=True, stop_at=5, assignments=["GRAD_CLIP=2.0"])
    again = train(dataset, run_dir, resume=True)
    assert "edit" not in again.kinds(), "nothing may look like a difference"
    assert "edit replayed" in again.kinds()
    assert load(run_dir)["config"]["WEIGHT_DECAY"] == 0.5
    assert load(run_dir)["config"]["GRAD_CLIP"] == 2.0


def test_a_batch_size_that_waits_resumes_exactly_at_the_end_of_an_epoch(
    dataset: Path, tmp_path: Path
) -> None:
    options = {"VAL_STEP_EVERY": 3, "SAVE_STEP_EVERY": 3, "MAX_STEPS": 5}  # an epoch has 3 steps
    control = ControlPoint()
    whole = tmp_path / "whole"
    recorder = edit_after(1, control, {"BATCH_SIZE": 3})
    train(dataset, whole, recorder, control=control, **options)
    expected = digests(whole)
    cut_back_to(whole, "checkpoint_step_3.pth")
    train(dataset, whole, resume=True)
    assert digests(whole) == expected


def test_an_ema_decay_waits_for_the_restart(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()
    recorder = edit_after(2, control, {"EMA_DECAY": 0.5})
    train(dataset, tmp_path / "edited", recorder, control=control, EMA_DECAY=0.9)
    train(dataset, tmp_path / "plain", EMA_DECAY=0.9)
    assert recorder.snapshots[-1].pending == {"EMA_DECAY": "restart"}
    assert digests(tmp_path / "edited")["ema"] == digests(tmp_path / "plain")["ema"]


def test_an_edit_that_is_taken_back_waits_for_nothing(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()
    there, back = {"BATCH_SIZE": 3, "LR_CROP": 16}, {"BATCH_SIZE": 2, "LR_CROP": 0}
    recorder = edit_after(1, control, there, back)
    train(dataset, tmp_path / "run", recorder, control=control, MAX_STEPS=2)
    assert any(snapshot.pending for snapshot in recorder.snapshots)
    assert recorder.snapshots[-1].pending == {}


def test_a_run_resumed_from_an_older_checkpoint_stays_on_its_way(
    dataset: Path, tmp_path: Path
) -> None:
    run_dir = tmp_path / "run"
    train(dataset, run_dir)
    older = run_dir / "checkpoints" / "checkpoint_step_4.pth"
    train(dataset, run_dir, resume=True, resume_from=older, stop_at=6)
    assert (run_dir / "checkpoints" / "abandoned-1" / "checkpoint_step_8.pth").is_file()
    recorder = train(dataset, run_dir, resume=True)
    assert [row.step for row in recorder.rows] == [7, 8]


def test_a_stop_during_the_last_validation_is_not_the_end(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()

    def act(rows: Any) -> None:
        if rows[-1].step == 8:
            control.submit(Stop(), "test")

    first = train(dataset, tmp_path / "run", Recorder(act), control=control)
    assert first.snapshots[-1].state == "stopped"
    second = train(dataset, tmp_path / "run", resume=True)
    assert not second.rows
    assert second.snapshots[-1].state == "done"
    assert second.snapshots[-1].validation is not None


def test_a_full_disk_silences_no_record_for_good(dataset: Path, tmp_path: Path) -> None:
    class Full(Recorder):
        def on_steps(self, rows: Any) -> None:
            super().on_steps(rows)
            if rows[-1].step < 3:
                raise OSError(28, "No space left on device")

    full, recorder = Full(), Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, MAX_STEPS=4)
    reporter.attach([full])
    trainer.run()
    reporter.close()
    assert [row.step for row in full.rows] == [1, 2, 3, 4]
    warnings = [event.text for event in recorder.events if event.kind == "warning"]
    assert len([text for text in warnings if "No space left" in text]) == 1
    assert recorder.snapshots[-1].warnings == ()


def test_a_term_that_a_recorded_edit_needs_is_there_after_a_resume() -> None:
    stages = [
        build_config({"PERCEPTUAL_WEIGHT": 0.0}),
        build_config({"PERCEPTUAL_WEIGHT": 0.1, "VGG_WEIGHTS": "/nowhere/vgg.pth"}),
    ]
    with pytest.raises(UserError, match="vgg"):  # it tries to load them
        build_loss(stages[0], torch.device("cpu"), stages[1:])
