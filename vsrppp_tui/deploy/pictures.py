"""Image files in and out, with their transparency and 16 bits where both files have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.deploy.enlarger import Enlarger, Pixels
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import write_atomically

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

_WITH_ALPHA = (".png", ".webp", ".tif", ".tiff")
_WITH_16_BITS = (".png", ".tif", ".tiff")
_QUALITY = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101],  # above 100: lossless
}


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Pixels of an image file: RGB [H, W, 3], and its transparency [H, W] where it has one."""

    rgb: Pixels
    alpha: Pixels | None


def is_picture(path: Path) -> bool:
    """Whether the name is one of an image file."""
    return path.suffix.lower() in SUFFIXES


def upscale_picture(source: Path, out: Path, enlarger: Enlarger) -> None:
    """Enlarge one image file; `out` appears whole or not at all.

    The transparency, of which the network knows nothing, is enlarged by cubic interpolation.

    Raises:
        UserError: `source` cannot be read.
        OSError: `out` cannot be written.
    """
    picture = read_picture(source)
    rgb = enlarger.enlarge_still(picture.rgb)
    alpha = None
    if picture.alpha is not None:
        size = (rgb.shape[1], rgb.shape[0])
        alpha = cv2.resize(picture.alpha, size, interpolation=cv2.INTER_CUBIC)
    write_picture(out, PictureFile(rgb, alpha))


def read_picture(path: Path) -> PictureFile:
    """Read an image file, turned as its EXIF data say; grey ones are widened to RGB.

    Raises:
        UserError: not an image, damaged, or not readable.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise UserError(f"The image {path} cannot be read ({error.strerror}).") from None
    bgr = _decode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if bgr is None or bgr.dtype not in (np.uint8, np.uint16):
        raise UserError(f"The image {path} is damaged or of a kind that cannot be read.")
    as_stored = _decode(data, cv2.IMREAD_UNCHANGED)
    alpha = None
    if as_stored is not None and as_stored.ndim == 3 and as_stored.shape[2] == 4:
        alpha = as_stored[..., 3]
        if alpha.shape != bgr.shape[:2] or alpha.min() == np.iinfo(alpha.dtype).max:
            alpha = None  # turned by EXIF, or opaque everywhere
    return PictureFile(np.ascontiguousarray(bgr[..., ::-1]), alpha)


def write_picture(path: Path, picture: PictureFile) -> None:
    """Write an image file by its suffix; what its kind cannot hold (16 bits, transparency) is left out.

    Raises:
        OSError: it cannot be written.
    """
    suffix = path.suffix.lower()
    pixels: NDArray[Any] = picture.rgb[..., ::-1]
    if picture.alpha is not None and suffix in _WITH_ALPHA:
        pixels = np.dstack((pixels, picture.alpha))
    if pixels.dtype == np.uint16 and suffix not in _WITH_16_BITS:
        pixels = ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    done, data = cv2.imencode(suffix, np.ascontiguousarray(pixels), _QUALITY.get(suffix, []))
    if not done:
        raise OSError(0, f"OpenCV cannot encode {suffix}")
    write_atomically(path, data.tobytes())


def _decode(data: NDArray[np.uint8], flags: int) -> NDArray[Any] | None:
    try:
        return cv2.imdecode(data, flags)
    except cv2.error:
        return None
