"""Values as people type them: a rate where the file has its exponent, 1e5 for a whole number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.config.edit import edit_config, parse_value
from vsrppp_tui.config.vsrpp import VsrppConfig
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.errors import UserError

EXPONENT = VsrpppConfig.keys()["LR_EXPONENT"]


@given(st.floats(-10.0, 0.0))
def test_an_exponent_stays_what_was_typed(exponent: float) -> None:
    assert parse_value(EXPONENT, repr(exponent)) == pytest.approx(exponent)


@given(st.floats(1e-10, 0.999))
def test_a_rate_becomes_its_exponent(rate: float) -> None:
    exponent = parse_value(EXPONENT, repr(rate))
    assert 10.0**exponent == pytest.approx(rate, rel=1e-5)
    assert edit_config(VsrpppConfig(), {"LR_EXPONENT": exponent})


def test_what_an_exponent_stands_for() -> None:
    assert EXPONENT.stands_for(parse_value(EXPONENT, "5e-4")) == "= 5e-4 peak learning rate"
    assert VsrppConfig.keys()["LR_MAX"].stands_for(1e-4) == ""


@pytest.mark.parametrize("text", ["1", "2.5", "100", "-11", "5e4"])
def test_what_is_neither_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match=r"rate itself may be typed: 5e-4"):
        edit_config(VsrpppConfig(), {"LR_EXPONENT": parse_value(EXPONENT, text)})


def test_a_list_is_refused_with_the_way_to_write_it() -> None:
    info = VsrppConfig.keys()["BEST_WINDOW_PERCENT"]
    with pytest.raises(UserError, match=r"such as \[20, 80\]"):
        edit_config(VsrppConfig(), {info.name: parse_value(info, "20,80")})


@pytest.mark.parametrize(("text", "value"), [("1e5", 100_000), ("2.0", 2), ("2.5", 2.5)])
def test_a_whole_number_in_another_notation(text: str, value: float) -> None:
    found = parse_value(VsrpppConfig.keys()["MAX_STEPS"], text)
    assert found == value and isinstance(found, int) == math.isclose(value, round(value))
