from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture, Portion
from vsrppp_tui.data.sampler import Sampler

SEEDS = st.integers(0, 2**31 - 1)
WEIGHTS = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=5).filter(any).map(tuple)


@st.composite
def cursors(draw: st.DrawFn) -> tuple[Mixture, list[int], list[int]]:
    mixture = Mixture(draw(SEEDS), draw(WEIGHTS))
    counts = st.lists(
        st.integers(1, 4), min_size=len(mixture.weights), max_size=len(mixture.weights)
    )
    return mixture, draw(counts), draw(counts)


def take(cursor: Cursor, count: int) -> list[Portion]:
    return list(itertools.islice(cursor, count))


@given(SEEDS, WEIGHTS, st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_a_format_depends_on_seed_and_group_alone_and_never_has_weight_0(
    seed: int, weights: tuple[float, ...], groups: list[int]
) -> None:
    drawn = [Mixture(seed, weights).format_of(group) for group in groups]
    again = [Mixture(seed, weights).format_of(group) for group in reversed(groups)]
    assert drawn == again[::-1]
    assert all(weights[place] > 0.0 for place in drawn)


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_the_shares_of_the_formats_approach_their_weights(seed: int) -> None:
    mixture = Mixture(seed, (0.5, 0.0, 1.5, 2.0))
    drawn = [mixture.format_of(group) for group in range(4000)]
    for place, share in enumerate((0.125, 0.0, 0.375, 0.5)):
        assert abs(drawn.count(place) / 4000 - share) < 0.05  # more than five standard deviations


def test_only_the_shares_of_the_weights_count() -> None:
    one, other = Mixture(3, (0.25, 0.5)), Mixture(3, (2.0, 4.0))
    assert [one.format_of(g) for g in range(99)] == [other.format_of(g) for g in range(99)]


def test_the_formats_are_the_same_on_every_machine_and_version() -> None:
    # A changed value here means that runs of earlier versions no longer resume exactly.
    mixture = Mixture(42, (0.5, 0.3, 0.2))
    assert [mixture.format_of(group) for group in range(12)] == EXPECTED


EXPECTED = [1, 2, 0, 0, 2, 0, 2, 0, 1, 1, 0, 1]


@given(cursors(), st.integers(1, 30))
def test_a_group_holds_one_format_and_positions_go_on_without_a_gap(
    given_cursor: tuple[Mixture, list[int], list[int]], groups: int
) -> None:
    mixture, batch, accumulation = given_cursor
    positions = [0] * len(batch)
    cursor = Cursor(mixture, batch, accumulation, DataPlace(0, tuple(positions)))
    for group in range(groups):
        place = mixture.format_of(group)
        for portion in take(cursor, accumulation[place]):
            assert portion.format == place
            assert portion.positions.start == positions[place]
            assert len(portion.positions) == batch[place]
            positions[place] = portion.positions.stop


@given(cursors(), st.integers(0, 20), st.integers(0, 20))
def test_any_split_of_the_stream_goes_on_identically(
    given_cursor: tuple[Mixture, list[int], list[int]], groups: int, portions: int
) -> None:
    mixture, batch, accumulation = given_cursor
    positions = [0] * len(batch)
    whole = Cursor(mixture, batch, accumulation, DataPlace(0, tuple(positions)))
    for group in range(groups):  # the state after so many groups: a number, and counted samples
        place = mixture.format_of(group)
        positions[place] += batch[place] * accumulation[place]
        take(whole, accumulation[place])
    resumed = Cursor(mixture, batch, accumulation, DataPlace(groups, tuple(positions)))
    expected = take(whole.copy(), portions + 25)
    assert take(resumed, portions + 25) == expected
    take(whole, portions)  # a copy may be made within a group, too
    assert take(whole.copy(), 25) == expected[portions:]


@given(st.integers(1, 60), st.integers(1, 60), SEEDS, st.integers(0, 50))
def test_every_format_has_permutations_of_its_own(
    first: int, second: int, seed: int, epoch: int
) -> None:
    for number, count in enumerate((first, second)):
        sampler = Sampler(count, seed, crop=0, lr_height=9, lr_width=9, number=number)
        drawn = [sampler.draw(p).index for p in range(epoch * count, (epoch + 1) * count)]
        assert sorted(drawn) == list(range(count))


def test_two_formats_do_not_draw_alike() -> None:
    one, other = (
        Sampler(50, 1, crop=16, lr_height=90, lr_width=90, number=number) for number in (0, 1)
    )
    draws = [(one.draw(p), other.draw(p)) for p in range(200)]
    for name in ("index", "top", "left"):
        same = sum(getattr(a, name) == getattr(b, name) for a, b in draws)
        assert same < 20, name
    turned = sum((a.hflip, a.quarter_turns) == (b.hflip, b.quarter_turns) for a, b in draws)
    assert turned < 60  # 25 expected
