"""Comparison pictures for tests: flat shapes, so that every pixel is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.tui.recorded import FakeLink, snapshot, validation
from vsrppp_tui.link.interface import History, Snapshot, ValidationResult

Pixels = NDArray[np.uint8]


def ground_truth(side: int, hue: int) -> Pixels:
    """A bright disc and a striped bar on a graded ground; RGB [side, side, 3]."""
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.zeros((side, side, 3), np.uint8)
    picture[..., 2] = 60 + 25 * (y * 5).astype(np.uint8)
    picture[(x - 0.35) ** 2 + (y - 0.35) ** 2 < 0.05] = (240, 40 + 50 * (hue % 4), 40)
    bar = (abs(y - 0.75) < 0.1) & (x > 0.2)
    picture[bar & ((x * 15).astype(int) % 2 == 0)] = (230, 230, 220)
    return picture


def coarse(picture: Pixels, block: int) -> Pixels:
    """The picture in flat blocks, as if from fewer pixels."""
    small = picture[block // 2 :: block, block // 2 :: block]
    large = np.repeat(np.repeat(small, block, 0), block, 1)
    missing = picture.shape[0] - large.shape[0]
    return np.pad(large, ((0, missing), (0, missing), (0, 0)), mode="edge")


def write_comparison(path: Path, side: int = 75, hue: int = 0) -> Pixels:
    """Write LR | KI | GT side by side; returns them as RGB."""
    truth = ground_truth(side, hue)
    picture = np.concatenate([coarse(truth, 9), coarse(truth, 3), truth], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return picture


def with_pictures(step: int, samples: int = 3) -> ValidationResult:
    """The recorded validation at `step`, with as many pictures."""
    folder = f"validation_images/step_{step:06d}"
    names = tuple(f"{folder}/comparison_{at:03d}.png" for at in range(samples))
    return replace(validation(step), pictures=names)


def write_pictures(run_dir: Path, result: ValidationResult, side: int = 75) -> None:
    """All pictures of a validation, each a little different."""
    for at, name in enumerate(result.pictures):
        write_comparison(run_dir / name, side, hue=at + result.step // 250)


def after_validation(step: int, samples: int = 3) -> Snapshot:
    """The run just after its validation at `step`."""
    return snapshot(step, validation=with_pictures(step, samples))


def run_with_pictures(run_dir: Path, steps: tuple[int, ...] = (500, 750, 1000)) -> FakeLink:
    """A run whose validations at `steps` are recorded and have their pictures in `run_dir`."""
    results = tuple(with_pictures(step) for step in steps)
    for result in results:
        write_pictures(run_dir, result)
    return FakeLink(after_validation(steps[-1]), History((), results, ()))
