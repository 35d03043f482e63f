from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.data.sampler import Sampler, _orders
from vsrppp_tui.errors import UserError

COUNTS = st.integers(1, 300)
SEEDS = st.integers(0, 2**31 - 1)


def make(count: int, seed: int, crop: int = 0, height: int = 30, width: int = 30) -> Sampler:
    return Sampler(count, seed, crop=crop, lr_height=height, lr_width=width)


@given(COUNTS, SEEDS, st.integers(0, 1000))
def test_every_epoch_is_a_permutation(count: int, seed: int, epoch: int) -> None:
    sampler = make(count, seed)
    first = epoch * count
    drawn = [sampler.draw(position).index for position in range(first, first + count)]
    assert sorted(drawn) == list(range(count))


@given(COUNTS, SEEDS, st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
@settings(max_examples=50)
def test_a_draw_depends_on_seed_and_position_alone(
    count: int, seed: int, positions: list[int]
) -> None:
    sampler = make(count, seed, crop=16)
    forward = [sampler.draw(position) for position in positions]
    backward = [make(count, seed, crop=16).draw(position) for position in reversed(positions)]
    assert forward == backward[::-1]


@given(st.integers(1, 60), st.integers(16, 90), st.integers(16, 90), st.integers(0, 10**6))
def test_crops_stay_inside_and_rectangles_never_turn_by_90_degrees(
    crop: int, height: int, width: int, position: int
) -> None:
    crop = min(crop, height, width)
    for sampler in (make(7, 1, crop, height, width), make(7, 1, 0, height, width)):
        draw = sampler.draw(position)
        assert 0 <= draw.top <= height - sampler.height
        assert 0 <= draw.left <= width - sampler.width
        assert draw.quarter_turns in ((0, 1, 2, 3) if sampler.height == sampler.width else (0, 2))


def test_whole_patches_start_at_the_corner() -> None:
    draws = [make(9, 4).draw(position) for position in range(50)]
    assert {(draw.top, draw.left) for draw in draws} == {(0, 0)}


def test_flips_and_turns_are_drawn_evenly_and_apart_from_one_another() -> None:
    draws = [make(1000, 7).draw(position) for position in range(4000)]
    seen = [(draw.hflip, draw.vflip, draw.quarter_turns) for draw in draws]
    counts = [seen.count(each) for each in set(seen)]
    assert len(counts) == 16
    assert min(counts) > 170 and max(counts) < 340  # 250 expected
    assert 1850 < sum(draw.hflip for draw in draws) < 2150
    assert 1850 < sum(draw.vflip for draw in draws) < 2150


def test_seeds_and_epochs_differ() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return [make(50, seed).draw(epoch * 50 + place).index for place in range(50)]

    assert order(0, 0) != order(1, 0)
    assert order(0, 0) != order(0, 1)


def test_the_order_is_the_same_on_every_machine_and_version() -> None:
    # A changed value here means that runs of earlier versions no longer resume exactly.
    draws = [make(5, 42, crop=16).draw(position) for position in range(5)]
    assert [(draw.index, draw.top, draw.left, draw.quarter_turns) for draw in draws] == EXPECTED


EXPECTED = [(1, 14, 1, 2), (4, 11, 1, 3), (3, 13, 9, 3), (0, 8, 8, 0), (2, 5, 12, 1)]


def test_a_crop_larger_than_the_patches_is_refused() -> None:
    with pytest.raises(UserError, match=r"LR_CROP = 31 is larger than the LR patches \(40x30\)"):
        make(5, 0, crop=31, height=30, width=40)


def test_the_orders_of_past_epochs_are_not_kept() -> None:
    sampler = Sampler(50, 9, crop=0, lr_height=8, lr_width=8)
    epochs = [[sampler.draw(epoch * 50 + n).index for n in range(50)] for epoch in range(6)]
    assert all(sorted(each) == list(range(50)) for each in epochs)
    assert _orders(9, 0, 50).cache_info().currsize == 2  # type: ignore[attr-defined]
    assert [sampler.draw(n).index for n in range(50)] == epochs[0]
