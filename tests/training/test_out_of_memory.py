"""Out of memory: micro-batches are halved, and the step stays what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine import Recorder, digests, load, make_trainer, train
from tests.training.test_step import go_on, make_batch, make_config, make_step, taking
from vsrppp_tui.errors import TrainingFailed
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.micro_batch import Cut, MicroBatchLimit
from vsrppp_tui.training.step import TrainingStep


def shrink_memory(network: Any, fits: int, *, training: bool = True) -> list[int]:
    """Let the network's forward fail for batches above `fits` samples; returns the sizes tried."""
    forward, sizes = network.forward, []

    def limited(lr_BTCHW: Tensor) -> Tensor:
        if network.training == training:
            sizes.append(len(lr_BTCHW))
            if len(lr_BTCHW) > fits:
                raise torch.OutOfMemoryError("injected")
        result: Tensor = forward(lr_BTCHW)
        return result

    network.forward = limited
    return sizes


def gradients(step: TrainingStep) -> list[Tensor]:
    return [p.grad.clone() for p in step.network.parameters() if p.grad is not None]


@pytest.mark.parametrize(("fits", "sizes"), [(2, [3, 2, 1, 2, 1]), (1, [3, 2, 1, 1, 1, 1, 1, 1])])
def test_a_cut_micro_batch_has_the_gradients_of_the_whole(fits: int, sizes: list[int]) -> None:
    config = make_config(ACCUMULATION_STEPS=2)
    whole, cut = make_step(config), make_step(config)
    tried = shrink_memory(cut.network, fits)
    batches = [make_batch(3, 1), make_batch(3, 2)]
    rows = [step.run(taking(batches), config, Decision(1e-3), go_on, 2) for step in (whole, cut)]
    assert tried == sizes
    assert [cut.limit.of(batch) for batch in batches] == [fits, fits]
    assert rows[0] is not None
    assert rows[1] is not None
    torch.testing.assert_close(rows[1][:4], rows[0][:4], rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(rows[1][4:], rows[0][4:], rtol=0.1, atol=1e-5)
    torch.testing.assert_close(gradients(cut), gradients(whole), rtol=1e-3, atol=1e-6)


def test_memory_that_runs_out_later_in_a_step_fetches_nothing_twice() -> None:
    config = make_config(ACCUMULATION_STEPS=3)
    whole, cut = make_step(config), make_step(config)
    batches = [make_batch(2, seed) for seed in range(3)]
    real, calls = cut.network.forward, []

    def failing_once(lr_BTCHW: Tensor) -> Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise torch.OutOfMemoryError("injected")
        result: Tensor = real(lr_BTCHW)
        return result

    cut.network.forward = failing_once  # type: ignore[method-assign]
    for step in (whole, cut):
        row = step.run(iter(batches).__next__, config, Decision(1e-3), go_on, 3)
        assert row is not None
    torch.testing.assert_close(gradients(cut), gradients(whole), rtol=1e-3, atol=1e-6)


def test_each_size_of_patches_keeps_its_own_limit() -> None:
    limit = MicroBatchLimit()
    small, large = make_batch(4), make_batch(4)
    large = replace(large, lr_BTHWC=large.lr_BTHWC[:, :, :, :6], gt_BHWC=large.gt_BHWC[:, :, :18])
    limit.halve(large)
    limit.halve(large)
    assert limit.take_cut() == Cut(4, 1)
    assert limit.take_cut() is None
    assert [len(piece.turns) for piece, _ in limit.cut(small)] == [4]
    assert [len(piece.turns) for piece, _ in limit.cut(large)] == [1] * 4
    limit.halve(small)
    again = MicroBatchLimit()
    again.restore(limit.state(["here"]), ["here"])
    assert (again.of(small), again.of(large)) == (2, 1)
    again.restore(limit.state(["here"]), ["elsewhere"])
    assert (again.of(small), again.of(large)) == (4, 4)


def test_one_sample_that_does_not_fit_ends_with_the_remedies() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    step = make_step(config)
    shrink_memory(step.network, 0)
    with pytest.raises(TrainingFailed, match=r"one sample.*LR_CROP.*smaller network"):
        step.run(taking([make_batch(2)]), config, Decision(1e-3), go_on, 1)


def run(dataset: Path, run_dir: Path, fits: int, **options: Any) -> tuple[Recorder, list[int]]:
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, run_dir, recorder, **options)
    sizes = shrink_memory(trainer._parts.step.network, fits)
    try:
        reporter.state(trainer.run())
    finally:
        reporter.close()
    return recorder, sizes


BATCHES: dict[str, Any] = {"BATCH_SIZE": 4, "MAX_STEPS": 4}


def test_a_run_goes_on_with_smaller_micro_batches_and_says_so(
    dataset: Path, tmp_path: Path
) -> None:
    recorder, sizes = run(dataset, tmp_path / "run", 2, **BATCHES)
    assert sizes == [4] + [2] * 4 * 4
    last = recorder.snapshots[-1]
    assert last.state == "done"
    [alert] = last.warnings
    assert "micro-batch 4 -> 2, accumulation 2 -> 4; the effective batch stays 8" in alert.text
    whole = train(dataset, tmp_path / "whole", **BATCHES)
    for ours, theirs in zip(recorder.rows, whole.rows, strict=True):
        assert ours.losses["Total"] == pytest.approx(theirs.losses["Total"], rel=1e-3)
    assert digests(tmp_path / "run")["place"] == digests(tmp_path / "whole")["place"]


def test_a_resume_knows_what_fits(dataset: Path, tmp_path: Path) -> None:
    run(dataset, tmp_path / "whole", 2, **BATCHES)
    run(dataset, tmp_path / "run", 2, stop_at=2, **BATCHES)
    _, sizes = run(dataset, tmp_path / "run", 2, resume=True)
    assert set(sizes) == {2}
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


def test_smaller_patches_after_a_restart_try_the_whole_batch_again(
    dataset: Path, tmp_path: Path
) -> None:
    run(dataset, tmp_path / "run", 2, stop_at=2, **BATCHES)
    _, sizes = run(dataset, tmp_path / "run", 4, resume=True, assignments=["PRECISION=bf16"])
    assert set(sizes) == {4}


def test_a_validation_is_tried_again_and_then_left_out(dataset: Path, tmp_path: Path) -> None:
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, MAX_STEPS=4)
    tried = shrink_memory(trainer._parts.step.network, 0, training=False)
    assert trainer.run() == "done"
    reporter.close()
    assert tried == [1, 1]
    assert [alert.key for alert in recorder.snapshots[-1].warnings] == ["validation"]
    assert load(tmp_path / "run")["step"] == 4


def test_a_validation_that_fits_at_the_second_try_counts(dataset: Path, tmp_path: Path) -> None:
    recorder = Recorder()
    trainer, reporter = make_trainer(dataset, tmp_path / "run", recorder, MAX_STEPS=4)
    network = trainer._parts.step.network
    real, failures = network.forward, [torch.OutOfMemoryError("injected")]

    def failing_once(lr_BTCHW: Tensor) -> Tensor:
        if not network.training and failures:
            raise failures.pop()
        result: Tensor = real(lr_BTCHW)
        return result

    network.forward = failing_once  # type: ignore[method-assign]
    assert trainer.run() == "done"
    reporter.close()
    assert recorder.snapshots[-1].warnings == ()
    assert recorder.snapshots[-1].validation is not None
