"""The scalars of a run over its steps: nothing lost, nothing newer than the run, bounded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.recorded import snapshot, validation
from vsrppp_tui.link.interface import History, Snapshot
from vsrppp_tui.tui.metric_values import unit_of
from vsrppp_tui.tui.metrics import Metrics


def at(step: int, loss: float = 1.0, **changes: Any) -> Snapshot:
    losses = {"L1": loss / 2, "Total": loss}
    return snapshot(step, **({"losses": losses, "validation": None} | changes))


def test_names_are_grouped_and_have_units() -> None:
    metrics = Metrics()
    metrics.add(at(5, validation=validation(5)))
    names = metrics.names()
    groups = [name.split("/")[0] for name in names]
    assert names[:2] == ("Loss/Total", "Loss/L1")
    assert [group for i, group in enumerate(groups) if group != (groups[i - 1] if i else "")] == [
        *dict.fromkeys(groups)
    ]
    assert "Activity/Block_01" in names
    assert unit_of("Validation/PSNR network") == "dB"
    assert unit_of("Machine/Disk left") == "GB"
    assert unit_of("Loss/Total") == ""


def test_a_snapshot_of_the_same_step_takes_the_place_of_the_first() -> None:
    metrics = Metrics()
    metrics.add(at(1, 4.0))
    metrics.add(at(1, 3.0))
    series = metrics.series("Loss/Total")
    assert series.steps.tolist() == [1] and series.last.tolist() == [3.0]


def test_a_run_that_goes_back_loses_what_lay_after() -> None:
    metrics = Metrics()
    for step in (10, 20, 30):
        metrics.add(at(step, validation=validation(step)))
    metrics.add(at(15, losses={}))
    assert metrics.series("Loss/Total").steps.tolist() == [10]
    assert metrics.series("Validation/PSNR network").steps.tolist() == [10]


def test_the_time_before_the_first_step_is_left_out() -> None:
    metrics = Metrics()
    assert not metrics.add(at(0, state="starting"))
    assert metrics.names() == ()
    assert metrics.series("Loss/Total").steps.size == 0


def test_the_recorded_run_goes_before_the_live_points() -> None:
    history = History(
        tuple(at(step, step) for step in (10, 20, 30)), (validation(10), validation(20))
    )
    metrics = Metrics()
    metrics.add(at(25, 0.5))
    metrics.seed(Metrics.recorded(history))
    series = metrics.series("Loss/Total")
    assert series.steps.tolist() == [10, 20, 25]
    assert series.last.tolist() == [10, 20, 0.5]
    assert metrics.series("Validation/Quality network").steps.tolist() == [10, 20]
    assert metrics.seeded


@given(
    st.lists(
        st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf])),
        min_size=1,
        max_size=200,
    ),
    st.integers(2, 20),
)
def test_merging_loses_no_extreme_and_not_the_newest(values: list[float], limit: int) -> None:
    metrics = Metrics(limit)
    for step, value in enumerate(values, 1):
        metrics.add(at(step, value))
    steps, low, high, last = metrics.series("Loss/Total")
    finite = [value for value in values if math.isfinite(value)]
    assert len(steps) <= limit
    assert np.all(np.diff(steps) > 0) and steps[-1] == len(values)
    assert last[-1] == values[-1] or math.isnan(values[-1])
    if finite:
        assert np.nanmin(low[np.isfinite(low)]) == min(finite)
        assert np.nanmax(high[np.isfinite(high)]) == max(finite)


def test_no_part_of_a_long_run_is_thinner_than_another() -> None:
    """But the newest part, which is kept as it came."""
    limit = 64
    metrics = Metrics(limit)
    for step in range(1, 5001):
        metrics.add(at(step, float(step)))
        steps = metrics.series("Loss/Total").steps
        assert len(steps) <= limit
    newest = steps[-limit // 2 :]
    assert np.array_equal(np.diff(newest), np.ones(len(newest) - 1))
    gaps = np.diff(steps, prepend=0)
    merged = gaps[gaps > 1]
    assert len(merged) >= 5
    assert len(set(merged[:-1])) == 1, "from the first step on, all stretches are equally long"
