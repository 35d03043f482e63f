"""Runs of the recipe wqv in the engine: exact resume, averages, workspace, warm start, test at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.engine import Recorder, digests, load
from tests.wqv import TINY, run_wqv, write_images
from vsrppp_tui.commands.validate import validate
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.rrdb_spec import read_spec
from vsrppp_tui.models.weights_file import read_weights
from vsrppp_tui.training.checkpoint import load_newest
from vsrppp_tui.training.checkpoint_tag import candidates
from vsrppp_tui.training.schedule import rising_decay


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks: threads that wait for each other would take most of their time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_images(tmp_path / "src")


@pytest.mark.parametrize(("scale", "workers"), [(4, 0), (4, 2), (2, 2)])
def test_a_run_in_parts_is_the_run_in_one_piece(
    source: Path, tmp_path: Path, scale: int, workers: int
) -> None:
    run_wqv(source, tmp_path / "whole", SCALE=scale)
    run_wqv(source, tmp_path / "parts", SCALE=scale, NUM_WORKERS=workers, stop_at=3)
    run_wqv(source, tmp_path / "parts", stop_at=6, defaults=False)
    run_wqv(source, tmp_path / "parts", defaults=False)
    ours, theirs = digests(tmp_path / "parts"), digests(tmp_path / "whole")
    assert {**ours, "config": ""} == {**theirs, "config": ""}
    tests = [json.loads(load(tmp_path / run)["test"]) for run in ("parts", "whole")]
    assert tests[0]["network"] == tests[1]["network"]


def test_the_workspace_is_as_the_original_has_it(source: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    recorder = run_wqv(source, workspace)
    found = {path.relative_to(workspace).as_posix() for path in workspace.rglob("*")}
    assert {
        "training_config.json",
        "dataset_splits.json",
        "trainer.log",
        "run.json",
        "edits.jsonl",
        "history.jsonl",
        "training_status.txt",
        "checkpoints/latest.pth",
        "checkpoints/scale4_step4.pth",
        "checkpoints/scale4_step4_deploy.pth",
        "checkpoints/scale4_step8.pth",
        "checkpoints/scale4_step8_deploy.pth",
        "models/wqv_neosr_x4.pth",
        "validation_images/step_000003/comparison_000.png",
    } <= found
    assert not {"tensorboard", "train_config.json", "training.log"} & found
    frozen = json.loads((workspace / "training_config.json").read_text())
    assert {name: frozen[name] for name in TINY} == TINY
    assert "test  network" in (workspace / "trainer.log").read_text()
    result = recorder.snapshots[-1].validation
    assert result is not None and result.baseline_name == "bicubic"
    assert "bicubic" in (workspace / "training_status.txt").read_text()
    assert recorder.snapshots[-1].run.scale == 4 and len(recorder.snapshots[-1].blocks) == 2
    assert recorder.pictures[0][0].shape == (64, 3 * 64, 3)


def test_exports_hold_the_average_and_nothing_but_tensors_and_texts(
    source: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "work"
    run_wqv(source, workspace, SCALE=2)
    state = load(workspace)
    for path in ("models/wqv_neosr_x2.pth", "checkpoints/scale2_step8_deploy.pth"):
        content = torch.load(workspace / path, weights_only=True)
        assert content.keys() == {"params_ema", "metadata"}
        assert all(isinstance(text, str) for text in content["metadata"].values())
        file = read_weights(workspace / path)
        spec = read_spec(file)
        assert (spec.scale, spec.num_feat, spec.num_block, spec.growth) == (2, 8, 2, 32)
        network = RRDBNet(2, 8, 2)
        network.load_state_dict(file.weights)
        assert all(file.weights[n].equal(w) for n, w in state["ema_state_dict"].items())
    assert not any("deploy" in path.name for path in candidates(workspace / "checkpoints"))


def test_the_average_follows_from_the_steps(source: Path, tmp_path: Path) -> None:
    """Each step moves it by what `rising_decay` leaves, whatever EMA_DECAY would say of an old one."""
    averages, weights = [], []
    for step in (1, 2, 3):
        run_wqv(source, tmp_path / "run", EMA_DECAY=0.999, stop_at=step)
        state = load(tmp_path / "run")
        averages.append(state["ema_state_dict"]["conv_last.weight"])
        weights.append(state["model_state_dict"]["conv_last.weight"])
    for step in (1, 2):
        decay = rising_decay(step, 0.999)
        expected = averages[step - 1] * decay + weights[step] * (1 - decay)
        assert torch.allclose(averages[step], expected, atol=1e-6)
    assert rising_decay(0, 0.999) == pytest.approx(0.1)
    assert rising_decay(100_000, 0.999) == 0.999
    group = load(tmp_path / "run")["optimizer_state_dict"]["param_groups"][0]
    assert tuple(group["betas"]) == (0.9, 0.99) and group["weight_decay"] == 0.0
    assert group["lr"] == TINY["LR"]


def test_tensorboard_has_the_tags_of_the_recipe(source: Path, tmp_path: Path) -> None:
    recorder = run_wqv(source, tmp_path / "run", TENSORBOARD=True)
    board = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    board.Reload()
    tags = board.Tags()
    assert set(tags["scalars"]) == {"train/loss", "train/l1", "train/lr", "val/psnr", "test/psnr"}
    assert [scalar.step for scalar in board.Scalars("train/loss")] == [1, 2, 4, 6, 8]
    assert [scalar.step for scalar in board.Scalars("val/psnr")] == [4, 8]
    assert {image.step for image in board.Images("comparison/lr_sr_hr")} == {3, 6}
    [test] = [event for event in recorder.events if event.kind == "test"]
    [logged] = board.Scalars("test/psnr")
    assert logged.step == 8 and logged.value == pytest.approx(test.data["psnr"], abs=1e-4)


def test_a_deployable_file_resumes_with_a_fresh_optimizer(source: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "run"
    run_wqv(source, workspace)
    path = workspace / "checkpoints" / "scale4_step4_deploy.pth"
    recorder = run_wqv(source, workspace, resume=path, defaults=False, stop_at=4)
    assert any("optimizer starts afresh" in event.text for event in recorder.events)
    loaded = load_newest(workspace)
    assert loaded is not None and loaded.step == 4
    state = loaded.state
    assert state["data"]["positions"] == [8] and not state["optimizer_state_dict"]["state"]
    deployed = read_weights(path).weights
    assert all(weight.equal(deployed[n]) for n, weight in state["model_state_dict"].items())
    assert (workspace / "checkpoints" / "abandoned-1" / "scale4_step8_deploy.pth").is_file()
    recorder = run_wqv(source, workspace, defaults=False)
    assert recorder.snapshots[-1].state == "done" and load(workspace)["step"] == 8


def test_a_raw_checkpoint_resumes_exactly(source: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "run"
    run_wqv(source, workspace)
    expected = digests(workspace)
    path = workspace / "checkpoints" / "scale4_step4.pth"
    run_wqv(source, workspace, resume=path, defaults=False)
    assert digests(workspace) == expected


def test_a_warm_start_covers_all_and_takes_the_sizes(source: Path, tmp_path: Path) -> None:
    run_wqv(source, tmp_path / "first")
    weights = tmp_path / "first" / "models" / "wqv_neosr_x4.pth"
    bare = {
        name: value
        for name, value in TINY.items()
        if name not in ("NUM_FEAT", "NUM_BLOCK", "SCALE")
    }
    asked = {**bare, "INIT_WEIGHTS": str(weights), "LR": 1e-10}
    recorder = run_wqv(source, tmp_path / "second", defaults=False, stop_at=1, **asked)
    [line] = [event.text for event in recorder.events if event.kind == "warm start"]
    assert "100.0% covered" in line
    state = load(tmp_path / "second")
    assert state["training_phase"] == "finetune" and state["init_weights"] == str(weights)
    assert state["config"]["NUM_FEAT"] == 8 and state["config"]["INIT_WEIGHTS"] == str(weights)
    seeds = read_weights(weights).weights
    assert all(torch.allclose(seeds[n], w, atol=1e-6) for n, w in state["ema_state_dict"].items())
    weights.unlink()  # provenance alone from now on
    run_wqv(source, tmp_path / "second", defaults=False)
    assert load(tmp_path / "second")["step"] == 8
    assert digests(tmp_path / "second") != digests(tmp_path / "first")


def test_a_warm_start_of_another_scale_tells_what_does_not_fit(
    source: Path, tmp_path: Path
) -> None:
    run_wqv(source, tmp_path / "first", stop_at=1)
    weights = str(tmp_path / "first" / "models" / "wqv_neosr_x4.pth")
    recorder = run_wqv(source, tmp_path / "x2", INIT_WEIGHTS=weights, SCALE=2, stop_at=1)
    lines = [event.text for event in recorder.events if event.kind == "warm start"]
    assert "covered" in lines[0] and "100.0%" not in lines[0]
    assert lines[1] == "1 of another shape: conv_first.weight"


def test_a_finished_run_is_tested_once_and_a_longer_one_again(source: Path, tmp_path: Path) -> None:
    def tested(recorder: Recorder) -> list[int]:
        return [event.step for event in recorder.events if event.kind == "test"]

    assert tested(run_wqv(source, tmp_path / "run", MAX_STEPS=2)) == [2]
    assert tested(run_wqv(source, tmp_path / "run", defaults=False)) == []
    assert tested(run_wqv(source, tmp_path / "run", defaults=False, MAX_STEPS=3)) == [3]


def test_monochrome_trains_on_few_levels(source: Path, tmp_path: Path) -> None:
    recorder = run_wqv(source, tmp_path / "run", MONOCHROME_STYLE=True, stop_at=4)
    picture = recorder.pictures[0][0]
    target = picture[:, 128:]
    assert np.array_equal(target[..., 0], target[..., 1])
    assert len(np.unique(target)) <= 16


def test_a_changed_network_is_refused_and_fresh_moves_the_run_aside(
    source: Path, tmp_path: Path
) -> None:
    run_wqv(source, tmp_path / "run", stop_at=1)
    with pytest.raises(
        UserError, match=r"NUM_BLOCK = 3 \(command line\) differs from this run's 2"
    ):
        run_wqv(source, tmp_path / "run", defaults=False, NUM_BLOCK=3)
    run_wqv(source, tmp_path / "run", defaults=False, fresh=True, NUM_BLOCK=3, stop_at=1)
    assert load(tmp_path / "run")["config"]["NUM_BLOCK"] == 3
    assert load(tmp_path / "run")["config"]["BATCH_SIZE"] == TINY["BATCH_SIZE"], "frozen"
    assert load(tmp_path / "run.old-1")["config"]["NUM_BLOCK"] == 2


def test_edits_are_followed_and_learning_rate_is_constant(source: Path, tmp_path: Path) -> None:
    recorder = run_wqv(source, tmp_path / "run", stop_at=4)
    assert {row.lr for row in recorder.rows} == {TINY["LR"]}
    more: Any = run_wqv(source, tmp_path / "run", defaults=False, LR=5e-4, L1_WEIGHT=2.0)
    assert {row.lr for row in more.rows} == {5e-4}
    assert all(row.losses["Total"] == pytest.approx(2 * row.losses["L1"]) for row in more.rows)


def test_validate_takes_a_checkpoint_of_it(source: Path, tmp_path: Path) -> None:
    recorder = run_wqv(source, tmp_path / "run")
    own = validate(tmp_path / "run" / "checkpoints" / "latest.pth", None, "cpu")
    last = recorder.snapshots[-1].validation
    assert last is not None and own.network == last.network and own.baseline_name == "bicubic"
    other = validate(tmp_path / "run" / "checkpoints" / "latest.pth", source, "cpu")
    assert other.images == 6
