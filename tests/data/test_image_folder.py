"""Splits of a folder of pictures, samples cut from them, and what is said of those that are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wqv import TINY, write_images
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.data.image_data import ImageData, open_images
from vsrppp_tui.data.image_file import check_image, read_image
from vsrppp_tui.data.image_folder import crop_of
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture
from vsrppp_tui.data.splits import SPLITS_FILE, Shares, Split, find_images, split_images
from vsrppp_tui.data.stacks import UnreadablePatch
from vsrppp_tui.errors import UserError


def opened(
    source: Path, run_dir: Path | None = None, *, resumed: bool = False, **values: Any
) -> ImageData:
    config = build_config({"RECIPE": "wqv", **TINY, "SOURCE": str(source), **values})
    return open_images(config, run_dir, resumed=resumed)  # type: ignore[arg-type]


@given(
    count=st.integers(3, 60),
    train=st.sampled_from([0.5, 0.7, 0.8, 0.9]),
    val=st.sampled_from([0.05, 0.1, 0.2]),
    seed=st.integers(0, 2**31 - 1),
)
def test_a_split_has_every_picture_once_and_follows_from_the_seed(
    count: int, train: float, val: float, seed: int
) -> None:
    if train + val > 1.0:
        train = 0.5
    names = [f"{number:03d}.png" for number in range(count)]
    shares = Shares(train, val, seed)
    split = split_images(Path("nowhere"), names, shares)
    assert sorted((*split.train, *split.val, *split.test)) == names
    assert split.train and split.val and bool(split.test) == shares.has_test
    if count >= 20:
        assert abs(len(split.train) - train * count) <= 1.5
        assert abs(len(split.val) - val * count) <= 1.5
    assert split == split_images(Path("nowhere"), names, shares)


def test_pictures_are_found_in_all_folders_but_not_in_runs_and_hidden_ones(tmp_path: Path) -> None:
    write_images(tmp_path, 4)
    for folder in (".hidden", "run/validation_images"):
        write_images(tmp_path / folder, 1)
    (tmp_path / "run" / "run.json").touch()
    (tmp_path / "inner" / "A.JPEG").write_bytes((tmp_path / "00.png").read_bytes())
    (tmp_path / "notes.txt").touch()
    names = ("00.png", "02.png", "inner/01.png", "inner/03.png", "inner/A.JPEG")
    assert set(find_images(tmp_path)) == set(names)


def test_too_few_pictures_say_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no folder .*nowhere"):
        opened(tmp_path / "nowhere")
    write_images(tmp_path, 2)
    with pytest.raises(UserError, match=r"too few pictures .*: 2\).* need at least 3, one each"):
        opened(tmp_path)
    assert opened(tmp_path, TRAIN_SPLIT=0.5, VAL_SPLIT=0.5).test is None


def test_staged_folders_are_taken_as_they_are(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("val", 1), ("test", 2)):
        write_images(tmp_path / part, count)
    split = opened(tmp_path).split
    assert split.staged and (len(split.train), len(split.val), len(split.test)) == (3, 1, 2)
    assert all(name.startswith("val/") for name in split.val)
    for path in (tmp_path / "test").rglob("*.png"):
        path.unlink()
    with pytest.raises(UserError, match=r"no picture in .*test"):
        opened(tmp_path)


def test_a_recorded_split_stands(tmp_path: Path) -> None:
    source, run_dir = write_images(tmp_path / "src", 10), tmp_path / "run"
    run_dir.mkdir()
    first = opened(source)
    (run_dir / SPLITS_FILE).write_text(first.files[SPLITS_FILE])
    listed = json.loads(first.files[SPLITS_FILE])
    assert (len(listed["train"]), len(listed["val"]), len(listed["test"])) == (8, 1, 1)
    cv2.imwrite(str(source / "late.png"), np.zeros((70, 70, 3), np.uint8))
    again = opened(source, run_dir)
    assert again.split == first.split and again.notices[0].endswith("stay out of this run: 1.")
    assert opened(source, run_dir, SEED=4).split.all != first.split.all, (
        "another seed, another split"
    )
    assert opened(source, run_dir, resumed=True, SEED=4).split == first.split
    gone = first.split.train[0]
    (source / gone).unlink()
    with pytest.raises(UserError, match=rf"not in .*: {gone}\. Put them back"):
        opened(source, run_dir)
    (run_dir / SPLITS_FILE).write_text("{")
    with pytest.raises(UserError, match=r"dataset_splits.json cannot be used"):
        opened(source, run_dir)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_every_kind_of_picture_is_read_and_a_broken_one_named(tmp_path: Path, suffix: str) -> None:
    source = write_images(tmp_path, 6, suffix=suffix)
    data = opened(source)
    assert data.samples[0].sample(0, []).gt.shape == (64, 64, 3)
    path = source / f"00{suffix}"
    whole = path.read_bytes()
    assert check_image(path) == len(whole) and read_image(path).shape == (72, 90, 3)
    path.write_bytes(whole[: len(whole) // 2] if suffix != ".bmp" else whole[:40])
    (source / "02.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"cannot be read: .*0[02]\.\w+ .*Take them away"):
        opened(source)


def test_a_picture_that_breaks_during_the_run_is_passed_over(tmp_path: Path) -> None:
    source = opened(write_images(tmp_path)).samples[0]
    for name in source.names[1:]:
        (source.root / name).write_bytes(b"")
    skipped: list[str] = []
    for position in range(source.count):
        assert source.sample(position, skipped).lr.shape == (1, 16, 16, 3)
    assert {Path(name).name for name in skipped} == {Path(n).name for n in source.names[1:]}
    (source.root / source.names[0]).unlink()
    with pytest.raises(UnreadablePatch):
        read_image(source.root / source.names[0])


def test_small_pictures_are_enlarged_only_as_far_as_the_crop_needs() -> None:
    wide = np.zeros((40, 200, 3), np.uint8)
    wide[:, 100:] = 255
    crop = crop_of(wide, 80, 0.0, 0.5)
    assert crop.shape == (80, 80, 3)
    left, right = crop[:, :20].mean(), crop[:, -20:].mean()
    assert (left, right) == (0.0, 255.0), "the edge stands in the middle: 200 became 400, not 80"
    large = np.random.default_rng(0).integers(0, 256, (90, 100, 3), np.uint8)
    assert np.array_equal(crop_of(large, 80, 0.999999, 0.999999), large[10:, 20:])


def test_any_number_of_workers_gives_the_same_samples(tmp_path: Path) -> None:
    source = opened(write_images(tmp_path)).samples[0]

    def batches(workers: int, start: int, count: int) -> list[Any]:
        cursor = Cursor(Mixture(0, (1.0,)), [3], [1], DataPlace(0, (start,)))
        loader = TrainLoader([source], cursor, workers)
        try:
            return [loader.next() for _ in range(count)]
        finally:
            loader.close()

    alone, several = batches(0, 0, 6), batches(2, 0, 6)
    for one, other in zip(alone, several, strict=True):
        assert one.lr_BTHWC.equal(other.lr_BTHWC) and one.gt_BHWC.equal(other.gt_BHWC)
        assert one.turns == other.turns
    assert batches(0, 9, 1)[0].gt_BHWC.equal(alone[3].gt_BHWC), "a place needs no history"
    assert source.count == len(source.names) * TINY["PATCHES_PER_IMAGE"]


def test_validation_pairs_never_change_and_parts_differ(tmp_path: Path) -> None:
    source = write_images(tmp_path)
    data, again = opened(source), opened(source)
    assert data.test is not None
    lr, gt = data.val.read(0)
    assert np.array_equal(lr, again.val.read(0)[0]) and np.array_equal(gt, again.val.read(0)[1])
    same = Split(data.split.train, data.split.val, data.split.val, staged=False)
    other = ImageData(**{**data.__dict__, "split": same}).test
    assert other is not None and not np.array_equal(other.read(0)[0], lr)
