"""validation_images/: the comparisons LR | KI | GT of every validation as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.picture_names import picture_paths
from vsrppp_tui.training.telemetry import ValidationResult


class PictureRecord(Observer):
    """Writes the pictures where `picture_paths` says; those of earlier validations stay.

    Pictures that cannot be written (a full disk) are tried again at the next validation and at the end;
    only those of the newest validation are kept for it. With `single` the network's picture and GT also
    stand beside each comparison, as pred_000.png and gt_000.png.
    """

    def __init__(self, run_dir: Path, *, single: bool = False) -> None:
        self._run_dir = run_dir
        self._single = single
        self._unwritten: dict[str, bytes] = {}  # path in the run -> PNG

    def on_validation(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]]
    ) -> None:
        names = picture_paths(result.step, len(pictures))
        new = {name: png_bytes(picture) for name, picture in zip(names, pictures, strict=True)}
        if self._single:
            for name, picture in zip(names, pictures, strict=True):
                _lr, network, gt = np.split(picture, 3, axis=1)
                new[name.replace("comparison_", "pred_")] = png_bytes(network)
                new[name.replace("comparison_", "gt_")] = png_bytes(gt)
        self._unwritten |= new
        try:
            self._write()
        finally:
            self._unwritten = {n: png for n, png in self._unwritten.items() if n in new}

    def on_pictures(self, step: int, time: float, pictures: Sequence[NDArray[np.uint8]]) -> None:
        names = picture_paths(step, len(pictures))
        self._unwritten |= {
            n: png_bytes(picture) for n, picture in zip(names, pictures, strict=True)
        }
        self._write()

    def on_close(self) -> None:
        self._write()

    def _write(self) -> None:
        for name in tuple(self._unwritten):
            path = self._run_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, self._unwritten[name], durable=False)
            del self._unwritten[name]


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Encode a picture ([H, W, 3], RGB) as PNG."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return bytes(encoded)
