"""Numbers and times as the dashboard words them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.tui.text import bar, clock_time, decimal, duration, number, shorten, speed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012341, "0.01234"),
        (9.8715e-05, "9.872e-05"),
        (0.0, "0"),
        (12.0, "12.00"),
        (999.96, "1000"),
        (123456.7, "123457"),
        (2e9, "2.000e+09"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
        (None, "–"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (61, "1 min 00 s"),
        (599, "9 min 50 s"),
        (1800, "30 min"),
        (7 * 3600 + 1920, "7 h 32 min"),
        (5 * 86400, "5 d 0 h"),
        (None, "–"),
        (float("inf"), "–"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_speed_turns_into_time_a_step_when_slow() -> None:
    assert speed(3.21) == "3.2 steps/s"
    assert speed(0.25) == "4.0 s/step"
    assert speed(None) == "– steps/s"


def test_signs_and_times() -> None:
    assert decimal(-0.5, 1, "%", signed=True) == "−0.5%"
    assert decimal(float("nan"), 2) == "NaN"
    assert clock_time(3600.0 * 14 + 5 * 60 + 3) == "14:05:03"
    assert shorten("validation", 4) == "val…"


@given(st.floats(-1, 2), st.integers(0, 80))
def test_a_bar_fills_its_width(fraction: float, width: int) -> None:
    filled, rest = bar(fraction, width)
    assert len(filled) + rest == width
    assert (fraction > 0) or not filled
    assert (fraction < 1) or rest == 0
