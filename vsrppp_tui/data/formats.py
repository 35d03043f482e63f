"""Patch formats: the sizes that GT patches may have, and the folders that hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vsrppp_tui.errors import UserError

SCALE = 3
"""How many GT pixels stand for one LR pixel along each side."""

SINGLE_FORMAT_FOLDER = "Patches"
"""The folder of a dataset that has one format and no category."""

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PatchFormat:
    """One size of training patches.

    Attributes:
        name: as written on the command line, such as ``small_540`` or ``240x240``.
        gt_width, gt_height: GT pixels, both multiples of 3.
        folder: the format's own folder below a dataset of several formats.
    """

    name: str
    gt_width: int
    gt_height: int
    folder: str

    @property
    def lr_width(self) -> int:
        """Width of an LR frame in LR pixels."""
        return self.gt_width // SCALE

    @property
    def lr_height(self) -> int:
        """Height of one LR frame in LR pixels."""
        return self.gt_height // SCALE

    @property
    def size(self) -> str:
        """GT size as ``WxH``."""
        return f"{self.gt_width}x{self.gt_height}"

    def stack_height(self, frames: int) -> int:
        """Height in LR pixels of `frames` LR frames stacked top to bottom."""
        return self.lr_height * frames

    def fits(self, width: int, height: int) -> bool:
        """Whether a picture of `width` x `height` pixels holds a patch of this format."""
        return self.gt_width <= width and self.gt_height <= height


NAMED_FORMATS: dict[str, PatchFormat] = {
    each.name: each
    for each in (
        PatchFormat("small_540", 540, 540, "Patches"),
        PatchFormat("medium_169", 720, 405, "Patches_Medium169"),
        PatchFormat("large_720", 720, 720, "Patches_Large"),
        PatchFormat("xlarge_1440", 1440, 810, "Patches_XLarge169"),
        PatchFormat("fullhd_1920", 1920, 1080, "Patches_FullHD"),
    )
}


def parse_format(text: str) -> PatchFormat:
    """Read a format given by name or as ``WxH``.

    A size that has a name is that named format, so that one size has one folder.

    Raises:
        UserError: an unknown name, or a size whose sides are not multiples of 3.
    """
    text = text.strip()
    if text in NAMED_FORMATS:
        return NAMED_FORMATS[text]
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UserError(
            f"The format {text!r} is not known: take one of {', '.join(NAMED_FORMATS)}, "
            "or a size such as 480x270."
        )
    return format_of_size(int(match[1]), int(match[2]))


def format_of_size(width: int, height: int) -> PatchFormat:
    """The format of a GT size in pixels.

    Raises:
        UserError: a side is zero or not a multiple of 3.
    """
    for side, value in (("width", width), ("height", height)):
        if value < SCALE or value % SCALE:
            near = max(SCALE, round(value / SCALE) * SCALE)
            raise UserError(
                f"The format {width}x{height} has a {side} of {value}, which is not a multiple of 3: "
                f"{near} would be."
            )
    for known in NAMED_FORMATS.values():
        if (known.gt_width, known.gt_height) == (width, height):
            return known
    size = f"{width}x{height}"
    return PatchFormat(size, width, height, f"Patches_{size}")


def parse_formats(text: str) -> tuple[PatchFormat, ...]:
    """Read several formats separated by commas, each once, in the order given.

    Raises:
        UserError: as `parse_format`, or an empty list.
    """
    names = [part for part in text.split(",") if part.strip()]
    if not names:
        raise UserError("No format is given: name one, such as small_540 or 480x270.")
    return tuple(dict.fromkeys(parse_format(name) for name in names))


def largest_square(width: int, height: int, limit: int = 540) -> PatchFormat:
    """The largest square format, up to `limit` pixels, in a picture of `width` x `height` pixels.

    Raises:
        UserError: the picture is smaller than 3 pixels along a side.
    """
    side = min(width, height, limit) // SCALE * SCALE
    return format_of_size(side, side)
