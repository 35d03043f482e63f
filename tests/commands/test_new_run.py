"""From the form to a run: what it judges, the commands it names, and that they mean the same."""

from __future__ import annotations

import json
import shlex
import shutil
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from tests.conftest import write_category, write_dataset
from vsrppp_tui.commands import judge_draft
from vsrppp_tui.commands.complete_path import complete_path
from vsrppp_tui.commands.judge_draft import Device, Judge, hub_folder
from vsrppp_tui.commands.new_recipes import recipes
from vsrppp_tui.commands.new_run import begin, plan
from vsrppp_tui.commands.new_run_dir import free_run_dir, refusal_of_run_dir
from vsrppp_tui.commands.train import TrainOptions, _values
from vsrppp_tui.commands.wqv import WqvOptions
from vsrppp_tui.config.edit import with_assignments
from vsrppp_tui.data.demo import demo_clip
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.vgg19_weights import cache_path
from vsrppp_tui.training.precision import choose_precision
from vsrppp_tui.tui.start.new_run import Draft

ROOT = Path(__file__).parents[2]
SMALL = (("N_FEATS", "8"), ("N_BLOCKS", "2"), ("PERCEPTUAL_WEIGHT", "0"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a dataset and the project's YAML files, without VGG19 weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    write_dataset(tmp_path / "set", train=6, val=2, lr_size=16)
    return tmp_path


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    device = Device("CPU, 2 cores", 10**10, half=True, is_gpu=False)
    monkeypatch.setattr(judge_draft, "_look_at_device", lambda: device)
    return Judge()


def draft(source: str = "set", recipe: str = "vsrppp", **changes: Any) -> Draft:
    values = {"run_dir": "runs/new", "values": SMALL, **changes}
    return Draft(source, recipe, **values)


def test_the_recipes_are_those_built_in_and_the_files_of_configs(here: Path) -> None:
    found = {each.name: each for each in recipes()}
    assert list(found)[:2] == ["vsrppp", "vsrpp"] and "wqv" in found
    assert "train_toon_7frames" in found
    assert {field.label for field in found["vsrppp"].fields} == {
        "Features", "Blocks", "Batch", "Accumulate", "Crop", "Steps", "VGG19 term",
    }  # fmt: skip
    toon = {field.label: field for field in found["train_toon_7frames"].fields}
    assert toon["Batch"].default == "4, 2" and toon["Features"].key == "MODEL.base_channels"
    assert found["vsrppp"].run_dir == "runs/vsrppp"
    (here / "train_config.json").write_text(json.dumps({"N_FEATS": 24}))
    assert recipes()[0].fields[0].default == "24"
    (here / "train_config.json").write_text("{")
    assert recipes()[0].fields[0].default == "96"


def test_a_dataset_is_told_with_its_costs(judge: Judge) -> None:
    told = judge.judge(draft())
    assert told.problem == ""
    assert told.source == ("Patches: 6 pairs, GT 48x48; 2 validation images",)
    assert told.costs is not None and told.costs.parameters == 8_894
    assert told.costs.memory and told.costs.work and told.costs.steps == 100_000
    (line,) = told.commands
    assert shlex.split(line)[-8:] == [
        "--set", "N_FEATS=8", "--set", "N_BLOCKS=2", "--set", "PERCEPTUAL_WEIGHT=0",
        "--set", "DATASET_ROOT=set",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"source": ""}, "Name what to train on", "Source"),
        ({"source": "nowhere"}, "There is nothing at nowhere", "Source"),
        ({"source": "configs"}, "no dataset for this recipe: it lacks Patches/GT", "Source"),
        ({"source": "set/Val"}, "Choose a dataset, or a video", "Source"),
        ({"source": "set/Val/GT"}, "It holds pictures: the recipe wqv", "Source"),
        ({"source": "configs/train_toon_7frames.yaml"}, "cannot be read as a video", "Source"),
        ({"run_dir": "set"}, "is there already", "Run folder"),
        ({"run_dir": ""}, "Name a folder", "Run folder"),
        ({"values": (("N_BLOCKS", "3"),)}, "N_BLOCKS = 3 is not allowed", ""),
        ({"values": (("N_FEATS", "many"),)}, "N_FEATS", ""),
        ({"values": (("N_FEATS", ""),)}, "N_FEATS", ""),
        ({"recipe": "gone"}, "not there any more", ""),
        ({"recipe": "wqv", "source": "configs", "values": ()}, "too few pictures", "Source"),
        ({"recipe": "train_toon_7frames", "values": ()}, "it lacks", "Source"),
        ({"source": "~nobody-of-that-name/set"}, "whom this machine does not know", ""),
        ({"run_dir": "~nobody-of-that-name/run"}, "whom this machine does not know", ""),
    ],
)
def test_what_speaks_against_a_draft_is_a_sentence(
    judge: Judge, changes: dict[str, Any], words: str, field: str
) -> None:
    told = judge.judge(draft(**changes))
    assert words in told.problem
    assert told.problem.endswith(".") and "Error" not in told.problem
    assert told.field == field


