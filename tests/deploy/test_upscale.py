from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.clips import content, picture, write_clip
from tests.deploy.networks import network, write_run_checkpoint
from vsrppp_tui.commands.upscale import UpscaleOptions, upscale
from vsrppp_tui.deploy import upscale as module
from vsrppp_tui.deploy import video_writer
from vsrppp_tui.deploy.pictures import PictureFile, read_picture, write_picture
from vsrppp_tui.errors import UserError


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_run_checkpoint(tmp_path / "run.pth", "vsrppp", network("vsrppp"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, one of them deeper, a video, and a file that is neither."""
    root = tmp_path / "in"
    (root / "deep").mkdir(parents=True)
    write_picture(root / "a.bmp", PictureFile(picture(0), None))
    write_picture(root / "deep" / "b.png", PictureFile(picture(1), None))
    write_clip(root / "c.mp4", 3)
    (root / "notes.txt").write_text("nothing")
    return root


def run(source: Path, out: Path, weights: Path, **options: Any) -> int:
    return upscale(UpscaleOptions(source, out, weights, device="cpu", **options))


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_folder_is_enlarged_and_goes_on_where_it_was_left(
    tmp_path: Path, folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(folder, out, weights) == 0
    assert names(out) == {"a.png", "deep/b.png", "c.mp4"}
    assert read_picture(out / "a.png").rgb.shape == (96, 144, 3)
    assert "file 3 of 3" in capsys.readouterr().out
    (out / "a.png").unlink()
    (out / f".a.png.tmp-{2**22 + 1}-0").write_bytes(b"left by a killed process")
    kept = (out / "c.mp4").stat().st_mtime_ns
    assert run(folder, out, weights) == 0
    assert names(out) == {"a.png", "deep/b.png", "c.mp4"}
    assert (out / "c.mp4").stat().st_mtime_ns == kept
    assert "2 of 3 files are there already" in capsys.readouterr().out


def test_what_cannot_be_read_is_left_out_and_named(
    tmp_path: Path, folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.jpg").write_bytes(b"junk")
    (folder / "broken.avi").write_bytes(b"junk")
    assert run(folder, tmp_path / "out", weights) == 1
    text = capsys.readouterr().out
    assert "broken.jpg is damaged" in text and "broken.avi cannot be read as a video" in text
    assert names(tmp_path / "out") == {"a.png", "deep/b.png", "c.mp4"}


def test_one_image_and_its_tiles(
    tmp_path: Path, folder: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder / "a.bmp", tmp_path / "whole.png", weights) == 0
    assert run(folder / "a.bmp", tmp_path / "tiled.png", weights, tile=16) == 0
    assert "In tiles of 16 pixels that overlap by" in capsys.readouterr().out
    whole, tiled = (read_picture(tmp_path / f"{name}.png").rgb for name in ("whole", "tiled"))
    assert abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize(
    ("source", "out", "words"),
    [
        ("in/none.png", "out.png", "does not exist"),
        ("in/a.bmp", "out.gif", r"must end in \.png"),
        ("in/c.mp4", "out.webm", r"must end in \.mp4, \.m4v, \.mov, \.mkv"),
        ("in/c.mp4", "in/c.mp4", "is there already"),
        ("in/a.bmp", "none/out.png", "folder .*none does not exist"),
        ("in/notes.txt", "out.png", "is no image or video by its name"),
        ("in", "run.pth", "is a file, but"),
        ("in", "in/out", "lies in"),
        ("in", "in", "lies in"),
        ("in/empty", "out", "holds no images and no videos"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    source: str, out: str, words: str, tmp_path: Path, folder: Path, weights: Path
) -> None:
    (folder / "empty").mkdir()
    before = names(tmp_path)
    with pytest.raises(UserError, match=words):
        run(tmp_path / source, tmp_path / out, weights)
    assert names(tmp_path) == before


def test_two_files_that_would_become_one_are_refused(
    tmp_path: Path, folder: Path, weights: Path
) -> None:
    write_picture(folder / "a.png", PictureFile(picture(0), None))
    with pytest.raises(UserError, match=r"a\.bmp and .*a\.png would both become .*out/a\.png"):
        run(folder, tmp_path / "out", weights)


def test_a_full_disk_ends_the_work(
    tmp_path: Path, folder: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "upscale_picture", full)
    with pytest.raises(UserError, match=r"a\.png cannot be written \(No space left on device\)"):
        run(folder, tmp_path / "out", weights)
    with pytest.raises(UserError, match=r"one\.png cannot be written"):
        run(folder / "a.bmp", tmp_path / "one.png", weights)


def test_a_disk_that_fills_up_under_a_video_leaves_nothing(
    tmp_path: Path, folder: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, block: Any) -> int:
            raise OSError(28, "No space left on device")

    @contextmanager
    def replacing(path: Path) -> Iterator[io.BytesIO]:
        with real(path):
            yield Full()

    real = video_writer.replacing
    monkeypatch.setattr(video_writer, "replacing", replacing)
    with pytest.raises(UserError, match=r"out\.mp4 cannot be written \(No space left on device\)"):
        run(folder / "c.mp4", tmp_path / "out.mp4", weights)
    assert not [name for name in names(tmp_path) if "out" in name]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vsrppp_tui", "upscale", *map(str, arguments)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.e2e
def test_ctrl_c_in_the_middle_leaves_no_half_video(tmp_path: Path, weights: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", 600)
    with start(source, tmp_path / "out.mp4", "--weights", weights) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "enlarging: frame" in line:
                process.send_signal(signal.SIGINT)
                break
        text, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in text and errors == ""
    assert names(tmp_path) == {"in.mp4", "run.pth"}


@pytest.mark.e2e
def test_the_program_enlarges_a_video_and_tells_errors_in_a_sentence(
    tmp_path: Path, weights: Path
) -> None:
    source = write_clip(tmp_path / "in.mp4", 5)
    with start(source, tmp_path / "out.mkv", "--weights", weights, "--crf", 30) as process:
        text, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "VSRTriplePlus_3x x3, 5 frames, step 1200 on CPU" in text
    after = content(tmp_path / "out.mkv")
    assert len(after.pictures) == 5 and after.sound == content(source).sound
    with start(source, tmp_path / "out2.mkv", "--weights", source) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == f"vsrppp: {source} is damaged or not a file of weights: name another one.\n"
