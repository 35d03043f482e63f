"""The machine panel says what to do where the training waits for data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tui.recorded import snapshot
from vsrppp_tui.tui.steady import Steady
from vsrppp_tui.tui.widgets.machine import Meter, meters


def data_wait(share: float, config: dict[str, Any]) -> Meter:
    now = replace(snapshot(400), data_wait=share, config=config)
    [found] = [meter for meter in meters(now, Steady()) if meter.label == "Data wait"]
    return found


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"CACHE_BUDGET_GB": 0.0, "NUM_WORKERS": None}, "⚠ set a cache"),
        ({"CACHE_BUDGET_GB": 20.0, "NUM_WORKERS": None}, "⚠ more workers"),
        ({"NUM_WORKERS": 4}, "⚠ more workers"),  # a recipe without such a cache
        ({}, "⚠ more workers"),
    ],
)
def test_a_long_wait_names_its_remedy(config: dict[str, Any], text: str) -> None:
    meter = data_wait(0.4, config)
    assert (meter.text, meter.warning) == (text, True)


def test_a_short_wait_asks_for_nothing() -> None:
    meter = data_wait(0.04, {"CACHE_BUDGET_GB": 0.0})
    assert (meter.text, meter.warning) == ("of the step", False)
