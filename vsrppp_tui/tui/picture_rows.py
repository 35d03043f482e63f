"""What the picture screen says around the picture: which one it is, how near, and where its file is."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.counting import count, counted
from vsrppp_tui.link.interface import Snapshot, ValidationResult
from vsrppp_tui.tui.comparison import Layout
from vsrppp_tui.tui.gallery import Gallery
from vsrppp_tui.tui.picture_loader import DrawnPicture
from vsrppp_tui.tui.text import decimal
from vsrppp_tui.tui.widgets.header import state_row
from vsrppp_tui.tui.widgets.rows import Row, row_width, spread
from vsrppp_tui.tui.widgets.validation_rows import gain_row


def title_row(gallery: Gallery, snapshot: Snapshot, key: str, width: int) -> Row:
    """Which validation and which sample, and the state of the run; what has no room is left out.

    `key` goes to a newer validation, where there is one.
    """
    right = state_row(snapshot)
    row: Row = (("Pictures", "accent"),)
    if gallery.result is not None:
        place = " (newest)" if gallery.at_newest else f" ({gallery.place + 1} of {gallery.count})"
        row += (
            ("   validation at ", "dim"),
            (f"step {count(gallery.result.step)}", "strong"),
            (place, "dim"),
        )
        if gallery.picture is not None:
            samples = len(gallery.result.pictures)
            row += (("   sample ", "dim"), (f"{gallery.sample + 1} of {samples}", "strong"))
        newer: Row = (*row, (f"   {key} newer", "high"))
        if not gallery.at_newest and row_width(newer) + row_width(right) < width:
            row = newer
    return spread(row, right, width)


def mean_row(result: ValidationResult, width: int) -> Row:
    """The validation as a whole: PSNR of baseline and network, and the network's quality."""
    before, after = result.baseline, result.network
    left: Row = (
        (f"Mean PSNR of {counted(result.images, 'image')}  ", "dim"),
        (f"{result.baseline_name} ", "dim"),
        (f"{decimal(before.psnr, 2)} dB  ", "text"),
        ("network ", "dim"),
        (f"{decimal(after.psnr, 2)} dB", "strong"),
        *gain_row(after.psnr - before.psnr, 2, " dB"),
    )
    return spread(left, (("quality ", "dim"), (decimal(after.quality, 1, "%"), "text")), width)


def copied_row(width: int, *, in_tmux: bool) -> Row:
    """The path is on its way; whether it arrived, only the terminal knows. tmux stops it by default."""
    left: Row = (("✓ ", "good"), ("Path sent to the clipboard (OSC 52)", "text"))
    hint: Row = (("tmux: set -g set-clipboard on", "dim"),) if in_tmux else ()
    return spread(left, hint, width)


def place_row(picture: DrawnPicture | None, layout: Layout, width: int) -> Row:
    """Which region is seen and how near; and what the greys of a difference mean."""
    if picture is None:
        return ()
    legend: Row = ()
    if layout.gain:
        # In words: a ramp of characters runs from dark to bright on a dark ground alone.
        white = f"{layout.full_scale} of 255 and more" if layout.gain > 1 else "255"
        legend = (
            ("difference ×", "dim"),
            (f"{layout.gain}", "strong"),
            (f"  black 0, white {white}", "dim"),
        )
    elif picture.request.indexed:
        legend = (("256 colours in this theme", "dim"),)
    room = width - row_width(legend) - 1
    seen = next((text for text in _regions(picture) if len(text) <= room), "")
    return spread(((seen, "text"),), legend, width)


def full_path(run_dir: Path, name: str) -> str:
    """Where a file of the run is, from the root on; no look at the disk."""
    return str((run_dir / name).absolute())


def path_rows(path: str, width: int) -> list[Row]:
    """A path on as many rows as it takes."""
    return [((path[at : at + width], "text"),) for at in range(0, len(path), width)]


def path_row(path: str, width: int) -> Row:
    """A path on one row; of a longer one the end."""
    return ((path if len(path) <= width else "…" + path[1 - width :], "dim"),)


def _regions(picture: DrawnPicture) -> tuple[str, ...]:
    """Which part of the picture is seen, the shorter ways to say it last."""
    where, (width, height) = picture.where, picture.size
    if where.whole:
        return (f"whole, {width}×{height} px", "whole")
    zoom = f"zoom {where.zoom:g}"
    region = f"{zoom}  {where.width}×{where.height} at {where.x},{where.y}"
    return (f"{region} of {width}×{height} px", region, zoom)
