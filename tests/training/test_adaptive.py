"""The adaptive system against sequences computed by hand, and what holds for any sequence."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.training.adaptive import AdaptiveSystem, Happening
from vsrppp_tui.training.gradient_clip import percentile

SHARP = 0.8  # between the thresholds: nothing moves


def config(**values: Any) -> AdaptiveConfig:
    built = build_config({"RECIPE": "vsrpp", **values})
    assert isinstance(built, AdaptiveConfig)
    return built


def feed(
    system: AdaptiveSystem,
    steps: Iterable[int],
    rules: AdaptiveConfig,
    *,
    sharpness: float = SHARP,
    l1: float = 0.1,
    norm: float = 1.0,
) -> list[tuple[int, Happening]]:
    """Give every step the same values; what happened, with its step."""
    happened = []
    for step in steps:
        happened += [(step, each) for each in system.take(step, l1, sharpness, norm, rules)]
    return happened


def kinds(happened: Iterable[tuple[int, Happening]]) -> list[tuple[int, str]]:
    return [(step, happening.kind) for step, happening in happened]


# Loss weights


def test_it_starts_with_the_weights_of_the_configuration() -> None:
    assert AdaptiveSystem(config()).weights == (0.6, 0.2, 0.2)
    scaled = AdaptiveSystem(config(L1_WEIGHT=1.0, MS_WEIGHT=0.5, GRAD_WEIGHT=0.5))
    assert scaled.weights == (0.5, 0.25, 0.25)


def test_normal_mode_raises_the_gradient_weight_every_fifty_steps() -> None:
    rules, system = config(), AdaptiveSystem(config())
    feed(system, range(1, 50), rules, sharpness=0.72)
    assert system.weights == (0.6, 0.2, 0.2)
    assert system.sharpness is None
    assert feed(system, [50], rules, sharpness=0.72) == []
    # 0.2 x 1.05; L1 and MS share 0.79 as 3 to 1.
    assert system.weights == pytest.approx((0.5925, 0.1975, 0.21))
    assert system.sharpness == pytest.approx(0.72)
    feed(system, range(51, 101), rules, sharpness=0.72)
    assert system.weights[2] == pytest.approx(0.2205)


def test_it_lowers_the_gradient_weight_of_a_sharp_output_and_stops_at_the_ends() -> None:
    rules, system = config(ADAPT_EVERY=1), AdaptiveSystem(config())
    feed(system, range(1, 3), rules, sharpness=0.95)
    assert system.weights[2] == pytest.approx(0.2 * 0.95 * 0.95)
    feed(system, range(3, 60), rules, sharpness=0.95)
    assert system.weights == pytest.approx((0.6375, 0.2125, 0.15))
    feed(system, range(60, 120), rules, sharpness=0.74)
    assert system.weights == pytest.approx((0.375, 0.125, 0.5))


@pytest.mark.parametrize("sharpness", [0.75, 0.8, 0.92])
def test_between_the_thresholds_nothing_moves(sharpness: float) -> None:
    rules, system = config(ADAPT_EVERY=1), AdaptiveSystem(config())
    assert feed(system, range(1, 30), rules, sharpness=sharpness) == []
    assert system.weights == (0.6, 0.2, 0.2)


def test_an_adjustment_goes_by_the_mean_since_the_one_before() -> None:
    rules, system = config(ADAPT_EVERY=4), AdaptiveSystem(config())
    for step, sharpness in enumerate((0.5, 1.0, 0.75, 0.75, 0.94, 1.0, 1.0, 1.0), 1):
        system.take(step, 0.1, sharpness, 1.0, rules)
        if step == 4:
            assert system.sharpness == pytest.approx(0.75)  # which is not below 0.75
            assert system.weights[2] == 0.2
    assert system.sharpness == pytest.approx(0.985)
    assert system.weights[2] == pytest.approx(0.19)


def test_aggressive_mode_begins_blurred_and_ends_recovered() -> None:
    rules, system = config(), AdaptiveSystem(config())
    happened = feed(system, range(1, 76), rules, sharpness=0.5)
    assert kinds(happened) == [(50, "aggressive on")]
    assert (system.aggressive, system.aggressive_since) == (True, 50)
    # 0.30 at step 50, x 1.15 at 60 and 70.
    assert system.weights[2] == pytest.approx(0.30 * 1.15**2)
    assert "0.5000 is below 0.7" in happened[0][1].text
    assert "0.200 → 0.300" in happened[0][1].text
    assert happened[0][1].data["weights"] == pytest.approx([0.525, 0.175, 0.3])
    # Steps 71 to 80: five of 0.5 and five of 0.9 make 0.70, which is not above 0.75.
    assert feed(system, range(76, 81), rules, sharpness=0.9) == []
    assert system.weights[2] == pytest.approx(0.30 * 1.15**3)
    happened = feed(system, range(81, 91), rules, sharpness=0.9)
    assert kinds(happened) == [(90, "aggressive off")]
    assert happened[0][1].data["reason"] == "recovered"
    assert happened[0][1].level == "good"
    assert system.aggressive_since is None
    assert system.weights[2] == pytest.approx(0.30 * 1.15**3)  # stays, until the output is sharp
    feed(system, range(91, 101), rules, sharpness=0.95)
    assert system.weights[2] == pytest.approx(0.30 * 1.15**3 * 0.95)


def test_aggressive_mode_leaves_a_higher_gradient_weight_alone() -> None:
    rules, system = config(ADAPT_EVERY=1, GRAD_WEIGHT_UP=2.0), AdaptiveSystem(config())
    feed(system, [1], rules, sharpness=0.74)
    assert kinds(feed(system, [2], rules, sharpness=0.1)) == [(2, "aggressive on")]
    assert system.weights[2] == pytest.approx(0.4)


def test_the_time_of_aggressive_mode_is_up_between_two_adjustments() -> None:
    rules = config(AGGRESSIVE_MAX_STEPS=25)
    system = AdaptiveSystem(rules)
    happened = feed(system, range(1, 251), rules, sharpness=0.5)
    assert kinds(happened) == [(50, "aggressive on"), (75, "aggressive off")]
    assert happened[1][1].data["reason"] == "time is up"
    assert happened[1][1].level == "warning"
    # Not again at 100, 150, ..., but the gradient weight goes on as in normal mode.
    assert system.weights[2] == pytest.approx(0.30 * 1.15**2 * 1.05**4)


def test_after_its_time_aggressive_mode_waits_for_a_sharp_output_before_it_begins_again() -> None:
    rules = config(AGGRESSIVE_MAX_STEPS=20)
    system = AdaptiveSystem(rules)
    feed(system, range(1, 101), rules, sharpness=0.5)
    assert feed(system, range(101, 201), rules, sharpness=0.75) == []
    assert feed(system, range(201, 251), rules, sharpness=0.5) == []
    assert feed(system, range(251, 301), rules, sharpness=0.76) == []
    happened = feed(system, range(301, 351), rules, sharpness=0.5)
    assert kinds(happened) == [(350, "aggressive on")]


def test_recovery_at_the_last_step_of_its_time_counts_as_recovery() -> None:
    rules = config(AGGRESSIVE_MAX_STEPS=20)
    system = AdaptiveSystem(rules)
    feed(system, range(1, 61), rules, sharpness=0.5)
    happened = feed(system, range(61, 71), rules, sharpness=0.9)
    assert [each.data["reason"] for _, each in happened] == ["recovered"]


def test_the_numbers_are_live() -> None:
    system = AdaptiveSystem(config())
    happened = feed(system, range(1, 6), config(ADAPT_EVERY=5), sharpness=0.5)
    assert kinds(happened) == [(5, "aggressive on")]
    happened = feed(
        system, [6], config(AGGRESSIVE_UNTIL=0.4, AGGRESSIVE_BELOW=0.3, AGGRESSIVE_EVERY=3)
    )
    assert kinds(happened) == [(6, "aggressive off")]


# Gradient clip


def test_the_clip_waits_for_enough_norms_and_then_follows_their_percentile() -> None:
    rules, system = config(), AdaptiveSystem(config())
    for step in range(1, 100):
        system.take(step, 0.1, SHARP, float(step), rules)
    assert system.clip == 1.5
    system.take(100, 0.1, SHARP, 100.0, rules)
    # The 95th percentile of 1..100 is 95.05.
    assert system.clip == pytest.approx(0.9 * 1.5 + 0.1 * 95.05)
    system.take(101, 0.1, SHARP, 101.0, rules)
    assert system.clip == pytest.approx(0.9 * (0.9 * 1.5 + 0.1 * 95.05) + 0.1 * 96.0)


def test_only_the_newest_norms_count() -> None:
    rules = config(CLIP_AFTER=1, CLIP_WINDOW=3, CLIP_PERCENTILE=50, CLIP_KEEP=0)
    system = AdaptiveSystem(rules)
    clips = []
    for step, norm in enumerate((5.0, 1.0, 9.0, 2.0, 2.0, 7.0), 1):
        system.take(step, 0.1, SHARP, norm, rules)
        clips.append(system.clip)
    assert clips == pytest.approx([5.0, 3.0, 5.0, 2.0, 2.0, 2.0])


def test_a_smaller_window_forgets_at_once() -> None:
    system = AdaptiveSystem(config())
    feed(system, range(1, 400), config(), norm=9.0)
    rules = config(CLIP_WINDOW=2, CLIP_KEEP=0)
    feed(system, range(400, 402), rules, norm=3.0)
    assert system.clip == pytest.approx(3.0)


def test_norms_of_zero_never_make_the_clip_zero() -> None:
    rules = config(CLIP_AFTER=1, CLIP_KEEP=0)
    system = AdaptiveSystem(rules)
    feed(system, range(1, 5), rules, norm=0.0)
    assert system.clip > 0.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.floats(1, 100))
def test_percentiles_are_those_of_numpy(values: list[float], percent: float) -> None:
    expected = np.percentile(values, percent)
    assert percentile(sorted(values), percent) == pytest.approx(expected, rel=1e-9, abs=1e-9)


# Plateau


def test_a_plateau_halves_the_rate_and_the_count_begins_anew() -> None:
    rules = config(WARMUP_STEPS=10)
    system = AdaptiveSystem(rules)
    # A level loss: its level is first seen at step 11, so the plateaus are complete 300 steps later.
    happened = feed(system, range(1, 1000), rules)
    assert kinds(happened) == [(311, "plateau"), (611, "plateau"), (911, "plateau")]
    assert (system.plateaus, system.rate_factor) == (3, 0.125)
    assert happened[1][1].data == {"plateaus": 2, "rate_factor": 0.25}
    assert "number 2: L1 has not fallen by 0.3% within 300 steps" in happened[1][1].text


def test_a_loss_that_falls_makes_no_plateau() -> None:
    rules = config(WARMUP_STEPS=0)
    system = AdaptiveSystem(rules)
    for step in range(1, 2000):
        assert system.take(step, 0.1 * math.exp(-2e-5 * step), SHARP, 1.0, rules) == ()
    assert system.rate_factor == 1.0


def test_a_loss_that_falls_too_slowly_makes_one() -> None:
    rules = config(WARMUP_STEPS=0)
    system = AdaptiveSystem(rules)
    happened = []
    for step in range(1, 2000):
        happened += system.take(step, 0.1 * math.exp(-5e-6 * step), SHARP, 1.0, rules)
    assert happened


def test_small_falls_add_up_to_a_gain() -> None:
    rules = config(WARMUP_STEPS=0, PLATEAU_STEPS=200, PLATEAU_GAIN_PERCENT=1)
    system = AdaptiveSystem(rules)
    for step in range(1, 1500):  # 0.5% in 40 steps: half a gain
        assert system.take(step, 0.1 * 0.995 ** (step // 40), SHARP, 1.0, rules) == ()


def test_after_a_plateau_the_present_level_is_what_has_to_be_beaten() -> None:
    rules = config(WARMUP_STEPS=0, PLATEAU_STEPS=1000)
    system = AdaptiveSystem(rules)
    feed(system, range(1, 500), rules, l1=0.05)
    # Higher from here on: against 0.05 the fall by 1% in 500 steps would never be a gain.
    happened = []
    for step in range(500, 6000):
        happened += system.take(step, 0.1 * 0.99 ** (step / 500), SHARP, 1.0, rules)
    assert len(happened) == 1


def test_nothing_counts_during_the_warm_up() -> None:
    rules = config(WARMUP_STEPS=5000)
    system = AdaptiveSystem(rules)
    assert feed(system, range(1, 5001), rules) == []
    assert kinds(feed(system, range(5001, 5400), rules)) == [(5301, "plateau")]


def test_a_rate_that_cannot_fall_makes_no_plateau() -> None:
    rules = config(WARMUP_STEPS=0, LR_MAX=1e-4, LR_MIN=2e-5, PLATEAU_STEPS=10)
    system = AdaptiveSystem(rules)
    feed(system, range(1, 500), rules)
    assert system.rate_factor == 0.125  # 1.25e-5: the third one reached LR_MIN
    alone = config(WARMUP_STEPS=0, PLATEAU_FACTOR=1.0, PLATEAU_STEPS=10)
    system = AdaptiveSystem(alone)
    assert feed(system, range(1, 500), alone) == []
    assert system.plateaus == 0


# All together


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["l1", "sharpness", "norm"])
def test_a_step_with_a_value_that_is_not_finite_is_passed_over(name: str, odd: float) -> None:
    rules = config(ADAPT_EVERY=2, CLIP_AFTER=1)
    system = AdaptiveSystem(rules)
    feed(system, [1], rules, sharpness=0.1)
    before = system.state()
    assert feed(system, [2], rules, **{name: odd}) == []
    assert system.state() == before


def test_switched_off_nothing_moves() -> None:
    rules = config(ADAPTIVE=False, ADAPT_EVERY=1, CLIP_AFTER=1, WARMUP_STEPS=0, PLATEAU_STEPS=1)
    system = AdaptiveSystem(rules)
    before = system.state()
    assert feed(system, range(1, 100), rules, sharpness=0.1, norm=50.0) == []
    assert system.state() == before
    assert (system.weights, system.clip, system.rate_factor) == ((0.6, 0.2, 0.2), 1.5, 1.0)


def test_switched_off_it_leaves_what_an_earlier_part_of_the_run_has_moved() -> None:
    earlier = AdaptiveSystem(config())
    feed(earlier, range(1, 5000), config(), sharpness=0.5)
    system = AdaptiveSystem(config(ADAPTIVE=False))
    system.restore(earlier.state())
    assert (system.weights, system.rate_factor) == ((0.6, 0.2, 0.2), 1.0)


VALUE = st.floats(0.0, 1e12) | st.sampled_from([math.nan, math.inf])
SHARPNESS = st.floats(0.0, 2.0) | st.sampled_from([0.5, 0.72, 0.95, math.nan])
STEPS = st.lists(st.tuples(VALUE, SHARPNESS, VALUE), max_size=80)
FRACTION = st.floats(0.01, 0.98)


@st.composite
def any_rules(draw: st.DrawFn) -> AdaptiveConfig:
    """Settings under which much happens within few steps."""
    ends = sorted((draw(FRACTION), draw(FRACTION)))
    return config(
        L1_WEIGHT=draw(st.floats(0.01, 1.0)),
        MS_WEIGHT=draw(st.floats(0.01, 1.0)),
        GRAD_WEIGHT=draw(st.floats(0.01, 1.0)),
        GRAD_WEIGHT_MIN=ends[0],
        GRAD_WEIGHT_MAX=ends[1],
        AGGRESSIVE_GRAD_WEIGHT=draw(FRACTION),
        ADAPT_EVERY=draw(st.integers(1, 6)),
        AGGRESSIVE_EVERY=draw(st.integers(1, 4)),
        AGGRESSIVE_MAX_STEPS=draw(st.integers(1, 10)),
        CLIP_AFTER=draw(st.integers(1, 10)),
        CLIP_WINDOW=draw(st.integers(1, 8)),
        CLIP_KEEP=draw(st.floats(0.0, 0.9999)),
        CLIP_PERCENTILE=draw(st.floats(1.0, 100.0)),
        WARMUP_STEPS=draw(st.integers(0, 5)),
        PLATEAU_STEPS=draw(st.integers(1, 5)),
        PLATEAU_FACTOR=draw(st.floats(0.01, 1.0)),
    )


@given(any_rules(), STEPS)
def test_whatever_comes_the_weights_are_positive_with_sum_one_and_the_clip_is_finite(
    rules: AdaptiveConfig, values: list[tuple[float, float, float]]
) -> None:
    system = AdaptiveSystem(rules)
    for step, (l1, sharpness, norm) in enumerate(values, 1):
        system.take(step, l1, sharpness, norm, rules)
        assert min(system.weights) > 0.0
        assert sum(system.weights) == pytest.approx(1.0, abs=1e-12)
        assert math.isfinite(system.clip)
        assert system.clip > 0.0
        assert 0.0 < system.rate_factor <= 1.0
        if system.aggressive_since is not None and all(map(math.isfinite, (l1, sharpness, norm))):
            assert step - system.aggressive_since < rules.aggressive_max_steps


@given(any_rules(), any_rules(), STEPS, STEPS)
def test_from_any_state_a_copy_goes_on_as_if_never_stopped(
    rules: AdaptiveConfig,
    edited: AdaptiveConfig,
    before: list[tuple[float, float, float]],
    after: list[tuple[float, float, float]],
) -> None:
    first, second = AdaptiveSystem(rules), AdaptiveSystem(rules)
    for step, values in enumerate(before, 1):
        first.take(step, *values, rules)
    second.restore(json.loads(json.dumps(first.state(), allow_nan=False)))
    for step, values in enumerate(after, len(before) + 1):
        assert first.take(step, *values, edited) == second.take(step, *values, edited)
        assert first.weights == second.weights
    assert first.state() == second.state()
