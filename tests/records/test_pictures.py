from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from vsrppp_tui.records.pictures import PictureRecord
from vsrppp_tui.training.picture_names import picture_paths
from vsrppp_tui.training.telemetry import ValidationResult


def test_names() -> None:
    assert picture_paths(500, 2) == (
        "validation_images/step_000500/comparison_000.png",
        "validation_images/step_000500/comparison_001.png",
    )
    assert picture_paths(1, 0) == ()


def test_pictures_stand_under_their_names_and_earlier_ones_stay(
    tmp_path: Path, make_validation: Callable[..., ValidationResult]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 27, 3), np.uint8)
    record = PictureRecord(tmp_path)
    record.on_validation(make_validation(250), [255 - picture])
    record.on_validation(make_validation(500), [picture, picture // 2])
    record.on_validation(make_validation(500), [picture, picture // 2])  # again, after a resume
    files = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {*picture_paths(250, 1), *picture_paths(500, 2)}
    stored = cv2.imread(str(tmp_path / picture_paths(500, 2)[0]), cv2.IMREAD_COLOR)
    assert np.array_equal(stored[..., ::-1], picture)


def test_an_unwritable_place_is_an_error(
    tmp_path: Path, make_validation: Callable[..., ValidationResult]
) -> None:
    (tmp_path / "validation_images").write_text("a file in the way")
    with pytest.raises(OSError, match="validation_images"):
        PictureRecord(tmp_path).on_validation(
            make_validation(1), [np.zeros((3, 9, 3), dtype=np.uint8)]
        )
