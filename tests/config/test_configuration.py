"""The configuration: what is accepted, and what a refusal says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.config.edit import build_config, edit_config, parse_assignment, parse_assignments
from vsrppp_tui.config.key import Effect
from vsrppp_tui.config.read import file_text, read_values
from vsrppp_tui.config.recipes import CONFIG_CLASSES
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError

DOCUMENTED = {
    "LR_EXPONENT": -4,
    "WEIGHT_DECAY": 0.01,
    "MAX_STEPS": 100000,
    "VAL_STEP_EVERY": 250,
    "SAVE_STEP_EVERY": 5000,
    "LOG_TBOARD_EVERY": 10,
    "ACCUMULATION_STEPS": 3,
    "SORT_BY_ACTIVITY": True,
}


def test_the_documented_file_is_the_default() -> None:
    config = build_config(DOCUMENTED)
    assert config == build_config({})
    assert isinstance(config, VsrpppConfig)
    assert config.peak_lr == pytest.approx(1e-4)
    assert config.batch_of(None) * config.accumulation_of(None) == 12
    assert (config.n_feats, config.n_blocks, config.perceptual_weight) == (96, 30, 0.1)


def test_file_round_trip(tmp_path: Path) -> None:
    config = build_config({"N_FEATS": 8, "VGG_WEIGHTS": "/a//b.pth"})
    path = tmp_path / "c.json"
    path.write_text(file_text(config.to_file()))
    assert build_config(read_values(path)) == config


def test_comments_are_read_and_addresses_survive(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(
        '{\n  "LR_EXPONENT": -5,  // a comment\n  "VGG_WEIGHTS": "http://x"\n  // more\n}'
    )
    assert read_values(path) == {"LR_EXPONENT": -5, "VGG_WEIGHTS": "http://x"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"BATCHSIZE": 1}, ["BATCHSIZE", "BATCH_SIZE"]),
        ({"BATCH_SIZE": 0}, ["BATCH_SIZE = 0", "1 to 1,024"]),
        ({"BATCH_SIZE": "4"}, ["BATCH_SIZE = '4'", "whole number"]),
        ({"BATCH_SIZE": True}, ["BATCH_SIZE = true", "whole number"]),
        ({"N_BLOCKS": 3}, ["N_BLOCKS = 3", "multiple of 2"]),
        ({"PRECISION": "fp8"}, ["PRECISION = 'fp8'", "auto, bf16, fp16, fp32"]),
        ({"LR_CROP": 3}, ["LR_CROP = 3", "16"]),
        ({"RECIPE": "gan"}, ["RECIPE = 'gan'", "vsrppp"]),
        ({"SORT_BY_ACTIVITY": 1}, ["SORT_BY_ACTIVITY = 1", "true or false"]),
        ({"LR_EXPONENT": float("nan")}, ["LR_EXPONENT = nan"]),
        ({"NUM_WORKERS": None, "SEED": -1}, ["SEED = -1", "from 0"]),
    ],
)
def test_a_refusal_names_key_value_and_what_is_allowed(
    values: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(UserError) as refusal:
        build_config(values)
    for word in words:
        assert word in str(refusal.value)


def test_an_edit_is_all_or_nothing() -> None:
    config = build_config({})
    with pytest.raises(UserError):
        edit_config(config, {"LR_EXPONENT": -5, "BATCH_SIZE": 0})
    assert edit_config(config, {"LR_EXPONENT": -5}).to_file()["LR_EXPONENT"] == -5


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("LR_EXPONENT=-4.5", "LR_EXPONENT", -4.5),
        ("WEIGHT_DECAY=1e-3", "WEIGHT_DECAY", 1e-3),
        ("SORT_BY_ACTIVITY=false", "SORT_BY_ACTIVITY", False),
        ("NUM_WORKERS=null", "NUM_WORKERS", None),
        ("VGG_WEIGHTS=/a=b.pth", "VGG_WEIGHTS", "/a=b.pth"),
        ("VGG_WEIGHTS=null", "VGG_WEIGHTS", None),
        ("DATASET_ROOT=2024-01-05", "DATASET_ROOT", "2024-01-05"),
        ("DATASET_ROOT=1e5", "DATASET_ROOT", "1e5"),
        ("DATASET_ROOT='null'", "DATASET_ROOT", "null"),
    ],
)
def test_assignments_are_read_as_yaml(text: str, key: str, value: Any) -> None:
    assert parse_assignment(VsrpppConfig, text) == (key, value)


@pytest.mark.parametrize("text", ["LR_EXPONENT", "=3", "SEED=[1", "NO_SUCH=1"])
def test_a_broken_assignment_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_assignment(VsrpppConfig, text)


def test_the_last_assignment_of_a_key_wins() -> None:
    assert parse_assignments(VsrpppConfig, ["SEED=1", "SEED=2"]) == {"SEED": 2}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"A": 1,}', "\x00"])
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"broken\.json"):
        read_values(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.json"):
        read_values(tmp_path / "absent.json")


@pytest.mark.parametrize("kind", CONFIG_CLASSES)
def test_every_key_is_described(kind: str) -> None:
    for name, info in CONFIG_CLASSES[kind].keys().items():
        assert name == name.upper() or "." in name
        assert info.meaning.endswith(".")
        assert "annotation" not in info.allowed and "typing" not in info.allowed
        assert info.allowed
        assert isinstance(info.effect, Effect)


@given(
    exponent=st.floats(-10, 0),
    batch=st.integers(1, 1024),
    decay=st.floats(0, 1),
    blocks=st.integers(1, 256),
)
def test_any_value_in_range_survives_the_file(
    exponent: float, batch: int, decay: float, blocks: int
) -> None:
    values = {
        "LR_EXPONENT": exponent,
        "BATCH_SIZE": batch,
        "WEIGHT_DECAY": decay,
        "N_BLOCKS": blocks * 2,
    }
    config = build_config(values)
    assert build_config(config.to_file()) == config
