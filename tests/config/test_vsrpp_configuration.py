"""The files of VSR++: JSON with MODEL_CONFIG, YAML with sections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vsrppp_tui.config.edit import (
    build_config,
    edit_config,
    parse_assignments,
    whole_values,
    with_assignments,
)
from vsrppp_tui.config.read import file_text, parse_values, read_values, recipe_of
from vsrppp_tui.config.recipes import CONFIG_CLASSES, class_for
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.unified import UnifiedConfig
from vsrppp_tui.config.vsrpp import VsrppConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError

# The file of VSR++ as its users have it, comments included.
JSON_FILE = """{
  "LR_EXPONENT": -5,           // Learning rate: 10^-5 = 1e-5
  "WEIGHT_DECAY": 0.001,       // AdamW weight decay
  "MAX_STEPS": 100000,         // Total training steps
  "VAL_STEP_EVERY": 500,       // Validation frequency
  "SAVE_STEP_EVERY": 10000,    // Regular checkpoint frequency
  "LOG_TBOARD_EVERY": 100,     // TensorBoard log frequency
  "WARMUP_STEPS": 1000,        // LR warmup steps
  "AUTO_TUNED": true,          // Whether auto-tuned
  "MODEL_CONFIG": {
    "n_feats": 160,
    "n_blocks": 32,
    "batch_size": 4,
    "accumulation_steps": 1
  }
}
"""
YAML_FILE = """
MODEL:
  base_channels: 128      # Feature channels (64-256)
  num_blocks: 32          # Residual blocks (16-48)
  use_checkpointing: true # Gradient checkpointing for VRAM

DATA:
  category: "general"     # "general", "space", or "toon"
  lr_version: "7frames"   # "5frames" or "7frames"
  data_root: "/mnt/data/training/dataset"

  formats:                # Which patch sizes to use
    - "small_540"
    - "medium_169"

  format_weights:         # Sampling probability
    small_540: 0.6
    medium_169: 0.4

TRAINING:
  total_steps: 100000

  batch_size:             # Per format
    small_540: 4
    medium_169: 2

  gradient_accumulation:  # Effective batch = batch_size × accumulation
    small_540: 1
    medium_169: 2

  learning_rate: 0.0001
  warmup_steps: 1000
