from __future__ import annotations

import numpy as np
import pytest

from vsrppp_tui.data.scenes import (
    THUMBNAIL_HEIGHT,
    THUMBNAIL_WIDTH,
    SceneDetector,
    scenes_between,
)

SHAPE = (THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH)


def cuts(frames: list[np.ndarray]) -> list[int]:
    detector = SceneDetector()
    for frame in frames:
        detector.add(frame)
    assert detector.frames == len(frames)
    return detector.cuts()


def pan(seed: int, count: int, speed: int, low: int = 0, high: int = 256) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    coarse = random.integers(low, high, (SHAPE[0] // 4, (SHAPE[1] + speed * count) // 4 + 1))
    picture = coarse.repeat(4, 0).repeat(4, 1).astype(np.uint8)
    return [picture[:, speed * place : speed * place + SHAPE[1]].copy() for place in range(count)]


@pytest.mark.parametrize("speed", [0, 1, 3])
def test_a_cut_between_two_scenes_is_found_at_its_frame(speed: int) -> None:
    assert cuts(pan(0, 20, speed, 0, 120) + pan(1, 20, speed, 90, 256)) == [20]


def test_scenes_of_like_brightness_are_told_apart_when_they_are_calm() -> None:
    assert cuts(pan(0, 15, 0) + pan(1, 15, 0)) == [15]


@pytest.mark.parametrize("speed", [1, 4, 12])
def test_a_pan_is_no_cut_however_fast(speed: int) -> None:
    assert cuts(pan(2, 40, speed)) == []


def test_noise_and_slow_fades_are_no_cuts() -> None:
    random = np.random.default_rng(0)
    still = pan(3, 1, 0, 60, 200)[0].astype(float)
    noisy = [
        np.clip(still + random.normal(0, 6, SHAPE), 0, 255).astype(np.uint8) for _ in range(30)
    ]
    fade = [(still * (1 - place / 40)).astype(np.uint8) for place in range(40)]
    assert cuts(noisy + fade) == []


def test_several_cuts_close_together_are_all_found() -> None:
    frames = pan(0, 8, 1, 0, 80) + pan(1, 8, 1, 170, 256) + pan(2, 8, 1, 60, 140)
    assert cuts(frames) == [8, 16]


def test_scenes_lie_between_cuts() -> None:
    assert scenes_between([3, 7], 9) == [range(0, 3), range(3, 7), range(7, 9)]
    assert scenes_between([], 4) == [range(0, 4)]
    assert scenes_between([], 0) == []
