"""The configuration of a checkpoint that was written before a key was there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import nest
from vsrppp_tui.config.shared import FoldingConfig
from vsrppp_tui.training.checkpoint import Loaded

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
