"""What the benchmark of the dashboard reckons from a training's steps."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.overhead import compare, excess_over_neighbours


def steps(delay: float, every: float = 0.5) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Steps of 50 ms that scatter and drift by 10%, and a screen that delays one each half second."""
    random = np.random.default_rng(3)
    number = 20_000
    drift = 1 + 0.1 * np.sin(np.arange(number) / 40)
    seconds = 0.05 * drift * random.normal(1, 0.1, number).clip(0.5)
    begins = np.concatenate([[0.0], np.cumsum(seconds)[:-1]])
    looks = np.arange(0.1, begins[-1], every)  # a longer step is met more often, as in truth
    worked = np.zeros(number, np.bool_)
    worked[np.searchsorted(begins, looks, side="right") - 1] = True
    return seconds + delay * worked, worked


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.01])
def test_the_delay_is_found_under_scatter_and_drift(delay: float) -> None:
    found = compare(*steps(delay))
    assert found.ratio.error < 0.0005
    assert found.ratio.value == pytest.approx(1 + delay / 0.5, abs=3 * found.ratio.error)
    assert found.after is not None
    assert abs(found.after.value) < 4 * found.after.error


def test_what_slows_the_next_step_down_is_told() -> None:
    seconds, worked = steps(0.004)
    seconds[1:] += 0.003 * worked[:-1]
    found = compare(seconds, worked)
    assert found.after is not None
    assert found.after.value == pytest.approx(0.003, abs=4 * found.after.error)


def test_a_step_is_compared_with_its_quiet_neighbours_alone() -> None:
    seconds = np.array([1.0, 2.0, 9.0, 4.0, 5.0])
    worked = np.array([False, False, True, False, False])
    assert excess_over_neighbours(seconds, worked) == pytest.approx(
        [1 - 11 / 3, 2 - 10 / 3, 6, 4 - 8 / 3, 5 - 7 / 3]
    )
    alone = excess_over_neighbours(seconds, ~worked)
    assert alone[0] == 1 - 9
    assert np.isnan(alone[2]), "it has no neighbour without work"
    assert np.isnan(excess_over_neighbours(seconds, np.ones(5, np.bool_))).all()