"""


def from_text(text: str, name: str) -> RunConfig:
    return build_config(parse_values(text.encode(), Path(name)))


def test_the_json_file_of_the_original_loads() -> None:
    config = from_text(JSON_FILE, "train_config.json")
    assert isinstance(config, VsrppConfig)
    assert (config.n_feats, config.n_blocks, config.batch_of(None)) == (160, 32, 4)
    assert config.lr_max == 1e-4
    assert len(config.notices) == 1 and "LR_EXPONENT" in config.notices[0]
    assert config.frames == 5 and config.format_names == ()


def test_the_yaml_file_of_the_original_loads() -> None:
    config = from_text(YAML_FILE, "train_general_7frames.yaml")
    assert isinstance(config, UnifiedConfig)
    assert (config.n_feats, config.use_checkpointing, config.frames) == (128, True, 7)
    assert config.format_names == ("small_540", "medium_169")
    assert (config.batch_of("medium_169"), config.accumulation_of("medium_169")) == (2, 2)
    assert config.weight_of("small_540") == 0.6
    assert config.category == "general" and config.made_validation
    assert config.files.milestone.format(step=7) == "checkpoint_step_000007.pth"
    assert config.files.tensorboard == "tensorboard"


@pytest.mark.parametrize("text", [JSON_FILE, YAML_FILE])
def test_what_is_written_back_reads_as_the_same(text: str, tmp_path: Path) -> None:
    config = from_text(text, "x.json" if text is JSON_FILE else "x.yaml")
    path = tmp_path / "train_config.json"
    path.write_text(file_text(config.to_file()))
    assert build_config(read_values(path)) == config
    section = "MODEL_CONFIG" if text is JSON_FILE else "MODEL"
    assert isinstance(json.loads(path.read_text())[section], dict), "sections stay sections"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, VsrpppConfig),
        ({"N_FEATS": 8}, VsrpppConfig),
        ({"WARMUP_STEPS": 10}, VsrppConfig),
        ({"AUTO_TUNED": False}, VsrppConfig),
        ({"MODEL_CONFIG.n_feats": 8}, VsrppConfig),
        ({"RECIPE": "vsrpp"}, VsrppConfig),
        ({"MODEL.base_channels": 8}, UnifiedConfig),
        ({"RECIPE": "vsrpp", "DATA.category": "toon"}, UnifiedConfig),
        ({"RECIPE": "vsrppp", "WARMUP_STEPS": 3}, VsrpppConfig),
    ],
)
def test_the_kind_follows_from_the_keys(values: dict[str, Any], kind: type[RunConfig]) -> None:
    assert class_for(values) is kind
    assert recipe_of(values) == kind.model_fields["recipe"].default


def test_a_flat_yaml_file_is_of_vsrpp(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("LR_MAX: 1e-4\n")
    config = build_config(read_values(path))
    assert isinstance(config, VsrppConfig) and config.lr_max == 1e-4


def test_a_key_at_the_top_may_not_contradict_model_config() -> None:
    values = {"MODEL_CONFIG": {"n_feats": 160}, "N_FEATS": 96}
    with pytest.raises(UserError, match=r"N_FEATS = 96 contradicts MODEL_CONFIG\.n_feats = 160"):
        build_config(values)
    agreeing = build_config({"MODEL_CONFIG": {"n_feats": 96}, "N_FEATS": 96})
    assert isinstance(agreeing, VsrppConfig) and agreeing.n_feats == 96


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("medium_169: 0.4", "large_720: 0.4", r"DATA\.format_weights has no entry for medium_169"),
        ("    medium_169: 2\n\n  grad", "\n  grad", r"TRAINING\.batch_size has no entry"),
        ("small_540: 0.6", "small_540: -1", r"DATA\.format_weights"),
        ('"7frames"', '"6frames"', r"DATA\.lr_version = '6frames' is not allowed"),
        ('"general"     #', '"clouds"     #', r"DATA\.category = 'clouds'"),
        ("num_blocks: 32 ", "num_blocks: 31 ", r"MODEL\.num_blocks = 31"),
        ("  base_channels", "  base_chanels", r"did you mean MODEL\.base_channels"),
        ("total_steps", "steps_total", r"TRAINING\.steps_total"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, problem: str) -> None:
    assert old in YAML_FILE
    with pytest.raises(UserError, match=problem):
        from_text(YAML_FILE.replace(old, new), "a.yaml")


@pytest.mark.parametrize("text", ["MODEL: [", "a: b: c", "\t- x", "- 1\n- 2", "1: 2"])
def test_a_broken_yaml_file_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"broken\.yaml"):
        read_values(path)


def test_an_entry_of_a_map_is_set_alone() -> None:
    config = from_text(YAML_FILE, "a.yaml")
    typed = parse_assignments(type(config), ["TRAINING.batch_size.medium_169=3", "LR_MIN=1e-7"])
    edited = edit_config(config, typed)
    assert isinstance(edited, UnifiedConfig)
    assert edited.batch_size == {"small_540": 4, "medium_169": 3}
    assert edited.lr_min == 1e-7


def test_an_entry_needs_a_map() -> None:
    config = edit_config(from_text(YAML_FILE, "a.yaml"), {"TRAINING.batch_size": 2})
    with pytest.raises(UserError, match="one value for all"):
        whole_values(type(config), {"TRAINING.batch_size.small_540": 3}, config.to_file())


def test_the_best_window_lies_within_each_cycle() -> None:
    config = build_config({"RECIPE": "vsrpp", "SAVE_STEP_EVERY": 10_000})
    inside = [2_000, 5_000, 8_000, 25_000, 25_500, 12_000]
    outside = [0, 500, 1_999, 8_001, 10_000, 11_000, 29_000]
    assert all(config.may_be_best(step) for step in inside)
    assert not any(config.may_be_best(step) for step in outside)


@pytest.mark.parametrize("kind", CONFIG_CLASSES.values())
def test_a_lower_rate_is_an_edit_that_holds(kind: type[RunConfig]) -> None:
    config = build_config({"RECIPE": kind.model_fields["recipe"].default} | kind().to_file())
    lower = edit_config(config, config.lower_rate())
    assert lower != config
    for _ in range(40):  # never out of the bounds of its key
        lower = edit_config(lower, lower.lower_rate())


def test_an_entry_of_a_map_may_stand_in_a_file() -> None:
    config = from_text(YAML_FILE + "\nTRAINING.batch_size.small_540: 3\n", "a.yaml")
    assert isinstance(config, UnifiedConfig)
    assert config.batch_size == {"small_540": 3, "medium_169": 2}


def test_what_is_typed_may_have_the_spelling_of_the_file() -> None:
    values = {"WARMUP_STEPS": 2, "BATCH_SIZE": 2}
    for name in ("BATCH_SIZE", "MODEL_CONFIG.batch_size"):
        config, typed = with_assignments(values, [f"{name}=1"])
        assert config.batch_of(None) == 1 and typed == {"MODEL_CONFIG.batch_size": 1}


def test_a_section_is_no_key() -> None:
    with pytest.raises(UserError, match=r"MODEL is a section: name a key in it, such as MODEL\."):
        build_config({"MODEL": None, "DATA.category": "toon"})


def test_what_is_not_used_is_said() -> None:
    config = build_config({"RECIPE": "vsrpp", "GRAD_CLIP": 0.1, "LR_EXPONENT": -5})
    assert [text.split()[0] for text in config.notices] == ["GRAD_CLIP", "LR_EXPONENT"]
    assert build_config({"RECIPE": "vsrpp", "GRAD_CLIP": 0.1, "ADAPTIVE": False}).notices == ()
