from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import pytest
from data_files import noise, write_pair

from vsrppp_tui.data.dataset import MADE_ON_THE_FLY, open_dataset, open_validation
from vsrppp_tui.data.scan import scan_dataset
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.errors import UserError
from vsrppp_tui.png import write_png


def rules(root: Path, **options: bool) -> dict[str, str]:
    return {
        problem.path: problem.rule
        for problem in scan_dataset(DatasetSpec(root), **options).problems
    }


def test_a_good_dataset_has_no_problems_and_opens(root: Path) -> None:
    report = scan_dataset(DatasetSpec(root), deep=True)
    assert report.problems == ()
    assert report.files == 16
    data = open_dataset(DatasetSpec(root))
    assert (data.count, data.train[0].lr_height, data.train[0].lr_width) == (6, 8, 10)
    assert (data.val.count, data.val.lr_source) == (2, "Val/LR")
    lr, gt = data.train[0].read(3)
    assert (lr.shape, gt.shape) == ((5, 8, 10, 3), (24, 30, 3))
    stack = cv2.imread(str(root / "Patches/LR/p3.png"))[:, :, ::-1]
    assert (lr[2] == stack[16:24]).all()


def test_every_broken_rule_is_named(root: Path) -> None:
    patches = root / "Patches"
    write_png(patches / "LR/p0.png", noise(0, 32, 10))
    write_png(patches / "LR/p1.png", noise(0, 40, 11))
    (patches / "LR/p2.png").unlink()
    (patches / "GT/p3.png").unlink()
    whole = (patches / "GT/p4.png").read_bytes()
    (patches / "GT/p4.png").write_bytes(whole[:-20])
    (patches / "LR/p5.png").write_text("not a picture at all")
    (root / "Val/GT/v0.png").write_bytes(b"")
    write_png(root / "Val/GT/v1.png", noise(0, 25, 30))
    write_pair(root, "Patches", "q0", (8, 10))
    write_pair(root, "Patches", "q1", (8, 10))
    write_pair(root, "Patches", "r0", (10, 8))
    (patches / "GT/photo.jpg").write_bytes(b"")
    assert rules(root) == {
        "Patches/LR/p0.png": "has the wrong stack height: 32 pixels, must be 40 (5 frames of 8); "
        "it is a stack of 4",
        "Patches/LR/p1.png": "is 11 pixels wide, must be 10: GT (30x24) is not 3 times the LR width",
        "Patches/GT/p2.png": "has no LR stack Patches/LR/p2.png",
        "Patches/LR/p3.png": "has no GT picture Patches/GT/p3.png",
        "Patches/GT/p4.png": "is truncated: the end of the PNG is missing",
        "Patches/LR/p5.png": "is not a PNG file",
        "Patches/GT/r0.png": "is 24x30, the other GT patches are 30x24",
        "Patches/GT/photo.jpg": "is not a PNG file",
        "Val/GT/v0.png": "is empty",
        "Val/GT/v1.png": "is 30x25: both sides of a GT picture must be multiples of 3",
    }


def test_damage_inside_a_file_is_found_by_decoding(root: Path) -> None:
    path = root / "Patches/LR/p1.png"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert rules(root) == {}
    assert rules(root, deep=True) == {
        "Patches/LR/p1.png": "is damaged: a PNG checksum does not match"
    }


def test_opening_names_up_to_three_files_and_the_command_for_the_rest(root: Path) -> None:
    for index in range(5):
        (root / f"Patches/LR/p{index}.png").unlink()
    with pytest.raises(UserError) as caught:
        open_dataset(DatasetSpec(root))
    text = str(caught.value)
    assert text.count("has no LR stack") == 3
    assert "and 2 more. vsrppp check lists them all." in text


@pytest.mark.parametrize("missing", ["Patches/GT", "Patches/LR", "Val/GT", "."])
def test_a_missing_folder_is_named_with_the_remedy(root: Path, missing: str) -> None:
    shutil.rmtree(root / missing)
    with pytest.raises(UserError, match="vsrppp prepare") as caught:
        open_dataset(DatasetSpec(root))
    assert str(root / missing) in str(caught.value)


def test_an_empty_folder_is_a_problem(root: Path) -> None:
    for path in (root / "Val").glob("*/*.png"):
        path.unlink()
    assert rules(root) == {"Val/GT": "holds no PNG file"}


def test_validation_lr_falls_back_to_patches_and_then_is_made(root: Path) -> None:
    shutil.copy(root / "Patches/GT/p1.png", root / "Val/GT/p1.png")
    write_png(root / "Val/GT/large.png", noise(1, 48, 60))
    write_png(root / "Val/GT/p2.png", noise(1, 48, 60))  # Patches/LR/p2.png is of another size
    val = open_dataset(DatasetSpec(root)).val
    assert val.lr_sources == {"Val/LR": 2, "Patches/LR": 1, MADE_ON_THE_FLY: 2}
    assert "made on the fly (2)" in val.lr_source
    shapes = {val.name(index): val.read(index)[0].shape for index in range(val.count)}
    assert shapes["p1"] == (5, 8, 10, 3)
    assert shapes["large"] == (5, 16, 20, 3)


def test_validation_alone_needs_no_patches(root: Path) -> None:
    shutil.rmtree(root / "Patches")
    shutil.rmtree(root / "Val/LR")
    val = open_validation(DatasetSpec(root))
    assert (val.count, val.lr_source) == (2, MADE_ON_THE_FLY)
    (root / "Val/GT/v0.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"Val/GT/v0\.png is empty"):
        open_validation(DatasetSpec(root))


def test_the_fingerprint_follows_names_and_sizes_not_the_place(root: Path, tmp_path: Path) -> None:
    before = open_dataset(DatasetSpec(root)).fingerprint
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy)
    assert open_dataset(DatasetSpec(copy)).fingerprint == before
    for kind in ("GT", "LR"):
        (copy / "Patches" / kind / "p0.png").rename(copy / "Patches" / kind / "z.png")
    assert open_dataset(DatasetSpec(copy)).fingerprint != before
