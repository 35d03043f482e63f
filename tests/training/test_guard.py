"""Steps that are not finite: skipped, counted, named; several in a row turn the run back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from tests.engine import Recorder, digests, load, make_trainer, train
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.data.mixture import DataPlace
from vsrppp_tui.errors import TrainingFailed
from vsrppp_tui.records.history_file import read_history
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.control import ControlPoint, Edit
from vsrppp_tui.training.guard import LAG, MOST_TRIES, Guard
from vsrppp_tui.training.trainer import Trainer


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Many short runs: on a busy machine threads that wait for each other take most of their time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests act right after a given step, however fast steps are."""
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


LENGTH = 14
OPTIONS: dict[str, Any] = {"MAX_STEPS": LENGTH, "EMA_DECAY": 0.9, "SAVE_STEP_EVERY": 100}
SAMPLES = 4  # a step: two micro-batches of two
FIRST_BAD = 6


def samples_of(steps: Collection[int]) -> set[int]:
    """Positions of the first samples of the micro-batches of these steps, in a run that never turned back."""
    return {SAMPLES * (step - 1) + half for step in steps for half in (0, 2)}


def poison(trainer: Trainer, is_bad: Callable[[int], bool]) -> None:
    """Make the loss NaN for the micro-batches that begin at certain positions of the data."""
    fetch, forward = trainer._fetch, trainer._parts.step.loss.forward
    newest = 0

    def watched() -> Any:
        nonlocal newest
        batch = fetch()
        newest = batch.position
        return batch

    def poisoned(pred: Tensor, target: Tensor) -> dict[str, Tensor]:
        terms = forward(pred, target)
        if is_bad(newest):
            terms = {name: value * float("nan") for name, value in terms.items()}
        return terms

    trainer._fetch = watched  # type: ignore[method-assign]
    trainer._parts.step.loss.forward = poisoned  # type: ignore[method-assign]


def train_poisoned(
    dataset: Path,
    run_dir: Path,
    is_bad: Callable[[int], bool],
    recorder: Recorder | None = None,
    **options: Any,
) -> Recorder:
    recorder = recorder or Recorder()
    trainer, reporter = make_trainer(dataset, run_dir, recorder, **options)
    poison(trainer, is_bad)
    try:
        reporter.state(trainer.run())
    finally:
        reporter.close()
    return recorder


def bad_at(*steps: int) -> Callable[[int], bool]:
    return samples_of(steps).__contains__


THREE = bad_at(FIRST_BAD, FIRST_BAD + 1, FIRST_BAD + 2)


def parts_of(run_dir: Path, *names: str) -> dict[str, str]:
    whole = digests(run_dir)
    return {name: whole[name] for name in names}


class Killed(BaseException):
    pass


def train_and_kill(dataset: Path, run_dir: Path, steps: int, **options: Any) -> None:
    """End a run with `THREE` after so many steps, leaving the disk as a kill -9 would."""
    recorder = options.pop("recorder", Recorder())
    trainer, reporter = make_trainer(dataset, run_dir, recorder, **OPTIONS, **options)
    poison(trainer, THREE)
    trainer._saver.emergency = lambda: True  # type: ignore[method-assign]
    fetch, left = trainer._fetch, 2 * steps

    def dying() -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return fetch()

    trainer._fetch = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        trainer.run()
    reporter.close()


@pytest.mark.parametrize("half", [0, 2])
def test_one_bad_micro_batch_leaves_everything_as_it_was(
    dataset: Path, tmp_path: Path, half: int
) -> None:
    train(dataset, tmp_path / "before", stop_at=2, **OPTIONS)
    bad = {SAMPLES * 2 + half}
    recorder = train_poisoned(dataset, tmp_path / "run", bad.__contains__, stop_at=3, **OPTIONS)
    names = ("weights", "ema")
    assert parts_of(tmp_path / "run", *names) == parts_of(tmp_path / "before", *names)
    moments = [load(tmp_path / name)["optimizer_state_dict"]["state"] for name in ("run", "before")]
    for ours, theirs in zip(*(each.values() for each in moments), strict=True):
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert [row.skipped for row in recorder.rows] == [False, False, True]
    last = recorder.snapshots[-1]
    assert last.skipped_steps == 1
    assert "Step 3: loss term L1" in last.warnings[0].text


def test_two_in_a_row_do_not_turn_the_run_back(dataset: Path, tmp_path: Path) -> None:
    recorder = train_poisoned(dataset, tmp_path / "run", bad_at(6, 7, 9, 10), **OPTIONS)
    assert "rollback" not in recorder.kinds()
    assert [row.step for row in recorder.rows] == list(range(1, LENGTH + 1))


