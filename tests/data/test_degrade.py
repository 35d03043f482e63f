from __future__ import annotations

import cv2
import numpy as np
import pytest
from data_files import noise
from PIL import Image

from vsrppp_tui.data.degrade import frames_from_still, reduce_to_lr, shifts_of


def smooth(seed: int, height: int, width: int) -> np.ndarray:
    return cv2.GaussianBlur(noise(seed, height, width), (0, 0), 1.2)


@pytest.mark.parametrize("make", [noise, smooth])
def test_reduction_is_pillows_bicubic_within_a_level(make) -> None:
    picture = make(3, 90, 120)
    ours = reduce_to_lr(picture[None])[0].astype(int)
    theirs = Image.fromarray(picture).resize((40, 30), Image.Resampling.BICUBIC)
    assert np.abs(ours - np.asarray(theirs)).max() <= 1


def test_reduction_clamps_overshoot() -> None:
    picture = np.zeros((1, 30, 30, 3), np.uint8)
    picture[:, :, 14:] = 255
    reduced = reduce_to_lr(picture)
    assert reduced.dtype == np.uint8
    assert reduced[0, 5, 0, 0] == 0 and reduced[0, 5, 9, 0] == 255


def test_shifts_are_the_documented_ones() -> None:
    assert shifts_of(5) == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert shifts_of(7) == [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5]


def test_frames_of_a_still_are_shifted_by_bilinear_steps_with_reflected_borders() -> None:
    picture = smooth(5, 60, 90)
    frames = frames_from_still(picture, 5).astype(int)
    middle = reduce_to_lr(picture[None])[0].astype(int)
    assert (frames[2] == middle).all()
    assert np.abs(frames[4][:, 1:] - middle[:, :-1]).max() == 0  # one pixel to the right
    assert np.abs(frames[0][:, :-1] - middle[:, 1:]).max() == 0
    assert np.abs(frames[4][:, 0] - middle[:, 1]).max() == 0  # reflected, border not repeated
    half = (middle[:, 1:] + middle[:, :-1]) / 2
    assert np.abs(frames[3][:, 1:] - half).max() <= 1
    assert np.abs(frames[1][:, :-1] - half).max() <= 1


def test_a_still_of_one_lr_pixel_has_frames_too() -> None:
    assert frames_from_still(noise(0, 3, 3), 7).shape == (7, 1, 1, 3)
