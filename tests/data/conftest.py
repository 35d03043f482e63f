"""Small datasets and videos for the tests of the data package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from data_files import write_pair
from numpy.typing import NDArray

from vsrppp_tui.data.formats import parse_formats
from vsrppp_tui.data.spec import DatasetSpec

Frames = Sequence[NDArray[np.uint8]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six training pairs (GT 30x24, LR frames 10x8) and two validation pairs."""
    for index in range(6):
        write_pair(tmp_path / "set", "Patches", f"p{index}", (8, 10))
    for index in range(2):
        write_pair(tmp_path / "set", "Val", f"v{index}", (8, 10))
    return tmp_path / "set"


@pytest.fixture
def mixed(tmp_path: Path) -> DatasetSpec:
    """Two formats of the category space, 7 frames: LR frames of 16x9 (five pairs) and 8x8 (three)."""
    formats = parse_formats("48x27,24x24")
    spec = DatasetSpec(tmp_path / "mixed", "space", 7, formats, made_validation=True)
    for format_, count in zip(formats, (5, 3), strict=True):
        size = format_.lr_height, format_.lr_width
        for index in range(count):
            write_pair(spec.root, format_.folder, f"p{index}", size, 7, "LR_7frames")
    write_pair(spec.root, "Val", "v0", (9, 16), 7)
    return spec


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[[str, Frames], Path]:
    """Write frames as a nearly lossless H.264 video and return its path."""

    def write(name: str, frames: Frames) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuv444p"
            stream.options = {"crf": "4", "preset": "ultrafast"}
            for pixels in frames:
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write
