"""Pairs that are made of clean pictures: what they are, and that nothing but their place decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.data.degradation import MOST_DRAWS, Monochrome, NoiseSource, make_pair, quantise
from vsrppp_tui.data.downscale import KERNELS, downscale
from vsrppp_tui.data.draws import Draws, normal_noise
from vsrppp_tui.data.stacks import Picture

SCALES = st.sampled_from([2, 4, 8])
PLACES = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**40), st.integers(0, 2**40))


def clean(side: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def pair(
    place: tuple[int, int, int], picture: Picture, scale: int, style: Monochrome | None = None
) -> tuple[Picture, Picture]:
    return make_pair(picture, scale, Draws(*place, MOST_DRAWS), NoiseSource(*place), style)


@settings(max_examples=25, deadline=None)
@given(place=PLACES, scale=SCALES, grey=st.booleans())
def test_a_pair_follows_from_its_place_and_has_the_sizes_of_its_scale(
    place: tuple[int, int, int], scale: int, grey: bool
) -> None:
    style = Monochrome(16, 0.01) if grey else None
    lr, gt = pair(place, clean(16 * scale), scale, style)
    again = pair(place, clean(16 * scale), scale, style)
    assert lr.shape == (16, 16, 3) and gt.shape == (16 * scale, 16 * scale, 3)
    assert lr.dtype == gt.dtype == np.uint8
    assert np.array_equal(lr, again[0]) and np.array_equal(gt, again[1])


def test_places_differ_from_one_another() -> None:
    picture = clean(64)
    made = [pair((1, 2, number), picture, 4) for number in range(12)]
    assert len({lr.tobytes() for lr, _ in made}) == 12
    assert len({gt.tobytes() for _, gt in made}) == 12


@settings(max_examples=25, deadline=None)
@given(place=PLACES, levels=st.integers(2, 256), noise=st.floats(0.0, 0.2))
def test_monochrome_is_grey_and_of_few_levels_on_both_sides(
    place: tuple[int, int, int], levels: int, noise: float
) -> None:
    allowed = set(np.rint(np.arange(levels) / (levels - 1) * 255).astype(int).tolist())
    for side in pair(place, clean(32), 2, Monochrome(levels, noise)):
        assert np.array_equal(side[..., 0], side[..., 1])
        assert np.array_equal(side[..., 0], side[..., 2])
        assert set(side.reshape(-1).tolist()) <= allowed


def test_sixteen_levels_of_a_ramp() -> None:
    ramp = np.repeat(np.linspace(-0.1, 1.1, 500, dtype=np.float32)[:, None, None], 3, axis=2)
    assert sorted(set(quantise(ramp, 16).reshape(-1).tolist())) == [17 * n for n in range(16)]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_reducing_keeps_a_flat_picture_and_its_mirror_image(kernel: str, scale: int) -> None:
    flat = np.full((8 * scale, 6 * scale, 3), 0.3, np.float32)
    assert np.allclose(downscale(flat, scale, kernel), 0.3, atol=1e-6)
    picture = np.random.default_rng(1).random((8 * scale, 6 * scale, 3), np.float32)
    reduced = downscale(picture, scale, kernel)
    assert reduced.shape == (8, 6, 3)
    turned = downscale(np.ascontiguousarray(picture[::-1, ::-1]), scale, kernel)
    assert np.allclose(turned[::-1, ::-1], reduced, atol=1e-5), "a kernel that is not centred"


def test_area_is_the_mean_of_its_pixels() -> None:
    picture = np.random.default_rng(2).random((16, 16, 3), np.float32)
    means = picture.reshape(4, 4, 4, 4, 3).mean(axis=(1, 3))
    assert np.allclose(downscale(picture, 4, "area"), means, atol=1e-6)


def test_noise_has_mean_0_and_deviation_1() -> None:
    noise = normal_noise(3, 4, 5, (200, 200, 3))
    assert abs(float(noise.mean())) < 0.01 and abs(float(noise.std()) - 1.0) < 0.01
    assert not np.array_equal(noise, normal_noise(3, 4, 6, (200, 200, 3)))


@given(place=PLACES, low=st.floats(-5, 5), width=st.floats(0, 5), count=st.integers(1, 1000))
def test_draws_stay_in_their_ranges(
    place: tuple[int, int, int], low: float, width: float, count: int
) -> None:
    draws = Draws(*place, 4)
    assert low <= draws.between(low, low + width) <= low + width
    assert 0 <= draws.below(count) < count
    assert not draws.chance(0.0) and draws.chance(1.0)
