"""The dataset of ``vsrppp demo``: small patches of the clip that ships with the project."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from vsrppp_tui.data.formats import format_of_size
from vsrppp_tui.data.prepare import Progress, prepare_dataset
from vsrppp_tui.data.prepare_settings import PrepareSettings

_CLIP = "solid_white_right.mp4"
_SIDE = 240  # GT pixels: small enough for two CPU cores, large enough to crop at random


def demo_clip() -> Path:
    """The clip: 90 frames of 960x540 from a driving car (see ``clips/NOTICE.md``)."""
    return Path(str(files("vsrppp_tui") / "data" / "clips" / _CLIP))


def prepare_demo(out: Path, progress: Progress | None = None) -> None:
    """Cut the demo's dataset into `out`; returns soon where it is there already.

    Args:
        out: the dataset's folder; an interrupted preparation is continued.
        progress: called with windows done and windows in all; what it raises stops the work.

    Raises:
        UserError: `out` holds another dataset, or cannot be written.
    """
    settings = PrepareSettings((format_of_size(_SIDE, _SIDE),), crops=12, val_crops=3)
    prepare_dataset([demo_clip()], out, settings, progress)
