from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.deploy.clips import picture
from tests.deploy.networks import network
from vsrppp_tui.deploy.enlarger import Enlarger
from vsrppp_tui.deploy.pictures import PictureFile, read_picture, upscale_picture, write_picture
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.vsrppp import VsrpppNetwork


@pytest.fixture
def enlarger() -> Enlarger:
    return Enlarger(network("vsrppp"), torch.device("cpu"))


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".webp", ".bmp", ".tif"])
def test_what_is_written_is_the_network_output(
    suffix: str, tmp_path: Path, enlarger: Enlarger
) -> None:
    rgb = picture(0)
    write_picture(tmp_path / "in.png", PictureFile(rgb, None))
    out = tmp_path / f"out{suffix}"
    upscale_picture(tmp_path / "in.png", out, enlarger)
    found = read_picture(out)
    assert np.array_equal(found.rgb, enlarger.enlarge_still(rgb))
    assert found.alpha is None


def test_transparency_and_16_bits_are_kept(tmp_path: Path, enlarger: Enlarger) -> None:
    rgb = picture(0).astype(np.uint16) * 257
    alpha = np.full(rgb.shape[:2], 65535, np.uint16)
    alpha[:, :20] = 0
    write_picture(tmp_path / "in.png", PictureFile(rgb, alpha))
    upscale_picture(tmp_path / "in.png", tmp_path / "out.tif", enlarger)
    found = read_picture(tmp_path / "out.tif")
    assert np.array_equal(found.rgb, enlarger.enlarge_still(rgb))
    assert found.rgb.dtype == np.uint16
    assert found.alpha is not None and found.alpha.shape == found.rgb.shape[:2]
    assert (found.alpha[:, :50] == 0).all() and (found.alpha[:, 70:] == 65535).all()


def test_a_kind_without_them_gets_8_bits_and_no_transparency(tmp_path: Path) -> None:
    enlarger = Enlarger(VsrpppNetwork(4, 2).eval(), torch.device("cpu"))  # smooth: bilinear
    rgb = picture(0).astype(np.uint16) * 257
    write_picture(tmp_path / "in.png", PictureFile(rgb, rgb[..., 0]))
    upscale_picture(tmp_path / "in.png", tmp_path / "out.jpg", enlarger)
    found = read_picture(tmp_path / "out.jpg")
    expected = enlarger.enlarge_still(picture(0)).astype(int)
    assert found.rgb.dtype == np.uint8 and found.alpha is None
    assert np.abs(found.rgb - expected).mean() < 2


def test_a_grey_image_is_read(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), picture(0)[..., 0])
    assert np.array_equal(read_picture(tmp_path / "grey.png").rgb[..., 2], picture(0)[..., 0])


@pytest.mark.parametrize("content", [b"", b"junk"])
def test_what_is_no_image_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.png is damaged"):
        read_picture(tmp_path / "a.png")
