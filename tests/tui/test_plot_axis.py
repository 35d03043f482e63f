"""Axes: ranges hold what they must and stay still; labels are round, short and few."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.tui.plot.axis import (
    Range,
    end_labels,
    fitted,
    nice_end,
    steady,
    step_ticks,
    value_ticks,
)
from vsrppp_tui.tui.plot.frame import GUTTER, step_row
from vsrppp_tui.tui.plot.window import WINDOWS, Extent, Window

VALUES = st.floats(-1e140, 1e140)
POSITIVE = st.floats(1e-140, 1e140)
COMMON = st.floats(-9e3, 9e3).filter(lambda value: value == 0 or abs(value) > 0.01)
EXTENTS = st.builds(
    lambda first, more, left: Extent(first, first + more, first + more + left),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
)


@given(VALUES, VALUES, st.integers(1, 12))
def test_a_range_holds_its_values_without_much_room(one: float, other: float, ticks: int) -> None:
    low, high = min(one, other), max(one, other)
    shown = fitted(low, high, ticks)
    room = 1e-6 * (shown.high - shown.low)
    assert shown.low <= low + room and shown.high >= high - room
    assert shown.low < shown.high


@given(POSITIVE, POSITIVE, st.integers(1, 12))
def test_a_log_range_holds_its_values(one: float, other: float, ticks: int) -> None:
    low, high = min(one, other), max(one, other)
    shown = fitted(low, high, ticks, log=True)
    assert 0 < shown.low <= low * 1.000001 and shown.high >= high * 0.999999
    assert shown.low < shown.high


@given(VALUES, VALUES, st.integers(1, 12), st.booleans())
def test_labels_are_few_short_and_inside(one: float, other: float, most: int, log: bool) -> None:
    low, high = min(one, other), max(one, other)
    if log:
        low, high = abs(low) or 1.0, abs(high) or 1.0
        low, high = min(low, high), max(low, high)
    shown = fitted(low, high, most, log)
    ticks = value_ticks(shown, most)
    assert len(ticks) <= most
    for value, text in ticks:
        assert -1e-3 <= shown.place(value) <= 1 + 1e-3
        assert 0 < len(text) <= 9


@given(st.floats(0.001, 10), st.floats(1.5, 100), st.integers(3, 12), st.booleans())
def test_a_plot_of_some_height_has_two_labels_that_differ(
    low: float, times: float, most: int, log: bool
) -> None:
    ticks = value_ticks(fitted(low, low * times, most, log), most)
    assert len(ticks) >= 2
    assert len({text for _, text in ticks}) == len(ticks)


def test_values_of_common_metrics_have_plain_labels() -> None:
    texts = {
        (0.012, 0.061): ["0.00", "0.02", "0.04", "0.06"],
        (28.31, 29.8): ["28.5", "29.0", "29.5", "30.0"],
        (0.0, 100.0): ["0", "25", "50", "75", "100"],
        (2e-5, 1e-4): ["2e-5", "4e-5", "6e-5", "8e-5", "1e-4"],
        (-3.0, 4.0): ["-2", "0", "2", "4"],
    }
    for (low, high), expected in texts.items():
        assert [text for _, text in value_ticks(fitted(low, high, 4), 5)] == expected
    logs = [text for _, text in value_ticks(fitted(1e-5, 1.0, 6, log=True), 6)]
    assert logs == ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]


def test_a_constant_and_a_zero_stand_in_the_middle() -> None:
    for value in (0.0, 3.0, -7e-9, 1e120):
        shown = fitted(value, value, 4)
        assert 0.2 < shown.place(value) < 0.8


def test_a_range_stays_until_it_no_longer_fits() -> None:
    shown = fitted(0.01, 0.06, 4)
    assert steady(shown, fitted(0.012, 0.058, 4), 0.012, 0.058) is shown
    assert steady(shown, fitted(0.012, 0.07, 4), 0.012, 0.07) == fitted(0.012, 0.07, 4)
    assert steady(shown, fitted(0.01, 0.02, 4), 0.01, 0.02) == fitted(0.01, 0.02, 4)
    log = fitted(0.01, 0.06, 4, log=True)
    assert steady(shown, log, 0.01, 0.06) is log
    assert steady(None, log, 0.01, 0.06) is log


@given(st.integers(1, 10**8))
def test_the_end_of_the_step_axis_is_round(step: int) -> None:
    assert step <= nice_end(step) <= max(10, 1.4 * step)


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(1, 20))
def test_step_labels_are_whole_and_inside(first: int, wide: int, most: int) -> None:
    ticks = step_ticks(first, first + wide, most)
    assert len(ticks) <= most
    for step in ticks:
        assert first - 1 <= step <= first + wide + 1 and abs(step - round(step)) < 1e-6


def test_steps_have_one_notation() -> None:
    row = "".join(text for text, _ in step_row((0, 100_000), 70, None))
    assert row.split()[2:4] == ["0", "╵20,000"]


@pytest.mark.parametrize(("low", "high"), [(0.019, 0.045), (0.0101, 0.0899), (21.0, 26.0)])
def test_a_log_axis_of_less_than_a_decade_is_labelled_all_along(low: float, high: float) -> None:
    for rows in (17, 33, 72):
        shown = fitted(low, high, 8, log=True)
        places = [shown.place(value) for value, _ in value_ticks(shown, rows // 3)]
        gaps = [after - before for before, after in pairwise(places)]
        assert max(gaps) <= (0.35 if rows > 20 else 0.6)
        assert min(gaps) * rows >= 1.5, "none in the row of another"


@given(EXTENTS, st.lists(st.sampled_from("wion<>0"), max_size=12), st.floats(0, 1))
def test_a_window_stays_within_the_run(extent: Extent, keys: list[str], share: float) -> None:
    window, whole = Window(), extent.whole
    assert whole[0] <= extent.first and whole[1] >= extent.last
    for key in keys:
        first, last = window.span(extent)
        around = first + share * (last - first)
        if key == "w":
            window = window.next()
        elif key in "io":
            window = window.zoom(extent, around, inward=key == "i")
        elif key in "<>":
            window = window.pan(extent, 0.5 if key == ">" else -0.5)
        elif key == "0":
            window = Window()
        first, last = window.span(extent)
        assert whole[0] <= first < last <= max(whole[1], first + 10.5)
        assert window.name(extent)


def test_the_newest_steps_move_in_strides() -> None:
    window = Window(choice=[name for name, _ in WINDOWS].index("last 1,000 steps"))
    spans = {window.span(Extent(1, last, 100_000)) for last in range(5001, 5101)}
    assert spans == {(4100.0, 5100.0)}
    assert window.name(Extent(1, 5001, 100_000)) == "last 1,000 steps"
    assert window.span(Extent(1, 300, 100_000)) == Extent(1, 300, 100_000).whole


def test_zooming_keeps_the_cursor_in_its_place() -> None:
    extent = Extent(1, 10_000, 10_000)
    window = Window().zoom(extent, 2000, inward=True)
    assert window.span(extent) == (1000, 6000)
    assert window.zoom(extent, 2000, inward=False) == Window()


def test_a_range_places_its_ends() -> None:
    assert Range(1, 100, True).place(10) == 0.5
    assert math.isclose(Range(-1, 3).place(1), 0.5)


def test_end_labels_have_the_digits_that_the_eye_uses() -> None:
    texts = {
        (0.0, 0.01125): ("0", "0.011"),
        (0.1625, 0.2625): ("0.16", "0.26"),
        (9.95e-5, 1e-4): ("9.95e-5", "1e-4"),
        (28.25, 28.35): ("28.25", "28.35"),
        (0.0, 5000.0): ("0", "5000"),
        (-3.5, 4.0): ("-3.5", "4.0"),
    }
    for (low, high), expected in texts.items():
        assert end_labels(Range(low, high)) == expected
    assert end_labels(Range(0.0194, 0.09, log=True)) == ("0.019", "0.09")
    assert len(set(end_labels(Range(1.001, 1.003, log=True)))) == 2


@given(COMMON, COMMON, st.booleans())
def test_end_labels_differ_and_are_near_the_ends(one: float, other: float, log: bool) -> None:
    low, high = min(one, other), max(one, other)
    if log:
        low, high = sorted((abs(low) or 1.0, abs(high) or 1.0))
    shown = fitted(low, high, 4, log)
    texts = end_labels(shown)
    assert all(0 < len(text) <= GUTTER - 1 for text in texts)
    if not log and shown.high - shown.low > 0.2 * max(abs(shown.low), abs(shown.high)):
        assert texts[0] != texts[1]
        for text, end in zip(texts, (shown.low, shown.high), strict=True):
            assert abs(float(text) - end) <= 0.0301 * (shown.high - shown.low)
