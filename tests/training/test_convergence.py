from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsrppp_tui.training.convergence import MAX_BINS, LossCurve, Smoother, estimate
from vsrppp_tui.training.telemetry import Convergence


def curve_of(losses: Iterable[float]) -> LossCurve:
    curve = LossCurve()
    for step, loss in enumerate(losses, start=1):
        curve.add(step, float(loss))
    return curve


def noise(seed: int, count: int, neighbours: float = 0.0, size: float = 0.1) -> NDArray[np.float64]:
    """Factors around 1; `neighbours` is the correlation of one with the next."""
    draws = np.random.default_rng(seed).normal(size=count)
    for index in range(1, count):
        draws[index] = neighbours * draws[index - 1] + (1 - neighbours**2) ** 0.5 * draws[index]
    return np.exp(size * draws)


@pytest.mark.parametrize("count", [60, 600, 3000])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_steady_fall_and_a_steady_rise_are_recognised(count: int, sign: int) -> None:
    losses = np.exp(sign * 2.0 * np.arange(count) / count) * noise(count, count)
    result = estimate(curve_of(losses))
    truth = math.expm1(sign * 2.0 * 1000 / count)
    assert result.trend == ("Converging" if sign < 0 else "Diverging")
    assert result.slope is not None
    assert result.low is not None
    assert result.high is not None
    assert result.low <= result.slope <= result.high
    assert result.low <= truth <= result.high


@pytest.mark.parametrize("count", [40, 150, 700])
@pytest.mark.parametrize("neighbours", [0.0, 0.5])
def test_noise_alone_is_seldom_taken_for_a_trend(count: int, neighbours: float) -> None:
    trends = Counter(
        estimate(curve_of(noise(seed, count, neighbours))).trend for seed in range(100)
    )
    assert trends["Converging"] + trends["Diverging"] <= 10, trends


def test_a_run_that_turns_bad_at_its_end_is_diverging() -> None:
    losses = noise(0, 2000)
    losses[1800:] *= np.exp(np.linspace(0.0, 1.0, 200))
    assert estimate(curve_of(losses)).trend == "Diverging"


def test_single_outliers_do_not_decide() -> None:
    losses = np.exp(-np.arange(400) / 200) * noise(1, 400)
    losses[[300, 341, 390]] *= 20.0
    assert estimate(curve_of(losses)).trend == "Converging"


@pytest.mark.parametrize("loss", [0.25, 0.0, -1.0, 1e300])
def test_a_constant_loss_is_exactly_flat(loss: float) -> None:
    assert estimate(curve_of([loss] * 700)) == Convergence("Plateauing", 0.0, 0.0, 0.0)


def test_few_points_are_still_gathering() -> None:
    assert estimate(LossCurve()) == Convergence()
    assert estimate(curve_of([1.0] * 19)) == Convergence()
    assert estimate(curve_of([1.0] * 20)).trend == "Plateauing"


def test_losses_that_are_no_numbers_are_counted_and_change_nothing() -> None:
    falling = np.exp(-np.arange(300) / 150)
    clean, mixed = LossCurve(), LossCurve()
    for step, loss in enumerate(falling):
        clean.add(2 * step, loss)
        mixed.add(2 * step, loss)
        mixed.add(2 * step + 1, (math.nan, math.inf, -math.inf)[step % 3])
    assert mixed.ignored == 300
    assert estimate(mixed) == estimate(clean)


def test_a_long_run_stays_within_its_bins_and_keeps_its_mean() -> None:
    losses = noise(3, 20_000)
    curve = curve_of(losses)
    steps, means = curve.points()
    assert MAX_BINS // 2 <= len(steps) <= MAX_BINS
    assert np.all(np.diff(steps) > 0)
    assert means[1:-1].mean() == pytest.approx(losses.mean(), rel=0.01)


def test_steps_that_are_taken_back_are_forgotten() -> None:
    curve = curve_of([1.0] * 100 + [50.0] * 20)
    for step in range(101, 121):
        curve.add(step, 1.0)
    assert estimate(curve).trend == "Plateauing"
    assert len(curve.points()[0]) == 120


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 400), st.floats()), max_size=300))
def test_whatever_comes_the_estimate_holds_together(jumps: list[tuple[int, float]]) -> None:
    curve, step = LossCurve(), 0
    for jump, loss in jumps:
        step += jump
        curve.add(step, loss)
    result = estimate(curve)
    assert len(curve.points()[0]) <= MAX_BINS
    if result.trend != "gathering":
        assert result.low is not None
        assert result.slope is not None
        assert result.high is not None
        assert result.low <= result.slope <= result.high


def test_a_restored_curve_goes_on_as_if_never_stopped() -> None:
    losses = noise(4, 1500)
    whole, second = curve_of(losses), LossCurve()
    second.restore(json.loads(json.dumps(curve_of(losses[:900]).state())))
    for step, loss in enumerate(losses[900:], start=901):
        second.add(step, float(loss))
    assert second.state() == whole.state()
    assert estimate(second) == estimate(whole)


def test_the_smoothed_loss_is_right_from_the_first_step() -> None:
    smoother = Smoother()
    assert smoother.values == {}
    smoother.add({"L1": 0.5, "Total": 2.0})
    assert smoother.values == pytest.approx({"L1": 0.5, "Total": 2.0})
    smoother.add({"L1": 0.7, "Total": 2.0})
    assert smoother.values["L1"] == pytest.approx(0.6, abs=0.01)
    assert smoother.values["Total"] == pytest.approx(2.0)


def test_the_smoothed_loss_follows_within_its_time_constant() -> None:
    smoother = Smoother(time_constant=10.0)
    for _ in range(1000):
        smoother.add({"Total": 0.0})
    for _ in range(10):
        smoother.add({"Total": 1.0})
    assert smoother.values["Total"] == pytest.approx(1 - math.exp(-1))


def test_a_loss_that_is_no_number_leaves_the_average_alone() -> None:
    smoother = Smoother()
    smoother.add({"L1": 0.5, "Total": math.nan})
    smoother.add({"L1": math.inf})
    assert smoother.values == pytest.approx({"L1": 0.5})


def test_a_restored_average_goes_on_as_if_never_stopped() -> None:
    first, second = Smoother(), Smoother()
    first.add({"L1": 0.5})
    second.restore(json.loads(json.dumps(first.state())))
    for smoother in (first, second):
        smoother.add({"L1": 0.1})
    assert first.values == second.values


def test_a_hint_of_a_rise_is_not_diverging() -> None:
    losses = 0.01 * np.exp(0.03 * np.arange(200) / 200)
    assert estimate(curve_of(losses)).trend == "Plateauing"
