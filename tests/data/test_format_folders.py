"""Datasets of several formats: their folders, their sizes, and validation that is made on the fly."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data_files import noise, write_pair

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import read_values
from vsrppp_tui.data.cache import CachedPatches, cache_folder, decoded_bytes, with_caches
from vsrppp_tui.data.dataset import MADE_ON_THE_FLY, open_dataset, open_validation
from vsrppp_tui.data.degrade import frames_from_still
from vsrppp_tui.data.scan import scan_dataset
from vsrppp_tui.data.spec import DatasetSpec, spec_of
from vsrppp_tui.errors import UserError
from vsrppp_tui.png import write_png
from vsrppp_tui.training.sample_size import largest_sample

CONFIGS = Path(__file__).parents[2] / "configs"


def rules(spec: DatasetSpec) -> dict[str, str]:
    return {problem.path: problem.rule for problem in scan_dataset(spec).problems}


def test_each_format_is_a_set_of_its_own(mixed: DatasetSpec) -> None:
    data = open_dataset(mixed)
    assert data.count == 8
    sizes = [(p.format_name, p.count, p.frames, p.lr_height, p.lr_width) for p in data.train]
    assert sizes == [("48x27", 5, 7, 9, 16), ("24x24", 3, 7, 8, 8)]
    for patches in data.train:
        lr, gt = patches.read(1)
        assert lr.shape == (7, patches.lr_height, patches.lr_width, 3)
        assert gt.shape == (patches.lr_height * 3, patches.lr_width * 3, 3)
    alone = open_dataset(replace(mixed, formats=mixed.formats[:1]))
    assert alone.fingerprint == data.train[0].fingerprint != data.fingerprint


def test_validation_is_made_on_the_fly_whatever_else_lies_there(mixed: DatasetSpec) -> None:
    (mixed.root / "Val/LR_7frames").mkdir()
    (mixed.root / "Val/LR_7frames/v0.png").write_text("not a picture")
    for val in (open_dataset(mixed).val, open_validation(mixed)):
        assert (val.count, val.lr_source) == (1, MADE_ON_THE_FLY)
        lr, gt = val.read(0)
        assert np.array_equal(lr, frames_from_still(gt, 7))


def test_files_of_another_size_or_length_are_named(mixed: DatasetSpec) -> None:
    write_pair(mixed.root, "Patches_24x24", "large", (9, 9), 7, "LR_7frames")
    write_png(mixed.root / "Patches_48x27/LR_7frames/p1.png", noise(0, 45, 16))
    assert rules(mixed) == {
        "Patches_24x24/GT/large.png": "is 27x27, GT patches of the format 24x24 are 24x24",
        "Patches_48x27/LR_7frames/p1.png": "has the wrong stack height: 45 pixels, must be 63 "
        "(7 frames of 9); it is a stack of 5",
    }


def test_a_format_with_no_files_is_named(mixed: DatasetSpec) -> None:
    for path in (mixed.root / "Patches_24x24").glob("*/*.png"):
        path.unlink()
    assert rules(mixed) == {"Patches_24x24/GT": "holds no PNG file"}


@pytest.mark.parametrize("folder", ["", "/GT", "/LR_7frames"])
def test_a_listed_format_without_its_folder_is_refused_by_name(
    mixed: DatasetSpec, folder: str
) -> None:
    shutil.rmtree(mixed.root / f"Patches_24x24{folder}")
    with pytest.raises(UserError, match=r"format 24x24 has no folder .*Patches_24x24/.*") as caught:
        open_dataset(mixed)
    assert "--category space --formats 48x27,24x24 --frames 7" in str(caught.value)
    assert open_dataset(replace(mixed, formats=mixed.formats[:1])).count == 5


def test_a_category_that_is_not_there_names_the_key_and_the_command(mixed: DatasetSpec) -> None:
    spec = replace(mixed, category="toon", root_key="DATA.data_root")
    for look in (open_dataset, open_validation):
        with pytest.raises(UserError, match=r"Toon/ToonModel/Learn does not exist") as caught:
            look(spec)
        assert "Set DATA.data_root to a folder with Toon/ToonModel/Learn/" in str(caught.value)
        assert f"prepare VIDEO --out {spec.data_root} --category toon" in str(caught.value)


def test_five_frames_may_lie_in_plain_lr(tmp_path: Path, mixed: DatasetSpec) -> None:
    spec = replace(mixed, data_root=tmp_path / "five", frames=5)
    for format_ in spec.formats:
        write_pair(spec.root, format_.folder, "p", (format_.lr_height, format_.lr_width))
    write_pair(spec.root, "Val", "v", (9, 16))
    assert [patches.lr_folder for patches in open_dataset(spec).train] == [
        "Patches_48x27/LR",
        "Patches_24x24/LR",
    ]
    write_pair(spec.root, "Patches_24x24", "p", (8, 8), 5, "LR_5frames")
    assert open_dataset(spec).train[1].lr_folder == "Patches_24x24/LR_5frames"
    with pytest.raises(UserError, match=r"Patches_48x27/LR_7frames"):
        open_dataset(replace(spec, frames=7))


def test_each_format_has_its_own_cache_within_one_budget(mixed: DatasetSpec) -> None:
    first, second = open_dataset(mixed).train
    budget = (decoded_bytes(first) + decoded_bytes(second)) / 1e9
    for index, (source, text) in enumerate(with_caches([first, second], budget)):
        assert isinstance(source, CachedPatches), text
        assert np.array_equal(source.read(1)[0], (first, second)[index].read(1)[0])
    shutil.rmtree(cache_folder(second))
    (one, _), (other, text) = with_caches([first, second], budget - 1e-9)
    assert isinstance(one, CachedPatches)
    assert other is second
    assert text.startswith("24x24: ")
    assert "of other formats" in text


def test_stacks_of_five_and_of_seven_frames_do_not_share_their_decoded_arrays(
    mixed: DatasetSpec,
) -> None:
    for format_ in mixed.formats:
        write_pair(
            mixed.root, format_.folder, "p0", (format_.lr_height, format_.lr_width), 5, "LR_5frames"
        )
        for path in (mixed.root / format_.folder / "LR_7frames").iterdir():
            if path.name != "p0.png":
                path.unlink()
                (mixed.root / format_.folder / "GT" / path.name).unlink()
    seven, five = open_dataset(mixed).train[0], open_dataset(replace(mixed, frames=5)).train[0]
    sources = [with_caches([patches], 1.0)[0][0] for patches in (seven, five)]
    assert [len(source.read(0)[0]) for source in sources] == [7, 5]


UNIFIED = {"RECIPE": "vsrpp", "DATA.category": "space", "DATA.lr_version": "7frames"}


def test_a_configuration_describes_its_dataset() -> None:
    spec = spec_of(build_config({**UNIFIED, "DATA.data_root": "x", "DATA.formats": ["540x540"]}))
    assert spec.root == Path("x/Space/SpaceModel/Learn")
    assert (spec.frames, spec.made_validation) == (7, True)
    [folder] = spec.train_folders()
    assert (folder.gt_folder, folder.lr_folder) == ("Patches/GT", "Patches/LR_7frames")
    assert folder.format is not None
    assert folder.format.name == "540x540", "the maps of the configuration know it by this name"
    assert spec_of(build_config({})) == DatasetSpec(Path("dataset"))


@pytest.mark.parametrize(
    ("formats", "words"),
    [(["huge"], "'huge' is not known"), (["540x540", "small_540"], "are the same size, 540x540")],
)
def test_formats_that_cannot_be_are_refused(formats: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        spec_of(build_config({**UNIFIED, "DATA.formats": formats}))


SHIPPED = {
    "train_general_7frames": ("general", 7, ["small_540", "medium_169", "large_720"]),
    "train_general_5frames": ("general", 5, ["small_540", "medium_169", "large_720"]),
    "train_space_7frames": ("space", 7, ["small_540", "xlarge_1440", "fullhd_1920"]),
    "train_toon_7frames": ("toon", 7, ["small_540", "medium_169"]),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_configurations_load(name: str) -> None:
    config = build_config(read_values(CONFIGS / f"{name}.yaml"))
    spec = spec_of(config)
    formats = [each.name for each in spec.formats]
    assert (spec.category, spec.frames, formats) == SHIPPED[name]
    assert spec.data_root == Path("dataset")
    assert (config.max_steps, config.key_of("max_steps")) == (100_000, "TRAINING.total_steps")
    assert sum(config.weight_of(each) for each in formats) == pytest.approx(1.0)
    assert {config.batch_of(each) * config.accumulation_of(each) for each in formats} == {4}
    assert {path.stem for path in CONFIGS.iterdir()} == set(SHIPPED)


def test_the_largest_format_is_what_a_size_is_measured_with(mixed: DatasetSpec) -> None:
    values = {**UNIFIED, "DATA.data_root": str(mixed.data_root), "DATA.formats": ["24x24", "48x27"]}
    assert largest_sample(build_config(values)) == (9, 16)
    assert largest_sample(build_config({**values, "LR_CROP": 16})) == (16, 16)