def test_three_in_a_row_go_back_to_the_last_good_checkpoint_at_a_lower_rate(
    dataset: Path, tmp_path: Path
) -> None:
    recorder = train_poisoned(dataset, tmp_path / "run", THREE, **OPTIONS)
    [event] = [event for event in recorder.events if event.kind == "rollback"]
    noticed = FIRST_BAD + 2 + LAG
    assert (event.level, event.data) == ("warning", {"from": noticed, "to": 4})
    steps = [row.step for row in recorder.rows]
    assert steps == [*range(1, noticed + 1), *range(5, LENGTH + 1)]
    last = recorder.snapshots[-1]
    assert last.state == "done"
    assert last.config["LR_EXPONENT"] == pytest.approx(-3.3)
    assert last.skipped_steps == 3
    [alert] = [alert for alert in last.warnings if alert.key == "rollback"]
    assert "step 6" in alert.text
    assert "loss term L1" in alert.text
    rates = {row.step: row.lr for row in recorder.rows[:noticed]}
    assert recorder.rows[noticed].lr == pytest.approx(rates[5] * 10**-0.3, rel=1e-3)
    # The data went on: the steps that were done again saw new samples.
    assert load(tmp_path / "run")["samples_seen"] == SAMPLES * (noticed + LENGTH - 4)


def test_a_rollback_is_the_checkpoint_and_the_data_behind_the_trouble(
    dataset: Path, tmp_path: Path
) -> None:
    """What follows equals a run that resumed the good checkpoint by hand, with those samples."""
    run_dir = tmp_path / "run"
    train_poisoned(dataset, run_dir, THREE, stop_at=4, **OPTIONS)
    saved = load(run_dir)
    train_poisoned(dataset, run_dir, THREE, resume=True)
    by_hand = tmp_path / "by_hand"
    trainer, reporter = make_trainer(
        dataset, by_hand, Recorder(), **{**OPTIONS, "LR_EXPONENT": -3.3}
    )
    parts = trainer._parts
    parts.step.network.load_state_dict(saved["model_state_dict"])
    parts.step.optimizer.load_state_dict(saved["optimizer_state_dict"])
    assert parts.step.ema is not None
    parts.step.ema.load_state_dict(saved["ema_state_dict"])
    parts.meters.restore(saved["metrics_state"])
    parts.progress.step = 4
    parts.progress.data = DataPlace(FIRST_BAD + 2 + LAG, (SAMPLES * (FIRST_BAD + 2 + LAG),))
    trainer.run()
    reporter.close()
    names = ("weights", "optimizer", "ema", "smoothed", "curve", "place")
    assert parts_of(run_dir, *names) == parts_of(by_hand, *names)


@pytest.mark.parametrize("stop", [7, 12, 17])
def test_a_kill_and_a_resume_around_a_rollback_change_nothing(
    dataset: Path, tmp_path: Path, stop: int
) -> None:
    """Killed by an exception that leaves the disk alone, before, in the middle of and after the trouble."""
    train_poisoned(dataset, tmp_path / "whole", THREE, **OPTIONS)

    run_dir = tmp_path / "run"
    train_and_kill(dataset, run_dir, stop)
    train_poisoned(dataset, run_dir, THREE, resume=True)
    assert digests(run_dir) == digests(tmp_path / "whole")


@pytest.mark.parametrize("stop", [FIRST_BAD + 1, FIRST_BAD + 3])
def test_a_stop_and_a_resume_around_a_rollback_change_nothing(
    dataset: Path, tmp_path: Path, stop: int
) -> None:
    """Stopped by row: a stop in the middle of the trouble carries the counts over."""
    train_poisoned(dataset, tmp_path / "whole", THREE, **OPTIONS)
    train_poisoned(dataset, tmp_path / "run", THREE, stop_at=stop, **OPTIONS)
    train_poisoned(dataset, tmp_path / "run", THREE, resume=True)
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


def test_an_edit_made_in_the_steps_that_were_left_stays_and_resumes_exactly(
    dataset: Path, tmp_path: Path
) -> None:
    def editing(control: ControlPoint) -> Recorder:
        def act(rows: Any) -> None:
            for row in rows:
                if row.step in (6, 7) and len(recorder.rows) < 12:
                    clip = {6: 0.5, 7: 0.0}[row.step]  # there and back: no difference is left
                    control.submit(Edit({"GRAD_CLIP": clip, "WEIGHT_DECAY": 0.1}), "test")

        recorder = Recorder(act)
        return recorder

    whole, killed = ControlPoint(), ControlPoint()
    options = {**OPTIONS, "control": whole}
    train_poisoned(dataset, tmp_path / "whole", THREE, editing(whole), **options)
    run_dir = tmp_path / "run"
    train_and_kill(dataset, run_dir, 13, control=killed, recorder=editing(killed))
    assert load(run_dir)["step"] == 4
    again = train_poisoned(dataset, run_dir, THREE, resume=True)
    assert load(run_dir)["config"]["WEIGHT_DECAY"] == 0.1
    assert "edit" not in again.kinds()
    assert digests(run_dir) == digests(tmp_path / "whole")


