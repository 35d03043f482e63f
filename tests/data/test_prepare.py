from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from data_files import moving_scene

from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.degrade import reduce_to_lr
from vsrppp_tui.data.prepare import prepare_dataset
from vsrppp_tui.data.prepare_settings import PrepareSettings, choose_formats, parse_frames
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.data.video import decode_video, to_rgb
from vsrppp_tui.errors import UserError

WriteVideo = Callable[..., Path]


@pytest.fixture
def clip(write_video: WriteVideo) -> Path:
    """Two scenes of 32 frames; a cut at frame 32, in the middle of what would be a window."""
    return write_video("clip.mp4", moving_scene(0, 32) + moving_scene(1, 32))


def settings(formats: str = "48x48", **options: object) -> PrepareSettings:
    from vsrppp_tui.data.formats import parse_formats

    return PrepareSettings(parse_formats(formats), **options)


def digest(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*.png"))
    }


def starts(folder: Path) -> set[int]:
    return {int(path.stem.split("_")[-2]) for path in folder.glob("*.png")}


def test_a_video_becomes_a_dataset_that_opens(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    calls: list[tuple[int, int]] = []
    result = prepare_dataset(
        [clip], out, settings(), lambda done, total: calls.append((done, total))
    )
    data = open_dataset(DatasetSpec(out))
    assert (data.count, data.val.count) == (result.train_pairs, result.val_pairs)
    assert (data.train[0].lr_height, data.train[0].lr_width) == (16, 16)
    assert data.val.lr_source == "Val/LR"
    assert calls[0][0] == 0 and calls[-1][0] == calls[-1][1] > 5
    assert json.loads((out / "prepare.json").read_text())["videos"]["clip"]["cuts"] == [32]


def test_no_window_crosses_the_cut_and_no_frame_is_in_both_parts(
    clip: Path, tmp_path: Path
) -> None:
    prepare_dataset([clip], tmp_path / "out", settings())
    train = starts(tmp_path / "out/Patches/GT")
    val = starts(tmp_path / "out/Val/GT")
    assert train and val
    assert not any(start < 32 < start + 5 for start in train | val)
    frames = {start + step for start in train for step in range(5)}
    assert not frames & {start + step for start in val for step in range(5)}


def test_lr_frames_are_the_reduced_crops_of_the_window(clip: Path, tmp_path: Path) -> None:
    prepare_dataset([clip], tmp_path / "out", settings("96x96"))
    data = open_dataset(DatasetSpec(tmp_path / "out")).train[0]
    lr, gt = data.read(0)
    start = int(data.names[0].split("_")[1])
    video = [to_rgb(frame) for frame in decode_video(clip)]
    width = video[0].shape[1]
    left = next(
        left for left in range(width - 95) if (video[start + 2][:, left : left + 96] == gt).all()
    )
    for step in range(5):
        crop = np.ascontiguousarray(video[start + step][:, left : left + 96])
        assert (reduce_to_lr(crop[None])[0] == lr[step]).all()


def test_an_interrupted_preparation_goes_on_to_the_same_files(clip: Path, tmp_path: Path) -> None:
    prepare_dataset([clip], tmp_path / "whole", settings())

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        prepare_dataset([clip], out, settings(), interrupt)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    finished = json.loads((out / "prepare.json").read_text())["videos"]["clip"]["finished"]
    assert len(finished) == 4
    scanned: list[int] = []
    prepare_dataset([clip], out, settings(), None, lambda done, total: scanned.append(done))
    assert digest(out) == digest(tmp_path / "whole")
    assert scanned == []
    kept = [path for path in times if int(path.stem.split("_")[-2]) in map(int, finished)]
    assert kept and all(path.stat().st_mtime_ns == times[path] for path in kept)


def test_a_file_that_was_lost_or_cut_short_is_made_again(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare_dataset([clip], out, settings())
    before = digest(out)
    first, second, *_ = sorted((out / "Patches/LR").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:100])
    prepare_dataset([clip], out, settings())
    assert digest(out) == before


def test_a_second_video_joins_the_dataset(
    clip: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    other = write_video("other.mkv", moving_scene(5, 40))
    first = prepare_dataset([clip], tmp_path / "out", settings())
    both = prepare_dataset([clip, other], tmp_path / "out", settings())
    assert both.train_pairs > first.train_pairs
    assert open_dataset(DatasetSpec(tmp_path / "out")).count == both.train_pairs


def test_limit_bounds_the_windows_of_a_video(clip: Path, tmp_path: Path) -> None:
    prepare_dataset([clip], tmp_path / "out", settings(limit=4))
    train, val = (starts(tmp_path / "out" / part / "GT") for part in ("Patches", "Val"))
    assert (len(train), len(val)) == (3, 1)


def test_several_formats_lengths_and_a_category_have_folders_of_their_own(
    clip: Path, tmp_path: Path
) -> None:
    prepare_dataset(
        [clip], tmp_path, settings("48x48,96x48", frames=(5, 7), category="toon", limit=3)
    )
    learn = tmp_path / "Toon/ToonModel/Learn"
    for folder in ("Patches_48x48", "Patches_96x48"):
        names = {path.name for path in (learn / folder / "GT").iterdir()}
        assert names
        for lr_folder in ("LR_5frames", "LR_7frames"):
            assert names == {path.name for path in (learn / folder / lr_folder).iterdir()}
    assert [path.name for path in (learn / "Val").iterdir()] == ["GT"]
    prepare_dataset([clip], tmp_path / "plain", settings("48x48,96x48", limit=3))
    assert {path.name for path in (tmp_path / "plain").glob("P*")} == {
        "Patches_48x48",
        "Patches_96x48",
    }


def test_other_settings_for_a_folder_are_refused(clip: Path, tmp_path: Path) -> None:
    prepare_dataset([clip], tmp_path / "out", settings(limit=3))
    with pytest.raises(UserError, match="was prepared with limit 3, not 4"):
        prepare_dataset([clip], tmp_path / "out", settings(limit=4))
    with pytest.raises(UserError, match="with formats 48x48, not 96x96"):
        prepare_dataset([clip], tmp_path / "out", settings("96x96", limit=3))


def test_a_dataset_from_elsewhere_is_left_alone(clip: Path, root: Path) -> None:
    with pytest.raises(UserError, match="did not make"):
        prepare_dataset([clip], root, settings())


def test_what_cannot_be_cut_is_refused_by_name(
    clip: Path, write_video: WriteVideo, tmp_path: Path
) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("this is not a video")
    short = write_video("short.mp4", moving_scene(0, 6))
    grey = write_video("grey.mp4", [np.full((96, 144, 3), 90, np.uint8)] * 20)
    (tmp_path / "copy").mkdir()
    twin = tmp_path / "copy" / "clip.mp4"
    twin.write_bytes(clip.read_bytes())
    for videos, message in (
        ([tmp_path / "gone.mp4"], r"gone\.mp4 does not exist"),
        ([text], r"notes\.mp4 cannot be read as a video"),
        ([short], r"short\.mp4 is too short"),
        ([grey], r"grey\.mp4 is too flat"),
        ([clip, twin], "have the same name"),
    ):
        with pytest.raises(UserError, match=message):
            prepare_dataset(videos, tmp_path / f"out{len(message)}", settings())
    with pytest.raises(
        UserError, match=r"small_540 \(540x540\) is larger than clip\.mp4 \(144x96\)"
    ):
        prepare_dataset([clip], tmp_path / "new", settings("small_540"))
    assert not (tmp_path / "new").exists()


def test_settings_that_make_no_sense_are_refused() -> None:
    for options, message in (
        ({"limit": 1}, "--limit 1 is too few"),
        ({"frames": (4,)}, "must be odd"),
        ({"category": "cats"}, "take one of general, space, toon"),
    ):
        with pytest.raises(UserError, match=message):
            settings(**options)
    assert parse_frames("7,5") == (5, 7)
    with pytest.raises(UserError, match="--frames 6"):
        parse_frames("6")


def test_the_default_format_is_the_largest_square_that_fits_all(
    clip: Path, write_video: WriteVideo
) -> None:
    other = write_video("other.mp4", moving_scene(0, 3, 64, 200))
    assert [each.size for each in choose_formats([clip], None)] == ["96x96"]
    assert [each.size for each in choose_formats([clip, other], None)] == ["63x63"]
    with pytest.raises(UserError, match=r"96x96.*other\.mp4"):
        choose_formats([clip, other], "48x48,96x96")


def test_what_is_prepared_for_a_category_trains_in_every_length_and_format(
    clip: Path, tmp_path: Path
) -> None:
    options = settings("48x48,144x81", frames=(5, 7), category="general", limit=4)
    result = prepare_dataset([clip], tmp_path, options)
    for frames in (5, 7):
        spec = DatasetSpec(tmp_path, "general", frames, options.formats, made_validation=True)
        data = open_dataset(spec)
        assert (data.count, data.val.count) == (result.train_pairs, result.val_pairs)
        assert data.val.lr_source == "made on the fly"
        sizes = {data.val.read(index)[0].shape for index in range(data.val.count)}
        assert sizes == {(frames, 16, 16, 3), (frames, 27, 48, 3)}
        for patches in data.train:
            lr, gt = patches.read(0)
            middle = reduce_to_lr(gt[None])[0]
            assert (lr[frames // 2] == middle).all()


def test_the_categories_of_one_dataset_are_prepared_apart(clip: Path, tmp_path: Path) -> None:
    before: dict[str, str] = {}
    for category, formats in (("space", "96x54"), ("toon", "48x48")):
        prepare_dataset([clip], tmp_path, settings(formats, category=category, limit=3))
        assert before.items() < digest(tmp_path).items()
        before = digest(tmp_path)
    prepare_dataset([clip], tmp_path, settings("96x54", category="space", limit=3))
    assert digest(tmp_path) == before
    with pytest.raises(UserError, match=r"ToonModel/Learn was prepared with limit 3, not 4"):
        prepare_dataset([clip], tmp_path, settings("48x48", category="toon", limit=4))


def test_an_interrupted_category_goes_on_to_the_same_files(clip: Path, tmp_path: Path) -> None:
    options = settings("48x48,144x81", frames=(5, 7), category="general", limit=4)
    prepare_dataset([clip], tmp_path / "whole", options)

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_dataset([clip], tmp_path / "out", options, interrupt)
    prepare_dataset([clip], tmp_path / "out", options)
    assert digest(tmp_path / "out") == digest(tmp_path / "whole")


def test_a_category_from_elsewhere_is_left_alone(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "Toon/ToonModel/Learn/Patches_Large").mkdir(parents=True)
    with pytest.raises(UserError, match="did not make"):
        prepare_dataset([clip], tmp_path, settings(category="toon"))


def test_a_format_without_a_patch_to_learn_from_is_named(
    write_video: WriteVideo, tmp_path: Path
) -> None:
    """Texture in one corner: small patches there are lively, the one large patch is not."""
    frames = [np.full((96, 144, 3), 90, np.uint8) for _ in range(20)]
    for frame in frames:
        frame[:20, :20] = 200
    video = write_video("corner.mp4", frames)
    with pytest.raises(UserError, match=r"Every 144x96 patch of corner\.mp4 is too flat"):
        prepare_dataset([video], tmp_path / "out", settings("144x96,24x24", limit=3))
