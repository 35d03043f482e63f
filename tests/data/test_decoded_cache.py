from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from data_files import write_pair

import vsrppp_tui.data.cache as cache
from vsrppp_tui.data.cache import CachedPatches, cache_folder, decoded_bytes, with_cache
from vsrppp_tui.data.dataset import PatchSet, open_dataset
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.data.stacks import UnreadablePatch


@pytest.fixture
def patches(root: Path) -> PatchSet:
    return open_dataset(DatasetSpec(root)).train[0]


def test_the_pixels_are_those_of_the_png_files(patches: PatchSet) -> None:
    calls: list[tuple[int, int]] = []
    cached, text = with_cache(patches, 1.0, lambda done, total: calls.append((done, total)))
    assert isinstance(cached, CachedPatches), text
    assert calls[-1] == (6, 6)
    for index in range(patches.count):
        for ours, theirs in zip(cached.read(index), patches.read(index), strict=True):
            assert np.array_equal(ours, theirs)
    shape = (cached.count, cached.frames, cached.lr_height, cached.lr_width, cached.fingerprint)
    assert shape == (6, 5, 8, 10, patches.fingerprint)


def test_it_is_built_once_and_travels_to_a_worker_without_its_pixels(patches: PatchSet) -> None:
    first, _ = with_cache(patches, 1.0)
    first.read(0)
    calls: list[int] = []
    second, _ = with_cache(patches, 1.0, lambda done, total: calls.append(done))
    assert calls == []
    copy = pickle.dumps(first)
    assert len(copy) < 4000
    assert np.array_equal(pickle.loads(copy).read(2)[1], second.read(2)[1])


def test_arrays_of_other_files_are_built_again(patches: PatchSet, root: Path) -> None:
    with_cache(patches, 1.0)
    write_pair(root, "Patches", "another", (8, 10))
    grown = open_dataset(DatasetSpec(root)).train[0]
    cached, text = with_cache(grown, 1.0)
    assert text.startswith("Decoded")
    assert np.array_equal(cached.read(0)[1], grown.read(0)[1])


@pytest.mark.parametrize("damage", ["{", "{}", "[]"])
def test_a_damaged_manifest_is_built_again(patches: PatchSet, damage: str) -> None:
    with_cache(patches, 1.0)
    (cache_folder(patches) / "manifest.json").write_text(damage)
    _, text = with_cache(patches, 1.0)
    assert text.startswith("Decoded")


def test_over_budget_the_png_files_are_read_and_it_says_so(patches: PatchSet) -> None:
    assert decoded_bytes(patches) == 6 * (5 * 8 * 10 * 3 + 24 * 30 * 3)
    chosen, text = with_cache(patches, 1e-6)
    assert chosen is patches
    assert "more than CACHE_BUDGET_GB = 1e-06" in text
    assert not cache_folder(patches).exists()


def test_without_disk_space_the_png_files_are_read(
    patches: PatchSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_LEFT_FREE", 10**18)
    chosen, text = with_cache(patches, 1.0)
    assert chosen is patches
    assert "GB left" in text


def test_a_folder_that_cannot_be_written_leaves_the_png_files(patches: PatchSet) -> None:
    cache_folder(patches).write_text("a file stands in the way")
    chosen, text = with_cache(patches, 1.0)
    assert chosen is patches
    assert "reading the PNG files" in text


def test_an_interrupted_build_leaves_nothing_that_looks_finished(patches: PatchSet) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_cache(patches, 1.0, interrupt)
    assert {path.name for path in cache_folder(patches).iterdir()} == {"lock"}


def test_pairs_that_do_not_decode_are_unreadable_from_the_cache_too(
    patches: PatchSet, root: Path
) -> None:
    path = root / "Patches/GT/p4.png"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    for _ in range(2):  # built, then found
        cached, _ = with_cache(patches, 1.0)
        with pytest.raises(UnreadablePatch, match=r"p4\.png"):
            cached.read(4)
    assert json.loads((cache_folder(patches) / "manifest.json").read_text())["unreadable"] == [4]
