"""The curve of the loss: kept in bounds, drawn whatever the values are."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.recorded import history, snapshot
from vsrppp_tui.tui.curve import Curve, Point
from vsrppp_tui.tui.widgets.plot import GUTTER, nice_end, plot_rows
from vsrppp_tui.tui.widgets.rows import Row, row_width

VALUES = st.floats(allow_nan=True, allow_infinity=True)


def with_loss(step: int, raw: float, smooth: float | None = None) -> Curve:
    curve = Curve()
    smooth = raw if smooth is None else smooth
    curve.add(snapshot(step, losses={"Total": raw}, smooth_losses={"Total": smooth}))
    return curve


def dots(rows: list[Row]) -> str:
    text = "".join(piece for row in rows[:-1] for piece, _ in row)
    return "".join(c for c in text if "\u2800" < c <= "\u28ff")


def test_the_curve_stays_bounded_and_keeps_its_ends_and_extremes() -> None:
    curve = Curve(limit=64)
    for step in range(1, 1001):
        loss = 9.0 if step == 300 else 1.0 / step
        curve.add(snapshot(step, losses={"Total": loss}, smooth_losses={"Total": 1.0 / step}))
    steps = [point.step for point in curve.points]
    assert len(steps) <= 64
    assert steps == sorted(set(steps))
    assert steps[-1] == 1000
    assert max(point.high for point in curve.points) == 9.0


def test_a_run_that_goes_back_loses_what_lay_after() -> None:
    curve = Curve()
    for step in (10, 20, 30, 40, 25):
        curve.add(snapshot(step))
    assert [point.step for point in curve.points] == [10, 20, 25]


def test_the_recorded_run_comes_before_the_live_points() -> None:
    curve = Curve()
    curve.add(snapshot(95))
    curve.seed(history(200).snapshots)
    steps = [point.step for point in curve.points]
    assert steps == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95]


def test_a_nan_is_a_gap_until_it_is_merged_with_a_number() -> None:
    curve = Curve()
    for step in range(1, 41):
        loss = math.nan if 15 <= step <= 25 else 1.0
        curve.add(snapshot(step, losses={"Total": loss}, smooth_losses={"Total": loss}))
    assert sum(math.isnan(point.low) for point in curve.points) == 11
    line = next(row for row in plot_rows(curve.points, 60, 9) if dots([row, ()]))
    text = "".join(piece for piece, _ in line)[GUTTER:].rstrip()
    assert "  " in text.strip(), "the line must be broken where the loss was NaN"


@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=60),
    st.integers(0, 120),
    st.integers(0, 30),
    st.booleans(),
)
def test_any_values_make_a_plot_of_the_right_size(
    values: list[tuple[float, float, float]], width: int, height: int, log: bool
) -> None:
    points = [Point(10 * (i + 1), *value) for i, value in enumerate(values)]
    rows = plot_rows(points, width, height, log=log, total_steps=300)
    assert len(rows) <= max(height, 0)
    if len(rows) > 1:
        assert all(row_width(row) <= width for row in rows)


def test_no_loss_and_no_positive_loss_say_so() -> None:
    assert "no loss yet" in str(plot_rows([], 60, 10))
    assert "no positive loss" in str(plot_rows(with_loss(5, -1.0).points, 60, 10, log=True))


@given(st.integers(1, 10**8), st.integers(1, 10**8))
def test_the_step_axis_holds_the_run(step: int, total: int) -> None:
    end = nice_end(step, total)
    assert step <= end <= max(10, 1.5 * step)
