from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.training.activity import ActivityMonitor
from vsrppp_tui.training.telemetry import BlockReading

BLOCKS = (("Block_01", "backward"), ("Block_02", "backward"), ("Block_03", "forward"))
ACTIVITY = st.floats(0.0, 1e6, allow_subnormal=False)
READING = st.tuples(ACTIVITY, ACTIVITY, ACTIVITY)


def after(*readings: tuple[float, ...]) -> tuple[BlockReading, ...]:
    monitor = ActivityMonitor(BLOCKS)
    return [monitor.add(reading) for reading in readings][-1]


def test_percentages_are_of_the_most_active_block() -> None:
    blocks = after((0.02, 0.04, 0.0078))
    assert [block.percent for block in blocks] == pytest.approx([50.0, 100.0, 19.5])
    assert [block.cold for block in blocks] == [False, False, True]
    assert [(block.name, block.trunk) for block in blocks] == list(BLOCKS)
    assert [block.value for block in blocks] == [0.02, 0.04, 0.0078]


def test_twenty_percent_is_not_cold() -> None:
    assert [block.cold for block in after((1.0, 5.0, 5.0))] == [False, False, False]


def test_without_any_activity_every_block_is_cold_at_zero() -> None:
    blocks = after((0.0, 0.0, 0.0))
    assert [(block.percent, block.cold) for block in blocks] == [(0.0, True)] * 3


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_shown_cold_and_spares_the_others(odd: float) -> None:
    blocks = after((odd, 1.0, 0.5))
    assert [block.percent for block in blocks] == [0.0, 100.0, 50.0]
    assert [block.cold for block in blocks] == [True, False, False]
    assert not math.isfinite(blocks[0].value)


def test_the_trend_compares_ten_readings_with_the_ten_before() -> None:
    early, late = (1.0, 2.0, 0.0), (1.1, 1.0, 0.0)
    assert {block.trend for block in after(*[early] * 10, *[late] * 9)} == {None}
    trends = [block.trend for block in after((9.0, 9.0, 9.0), *[early] * 10, *[late] * 10)]
    assert trends == pytest.approx([0.1, -0.5, 0.0])


def test_there_is_no_trend_where_there_is_no_ratio() -> None:
    readings = [(0.0, math.nan, 1.0)] * 10 + [(1.0, 1.0, math.inf)] * 10
    assert [block.trend for block in after(*readings)] == [None, None, None]


def test_another_number_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="2 activities for 3 blocks"):
        after((1.0, 2.0))


@given(st.lists(READING, min_size=1, max_size=25))
def test_percentages_stay_within_their_range(readings: list[tuple[float, ...]]) -> None:
    blocks = after(*readings)
    percents = [block.percent for block in blocks]
    assert all(0.0 <= percent <= 100.0 for percent in percents)
    assert max(percents) == (100.0 if max(readings[-1]) > 0.0 else 0.0)
    assert all(block.cold == (block.percent < 20.0) for block in blocks)
    assert all(block.trend is None or block.trend >= -1.0 for block in blocks)


@given(st.lists(READING, max_size=25), st.lists(READING, min_size=1, max_size=25))
def test_a_restored_monitor_goes_on_as_if_never_stopped(
    before: list[tuple[float, ...]], then: list[tuple[float, ...]]
) -> None:
    first, second = ActivityMonitor(BLOCKS), ActivityMonitor(BLOCKS)
    for reading in before:
        first.add(reading)
    second.restore(json.loads(json.dumps(first.state())))
    for reading in then:
        assert first.add(reading) == second.add(reading)


def test_layers_that_join_features_are_compared_among_themselves() -> None:
    monitor = ActivityMonitor((*BLOCKS, ("Backward_Fuse", "fuse"), ("Fusion", "fuse")))
    blocks = monitor.add((0.02, 0.04, 0.001, 5.0, 0.5))
    assert [block.percent for block in blocks] == pytest.approx([50.0, 100.0, 2.5, 100.0, 10.0])
    assert [block.cold for block in blocks] == [False, False, True, False, True]
