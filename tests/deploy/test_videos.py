from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import pytest
import torch

from tests.deploy.clips import HEIGHT, RATE, WIDTH, content, picture, write_clip
from tests.deploy.networks import network
from vsrppp_tui.deploy.enlarger import Enlarger
from vsrppp_tui.deploy.video_survey import survey
from vsrppp_tui.deploy.videos import upscale_video
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.vsrppp import VsrpppNetwork


def silent(done: int, total: int) -> None:
    pass


def enlarge(source: Path, out: Path, enlarger: Enlarger, **options: Any) -> None:
    options = {"surveying": silent, "progress": silent, **options}
    upscale_video(source, out, enlarger, **options)


@pytest.fixture
def enlarger() -> Enlarger:
    """An untrained VSR+++ network: the bilinear enlargement."""
    return Enlarger(VsrpppNetwork(4, 2).eval(), torch.device("cpu"))


def test_frames_rate_times_and_sound_are_kept(tmp_path: Path, enlarger: Enlarger) -> None:
    source = write_clip(tmp_path / "in.mp4", 25)
    told: list[tuple[int, int]] = []
    enlarge(source, tmp_path / "out.mp4", enlarger, progress=lambda *now: told.append(now), crf=5)
    before, after = content(source), content(tmp_path / "out.mp4")
    assert told == [(number, 25) for number in range(26)]
    assert len(after.pictures) == len(before.pictures) == 25
    assert after.rate == before.rate == RATE
    assert after.times == pytest.approx(before.times, abs=1e-4)
    assert after.sound == before.sound and len(after.sound) > 20
    assert (after.codec, after.pixel_format) == ("h264", "yuv420p")
    for small, large in zip(before.pictures, after.pictures, strict=True):
        assert large.shape == (3 * HEIGHT, 3 * WIDTH, 3)
        means = large.reshape(HEIGHT, 3, WIDTH, 3, 3).mean((1, 3))
        assert np.abs(means - small).mean() < 3  # the same picture in the same colours


def test_windows_do_not_reach_across_scene_cuts(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", 24, sound=None)
    assert survey(source, silent).scenes == (range(0, 10), range(10, 20), range(20, 24))

    class Watched(Enlarger):
        seen: ClassVar[list[list[float]]] = []

        def enlarge(self, frames: Any) -> Any:
            self.seen.append([frame.mean() for frame in frames])
            return super().enlarge(frames)

    enlarge(source, tmp_path / "out.mkv", Watched(network("vsrpp7"), torch.device("cpu")))
    means = [frame.mean() for frame in content(source).pictures]
    near = lambda numbers: pytest.approx([means[number] for number in numbers], abs=0.5)  # noqa: E731
    assert len(Watched.seen) == 24
    assert Watched.seen[0] == near([3, 2, 1, 0, 1, 2, 3])
    assert Watched.seen[9] == near([6, 7, 8, 9, 8, 7, 6])
    assert Watched.seen[10] == near([13, 12, 11, 10, 11, 12, 13])
    assert Watched.seen[23] == near([20, 21, 22, 23, 22, 21, 20])


def test_an_image_network_goes_frame_by_frame(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", 3)
    torch.manual_seed(0)
    enlarge(source, tmp_path / "out.mkv", Enlarger(RRDBNet(2, 4, 1, 4).eval(), torch.device("cpu")))
    after = content(tmp_path / "out.mkv")
    assert [each.shape for each in after.pictures] == [(2 * HEIGHT, 2 * WIDTH, 3)] * 3
    assert after.sound == content(source).sound


def test_odd_sides_get_one_more_line(tmp_path: Path, enlarger: Enlarger) -> None:
    source = write_clip(tmp_path / "in.mp4", 2, width=47, height=31)
    enlarge(source, tmp_path / "out.mp4", enlarger)
    assert content(tmp_path / "out.mp4").pictures[0].shape == (94, 142, 3)


def test_a_variable_rate_is_kept(tmp_path: Path, enlarger: Enlarger) -> None:
    path = tmp_path / "in.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for pts in (0, 40, 50, 200, 210):
            frame = av.VideoFrame.from_ndarray(picture(0), format="rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    enlarge(path, tmp_path / "out.mp4", enlarger)
    assert content(tmp_path / "out.mp4").times == pytest.approx(
        [0, 0.04, 0.05, 0.2, 0.21], abs=1e-3
    )


def test_a_turned_video_is_enlarged_as_it_is_shown(tmp_path: Path, enlarger: Enlarger) -> None:
    path = tmp_path / "in.mp4"
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rgb[: HEIGHT // 2, : WIDTH // 2] = 255  # white at the top left as stored
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.set_display_rotation(90)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    enlarge(path, tmp_path / "out.mp4", enlarger)
    shown = content(tmp_path / "out.mp4").pictures[0]
    assert shown.shape == (3 * WIDTH, 3 * HEIGHT, 3)
    middle = 3 * WIDTH // 2
    assert shown[middle + 9 :, :30].mean() > 250 and shown[: middle - 9].mean() < 5
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(3, 4)
        assert next(container.decode(video=0)).rotation == 0


@pytest.mark.parametrize("lines", [32, 720])
def test_colours_that_are_not_named_are_named_in_the_output(
    lines: int, tmp_path: Path, enlarger: Enlarger
) -> None:
    source = write_clip(tmp_path / "in.mp4", 1, sound=None, width=16, height=lines)
    enlarge(source, tmp_path / "out.mp4", enlarger, crf=0)
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1 if lines == 720 else 6, 1)


def test_sound_that_does_not_fit_is_refused(tmp_path: Path, enlarger: Enlarger) -> None:
    source = write_clip(tmp_path / "in.mkv", 3, sound="pcm_s16le")
    with pytest.raises(UserError, match=r"\.mp4 cannot hold the sound \(pcm_s16le\).*out\.mkv"):
        enlarge(source, tmp_path / "out.mp4", enlarger)
    enlarge(source, tmp_path / "out.mkv", enlarger)
    after = content(tmp_path / "out.mkv")
    assert b"".join(after.sound) == b"".join(content(source).sound)
    assert {path.name for path in tmp_path.iterdir()} == {"in.mkv", "out.mkv"}


def test_damage_is_found_before_anything_is_written(tmp_path: Path, enlarger: Enlarger) -> None:
    source = write_clip(tmp_path / "in.mkv", 12)
    data = source.read_bytes()
    (tmp_path / "junk.mkv").write_bytes(b"junk" * 99)
    with pytest.raises(UserError, match="cannot be read as a video"):
        enlarge(tmp_path / "junk.mkv", tmp_path / "out.mkv", enlarger)
    (tmp_path / "empty.mkv").write_bytes(data[:600])
    with pytest.raises(UserError, match=r"empty\.mkv"):
        enlarge(tmp_path / "empty.mkv", tmp_path / "out.mkv", enlarger)
    assert {path.name for path in tmp_path.iterdir()} == {"in.mkv", "junk.mkv", "empty.mkv"}


def test_a_failure_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", 12)

    class Failing(Enlarger):
        def enlarge(self, frames: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enlarge(source, tmp_path / "out.mp4", Failing(network("rrdb2"), torch.device("cpu")))
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4"}
