"""The configuration of a checkpoint that was written before a key was there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine import digests, load, train
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import nest
from vsrppp_tui.config.shared import FoldingConfig
from vsrppp_tui.training.checkpoint import Loaded
from vsrppp_tui.training.checkpoint_file import write_checkpoint

RECIPES: list[dict[str, Any]] = [
    {"RECIPE": "vsrppp"},
    {"RECIPE": "vsrpp", "MODEL_CONFIG.n_feats": 8},
    {"RECIPE": "vsrpp", "MODEL.base_channels": 8, "TRAINING.batch_size": {"small_540": 2}},
]


def loaded(values: dict[str, Any]) -> Loaded:
    return Loaded(Path("latest.pth"), {"config": nest(values)})


@pytest.mark.parametrize("values", RECIPES, ids=str)
def test_a_run_from_before_the_folds_goes_on_without_them(values: dict[str, Any]) -> None:
    today = build_config(values)
    assert isinstance(today, FoldingConfig)
    assert today.folds
    written = today.to_file()
    assert loaded(written).config == today
    del written["FOLDS"]
    assert loaded(written).config == today.model_copy(update={"folds": False})


def test_a_recipe_without_folds_is_not_asked_for_them() -> None:
    written = build_config({"RECIPE": "wqv"}).to_file()
    assert "FOLDS" not in written
    assert loaded(written).config.to_file() == written


def test_a_run_from_before_the_folds_resumes_bit_for_bit(dataset: Path, tmp_path: Path) -> None:
    train(dataset, tmp_path / "whole", FOLDS=False)
    halves = tmp_path / "halves"
    train(dataset, halves, stop_at=3, FOLDS=False)
    _forget_the_key(halves)
    train(dataset, halves, resume=True)
    assert load(halves)["config"]["FOLDS"] is False
    assert digests(halves) == digests(tmp_path / "whole")


def test_folds_can_be_asked_for_at_a_resume(dataset: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    train(dataset, run_dir, stop_at=3, FOLDS=False)
    _forget_the_key(run_dir)
    train(dataset, run_dir, resume=True, assignments=["FOLDS=true"])
    assert load(run_dir)["config"]["FOLDS"] is True
    train(dataset, tmp_path / "whole", FOLDS=True)
    weights, others = (load(run)["model_state_dict"] for run in (run_dir, tmp_path / "whole"))
    assert all(float((weights[name] - others[name]).abs().max()) < 1e-3 for name in others)


def _forget_the_key(run_dir: Path) -> None:
    """Leave the run as a program without FOLDS did."""
    state = load(run_dir)
    del state["config"]["FOLDS"]
    path = run_dir / "checkpoints" / "latest.pth"
    write_checkpoint(path, state, step=state["step"], recipe="vsrppp")
    own = run_dir / "train_config.json"
    values = json.loads(own.read_text())
    del values["FOLDS"]
    own.write_text(json.dumps(values))
