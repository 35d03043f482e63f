"""Small videos with sound, made on the spot, and what is in a video file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = Fraction(24000, 1001)
WIDTH, HEIGHT = 48, 32


def picture(number: int, *, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A frame of a smooth scene that moves; the scene changes entirely with every tenth frame."""
    scene, shift = divmod(number, 10)
    y, x = np.mgrid[0:height, 0:width]
    base = np.sin((x + shift) / 9 + scene) * 40 + np.cos(y / 7 - scene) * 40 + 60 + 90 * (scene % 2)
    return np.stack([base, base * 0.8, base * 0.5 + 60 * (scene % 2)], -1).clip(0, 255).astype("u1")


def write_clip(
    path: Path,
    frames: int = 12,
    *,
    sound: str | None = "aac",
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Path:
    """Write frames of `picture` at 23.976 a second, and a tone of the same length."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "5"})
        video.width, video.height, video.pix_fmt = (
            width,
            height,
            "yuv444p" if width % 2 else "yuv420p",
        )
        tone = container.add_stream(sound, rate=48000) if sound else None
        for number in range(frames):
            rgb = picture(number, width=width, height=height)
            container.mux(video.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(video.encode(None))
        if tone is not None:
            count = int(frames / RATE * 48000)
            wave = np.sin(np.arange(count) / 20)[None].astype(np.float32)
            if sound == "pcm_s16le":
                samples = av.AudioFrame.from_ndarray((wave * 9000).astype("i2"), "s16", "mono")
            else:
                samples = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            samples.sample_rate = 48000
            container.mux(tone.encode(samples))
            container.mux(tone.encode(None))
    return path


@dataclass(frozen=True, slots=True)
class Content:
    """What a video file holds: decoded pictures with their times, the packets of its sound."""

    pictures: list[np.ndarray]
    times: list[float]
    rate: Fraction
    codec: str
    pixel_format: str
    sound: list[bytes]


def content(path: Path) -> Content:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        context = video.codec_context
        rate, codec, pixel_format = video.average_rate, context.name, context.pix_fmt
    with av.open(str(path)) as container:
        sounds = container.streams.audio
        packets = [bytes(p) for p in container.demux(*sounds) if p.size] if sounds else []
    rgb = [frame.to_ndarray(format="rgb24") for frame in frames]
    return Content(rgb, [frame.time for frame in frames], rate, codec, pixel_format, packets)