def test_a_video_is_cut_first(judge: Judge, here: Path) -> None:
    (here / "my clip.mp4").symlink_to(demo_clip())
    told = judge.judge(draft("my clip.mp4"))
    assert told.problem == ""
    assert told.source[0] == "Video of 90 frames, 960x540"
    prepare, train = map(shlex.split, told.commands)
    assert prepare[-4:] == ["prepare", "my clip.mp4", "--out", "runs/new/dataset"]
    assert train[-1] == "DATASET_ROOT=runs/new/dataset"
    planned = plan(draft("my clip.mp4"))
    assert isinstance(planned.options, TrainOptions) and planned.options.prepare is not None
    assert planned.options.assignments[-1] == f"DATASET_ROOT={here}/runs/new/dataset"
    assert not (here / "runs").exists(), "nothing is written before the start"

    seen: list[tuple[int, int]] = []
    planned.options.prepare(lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0
    assert judge.judge(draft("runs/new/dataset")).problem == "", "what a start left is no hindrance"


def test_formats_larger_than_a_video_are_refused(judge: Judge, here: Path) -> None:
    (here / "clip.mp4").symlink_to(demo_clip())
    text = (here / "configs/train_toon_7frames.yaml").read_text()
    (here / "configs/large.yaml").write_text(text.replace("medium_169", "large_720"))
    told = judge.judge(draft("clip.mp4", "large", values=()))
    assert "large_720 (720x720) is larger than clip.mp4 (960x540)" in told.problem


def test_a_category_is_found_and_cut(judge: Judge, here: Path) -> None:
    write_category(
        here / "toons", 7, {"Patches": (3, (180, 180)), "Patches_Medium169": (2, (135, 240))}
    )
    told = judge.judge(draft("toons", "train_toon_7frames", values=()))
    assert told.problem == ""
    assert "Patches_Medium169: 2 pairs, GT 720x405" in told.source[0]
    assert ("info", "Memory and time are those of the largest of its formats.") in told.notices
    (here / "clip.mp4").symlink_to(demo_clip())
    prepare = judge.judge(draft("clip.mp4", "train_toon_7frames", values=())).commands[0]
    assert "--category toon --formats small_540,medium_169 --frames 7" in prepare


def test_the_command_means_the_same_as_the_form(here: Path) -> None:
    """What `train` reads of the command line gives the very configuration that was judged."""
    for recipe, values in (
        ("vsrppp", SMALL),
        ("vsrpp", SMALL),
        ("train_toon_7frames", (("MODEL.base_channels", "16"), ("TRAINING.batch_size", "3"))),
    ):
        planned = plan(draft("set", recipe, values=values))
        words = shlex.split(planned.commands[-1])
        words = words[words.index("train") + 1 :]
        config = Path(words.pop(0)) if not words[0].startswith("-") else None
        assignments = [words[n + 1] for n, word in enumerate(words) if word == "--set"]
        typed = TrainOptions(config=config, assignments=assignments)
        built, _ = with_assignments(_values(typed), assignments)
        assert built == planned.config


def test_another_recipe_than_that_of_the_usual_file_has_its_own_defaults(here: Path) -> None:
    (here / "train_config.json").write_text(json.dumps({"RECIPE": "vsrppp", "LR_EXPONENT": -3}))
    assert _values(TrainOptions(assignments=["RECIPE=vsrpp"])) == {"RECIPE": "vsrpp"}
    assert _values(TrainOptions(assignments=["RECIPE=vsrppp"]))["LR_EXPONENT"] == -3


@pytest.mark.parametrize("name", [" set", "'set", "null", 'a "b', "ä ö"])
def test_any_name_of_a_dataset_arrives_whole(here: Path, name: str) -> None:
    (here / "set").rename(here / name)
    planned = plan(draft(name))
    assert planned.config.dataset_root == name
    assert isinstance(planned.options, TrainOptions)
    given, _ = with_assignments({}, planned.options.assignments)
    assert given.dataset_root == str(here / name)  # what the run writes down
    assert planned.survey.problem == ""


def test_pictures_go_to_wqv(judge: Judge, here: Path) -> None:
    (here / "photos").mkdir()
    for number in range(4):
        cv2.imwrite(str(here / f"photos/{number}.png"), np.zeros((64, 64, 3), np.uint8))
    values = (("NUM_FEAT", "16"), ("SCALE", "2"), ("PERCEPTUAL_WEIGHT", "0"))
    told = judge.judge(draft("photos", "wqv", values=values))
    assert told.problem == "" and told.source == ("4 pictures",)
    assert told.commands[0].endswith(
        "wqv photos runs/new --num-feat 16 --scale 2 --perceptual-weight 0"
    )
    options = plan(draft("photos", "wqv", values=values)).options
    assert options == WqvOptions(
        here / "photos", Path("runs/new"), {"NUM_FEAT": 16, "SCALE": 2, "PERCEPTUAL_WEIGHT": 0}
    )


def test_missing_vgg_weights_are_said_with_both_remedies(judge: Judge, here: Path) -> None:
    told = judge.judge(draft(values=SMALL[:2]))
    ((level, text),) = told.notices
    assert level == "warning"
    assert "VGG19 term to 0" in text and "VGG_WEIGHTS" in text and "548 MB" in text
    with pytest.raises(UserError, match="VGG19 term to 0"):
        judge.measure(draft(values=SMALL[:2]), threading.Event())
    hub_folder().mkdir(parents=True)
    (hub_folder() / cache_path().name).write_bytes(b"weights")
    assert judge.judge(draft(values=SMALL[:2])).notices == ()


def test_the_cache_is_where_torch_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert hub_folder() == cache_path().parent
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert hub_folder() == cache_path().parent
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert hub_folder() == cache_path().parent


def test_sixteen_bits_are_expected_where_the_engine_takes_them() -> None:
    precision = choose_precision(torch.device("cpu"), "auto")
    assert judge_draft._cpu_has_bf16() == (precision.name == "bf16")


def test_too_much_memory_is_said(monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:
    device = Device("NVIDIA T4", 15_000_000, half=True, is_gpu=True)
    monkeypatch.setattr(judge_draft, "_look_at_device", lambda: device)
    told = Judge().judge(draft(values=(("LR_CROP", "16"), *SMALL)))
    assert "That is more than NVIDIA T4 has (15 MB)" not in str(told.notices)
    told = Judge().judge(draft(values=(("BATCH_SIZE", "256"), *SMALL)))
    assert "That is more than NVIDIA T4 has (15 MB)" in str(told.notices)


def test_a_real_measurement(judge: Judge) -> None:
    speed = judge.measure(draft(), threading.Event())
    assert speed.per_second > 1e6
    assert speed.memory is not None and speed.memory > 1e8
    assert speed.of == "4 samples of 16x16 pixels"


def test_a_measurement_ends_when_nobody_waits_for_it(judge: Judge) -> None:
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    with pytest.raises(UserError, match="given up"):
        judge.measure(draft(values=(("MAX_STEPS", "5"), ("PERCEPTUAL_WEIGHT", "0"))), cancelled)


def test_begin_refuses_before_anything_is_written(here: Path) -> None:
    leave: Any = None
    for bad in (draft(""), draft("nowhere"), draft(run_dir="set")):
        with pytest.raises(UserError):
            begin(bad, debug=False, leave=leave)
    assert not (here / "runs").exists()


def test_where_a_run_may_be_kept(here: Path) -> None:
    assert refusal_of_run_dir("runs/new") == ""
    assert "is a file" in refusal_of_run_dir("configs/train_toon_7frames.yaml/inside")
    (here / "runs/vsrppp/dataset").mkdir(parents=True)
    assert refusal_of_run_dir("runs/vsrppp") == ""
    assert free_run_dir("vsrppp") == Path("runs/vsrppp")
    (here / "runs/vsrppp/dataset/prepare.json").write_text("{}")
    (here / "runs/vsrppp/dataset/Patches").mkdir()
    assert refusal_of_run_dir("runs/vsrppp") == ""
    (here / "runs/vsrppp/dataset/prepare.json").unlink()  # patches from elsewhere
    assert "is there already" in refusal_of_run_dir("runs/vsrppp")
    (here / "runs/vsrppp/dataset/Patches").rmdir()
    (here / "runs/vsrppp/notes.txt").write_text("mine")
    assert "is there already" in refusal_of_run_dir("runs/vsrppp")
    assert free_run_dir("vsrppp") == Path("runs/vsrppp-2")
    (here / "dangling").symlink_to("nowhere")
    assert "is there already" in refusal_of_run_dir("dangling")


def test_paths_are_completed(here: Path) -> None:
    for name in ("one clip.mp4", "one other.mp4", ".hidden"):
        (here / name).write_bytes(b"")
    assert complete_path("on").text == "one "
    assert complete_path("on").entries == ("one clip.mp4", "one other.mp4")
    assert complete_path("se").text == "set/"
    assert complete_path("set/").entries == ("Patches/", "Val/")
    assert complete_path(f"{here}/set/V").text == f"{here}/set/Val/"
    assert ".hidden" not in complete_path("").entries
    assert complete_path(".h").text == ".hidden"
    assert complete_path("nowhere/x") == complete_path("nowhere/x").__class__("nowhere/x", ())
