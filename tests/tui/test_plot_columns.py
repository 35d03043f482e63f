"""Decimation and smoothing: no extreme is lost, no NaN is drawn, whatever the values are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsrppp_tui.tui.plot.columns import band_of, column_edges, joined, line_of
from vsrppp_tui.tui.plot.smoothing import STRENGTHS, averaged_steps, grouped, smoothed

ANY = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(-1e6, 1e6)
POINTS = st.dictionaries(st.integers(0, 3000), ANY, max_size=80)
Floats = NDArray[np.float64]


def arrays(points: dict[int, float]) -> tuple[Floats, Floats]:
    steps = sorted(points)
    return np.array(steps, float), np.array([points[step] for step in steps], float)


@given(POINTS, st.integers(0, 2000), st.integers(1, 1500), st.integers(1, 300))
def test_every_point_in_the_window_is_in_one_column(
    points: dict[int, float], first: int, wide: int, columns: int
) -> None:
    steps, _ = arrays(points)
    edges = column_edges(steps, (first, first + wide), columns)
    assert len(edges) == columns + 1
    assert (np.diff(edges) >= 0).all()
    inside = [i for i, step in enumerate(steps) if first <= step <= first + wide]
    assert list(range(edges[0], edges[-1])) == inside


@given(POINTS, st.integers(0, 2000), st.integers(1, 1500), st.integers(1, 300))
def test_no_extreme_of_a_column_is_lost(
    points: dict[int, float], first: int, wide: int, columns: int
) -> None:
    steps, values = arrays(points)
    span = (float(first), float(first + wide))
    band = band_of(steps, values, values, span, columns)
    edges = column_edges(steps, span, columns)
    assert len(band.low) == len(band.high) == columns
    for column in range(columns):
        kept = [v for v in values[edges[column] : edges[column + 1]] if not math.isnan(v)]
        if kept:
            assert (band.low[column], band.high[column]) == (min(kept), max(kept))
        else:
            assert math.isnan(band.low[column]) and math.isnan(band.high[column])


@given(POINTS, st.integers(2, 200))
def test_a_line_holds_its_points_and_joins_its_columns(
    points: dict[int, float], columns: int
) -> None:
    steps, values = arrays(points)
    line = line_of(steps, values, (0.0, 3000.0), columns)
    low, high = joined(line)
    there = ~np.isnan(line.low)
    assert (np.isnan(low) == ~there).all() and (np.isnan(high) == ~there).all()
    assert (low[there] <= line.low[there]).all() and (high[there] >= line.high[there]).all()
    edges = column_edges(steps, (0.0, 3000.0), columns)
    for column in range(columns):
        inside = values[edges[column] : edges[column + 1]]
        if len(inside) and np.isnan(inside).all():
            assert not there[column], "a column of NaN alone is a gap"
        elif len(inside):
            assert there[column]


def test_sparse_points_are_bridged_but_not_over_a_nan() -> None:
    steps = np.array([0.0, 40.0, 60.0, 99.0])
    line = line_of(steps, np.array([1.0, 5.0, math.nan, 7.0]), (0.0, 100.0), 100)
    assert line.low[20] == pytest.approx(1 + 4 * 20.5 / 40)
    assert not np.isnan(line.low[:41]).any()
    assert np.isnan(line.low[41:99]).all()
    assert line.low[99] == 7


def test_a_line_between_points_outside_of_the_window_passes_it() -> None:
    line = line_of(np.array([0.0, 1000.0]), np.array([0.0, 1000.0]), (400.0, 600.0), 10)
    assert line.low == pytest.approx(np.arange(410, 600, 20))


@given(POINTS.filter(len), st.just(0.0) | st.floats(1, 1e4))
def test_smoothing_stays_between_the_extremes_and_passes_over_what_is_not_finite(
    points: dict[int, float], over: float
) -> None:
    steps, values = arrays({step: max(-1e9, min(1e9, v)) for step, v in points.items()})
    result = smoothed(steps, values, over)
    finite = np.isfinite(values)
    assert (np.isfinite(result) == finite).all()
    if finite.any():
        room = 1e-6 * max(1e-300, float(np.abs(values[finite]).max()))
        assert (result[finite] >= values[finite].min() - room).all()
        assert (result[finite] <= values[finite].max() + room).all()


@given(st.lists(FINITE, min_size=1, max_size=300), st.floats(1, 50))
def test_smoothing_is_the_plain_recurrence(values: list[float], over: float) -> None:
    steps = np.arange(1.0, len(values) + 1)
    share, total, weight = -math.expm1(-1 / over), 0.0, 0.0
    expected = []
    for value in values:
        total += share * (value - total)
        weight += share * (1 - weight)
        expected.append(total / weight)
    assert smoothed(steps, np.array(values), over) == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_many_points_are_averaged_in_groups_first() -> None:
    steps = np.arange(1.0, 1_000_001)
    values = np.where(steps % 2 == 0, 1.0, 3.0)
    values[500_000:500_500] = math.nan
    at, means = grouped(steps, values)
    assert len(at) < 16_384 and at[-1] == 1_000_000
    assert np.isnan(means).sum() in (3, 4)
    assert means[~np.isnan(means)] == pytest.approx(2.0, abs=0.1)
    assert grouped(steps[:100], values[:100])[1] is not means


@given(st.floats(1, 1e9), st.integers(0, 2))
def test_a_strength_is_a_round_number_of_steps(shown: float, strength: int) -> None:
    _, share, fewest = STRENGTHS[strength]
    over = averaged_steps(strength, shown)
    wanted = max(share * shown, fewest)
    assert 0.39 * wanted <= over <= wanted * 1.001
    assert f"{over:.0e}"[0] in "125"
    assert averaged_steps(3, shown) == 0