def test_the_records_know_each_step_once(dataset: Path, tmp_path: Path) -> None:
    train_poisoned(dataset, tmp_path / "run", THREE, **{**OPTIONS, "LOG_TBOARD_EVERY": 1})
    events = EventAccumulator(str(tmp_path / "run" / "logs"))
    events.Reload()
    for tag in events.Tags()["scalars"]:
        steps = [point.step for point in events.Scalars(tag)]
        if tag == "Events/Checkpoints":  # one save may be the best one and the last one
            assert steps == sorted(steps)
        else:
            assert steps == sorted(set(steps)), tag
    total = {point.step: point.value for point in events.Scalars("Training/Loss_Total")}
    assert sorted(total) == list(range(1, LENGTH + 1))
    assert all(value == value for value in total.values()), "a NaN of a step that was left"
    history = read_history(tmp_path / "run" / "history.jsonl")
    steps = [snapshot.step for snapshot in history.snapshots]
    assert steps == sorted(steps)
    assert steps[-1] == LENGTH
    assert [result.step for result in history.validations] == [4, 8, 12, 14]
    log = (tmp_path / "run" / "training.log").read_text()
    assert "rollback  from step 12 to step 4" in log


def test_later_checkpoints_are_set_aside(dataset: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    train_poisoned(dataset, run_dir, THREE, stop_at=5, **{**OPTIONS, "SAVE_STEP_EVERY": 4})
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, run_dir, recorder, resume=True)
    poison(trainer, THREE)
    went_back: list[int] = []
    real = trainer._saver.rolled_back

    def saved() -> bool:
        went_back.append(load(run_dir, "abandoned-1/checkpoint_step_8.pth")["step"])
        return real()

    trainer._saver.rolled_back = saved  # type: ignore[method-assign]
    trainer.run()
    reporter.close()
    assert went_back == [8]
    assert load(run_dir, "checkpoint_step_8.pth")["config"]["LR_EXPONENT"] == -3.3


def test_endless_trouble_goes_further_back_and_then_gives_up(dataset: Path, tmp_path: Path) -> None:
    run_dir, recorder = tmp_path / "run", Recorder()
    first = SAMPLES * (FIRST_BAD + 3)
    options = {**OPTIONS, "MAX_STEPS": 40, "SAVE_STEP_EVERY": 4}
    with pytest.raises(
        TrainingFailed, match=r"loss term L1.*lower the learning rate.*PRECISION=fp32"
    ):
        train_poisoned(dataset, run_dir, lambda position: position >= first, recorder, **options)
    landed = [event.data["to"] for event in recorder.events if event.kind == "rollback"]
    assert landed[:2] == [8, 4]
    assert len(landed) == MOST_TRIES
    saved = load(run_dir)
    assert saved["guard"]["counts"] == [0] * (LAG + 1)
    assert not (run_dir / "checkpoints" / "checkpoint_emergency.pth").exists()
    # Who resumes it with healthy data begins at the good state, with every try anew.
    again = train(dataset, run_dir, resume=True, stop_at=saved["step"] + 1)
    assert [row.step for row in again.rows] == [saved["step"] + 1]
    assert not again.rows[0].skipped


def test_the_counts_are_read_late_and_survive_a_restart() -> None:
    guard = Guard(torch.device("cpu"))
    for step, count in enumerate([0, 1, 2, 3, 0, 0], start=1):
        guard.note(step, torch.tensor(float(count)))
        assert guard.trouble(step) is None
    other = Guard(torch.device("cpu"))
    assert other.restore(guard.state(6), 6) == 0
    for each in (guard, other):
        assert each.trouble(7) is None
        each.note(7, torch.tensor(0.0))
        each.note(8, torch.tensor(0.0))
        assert each.trouble(8) == 2


def test_a_lower_rate_stays_within_the_bounds_of_its_key() -> None:
    config = build_config({"LR_EXPONENT": -9.9})
    assert isinstance(config, VsrpppConfig)
    assert config.lower_rate() == {"LR_EXPONENT": -10.0}
