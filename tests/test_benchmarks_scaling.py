"""The simulations behind docs/scaling.md agree with what is known of their edges."""

from __future__ import annotations

import math

import pytest

from benchmarks.scaling import failure_loss, jitter_efficiency, stall_efficiency


def test_one_gpu_waits_for_nobody_and_more_wait_longer() -> None:
    assert jitter_efficiency(1, 0.05) == pytest.approx(1.0, abs=0.01)
    shares = [jitter_efficiency(gpus, 0.05) for gpus in (8, 64, 512)]
    assert shares == sorted(shares, reverse=True)
    # The mean of the largest of eight normal numbers is 1.42 deviations.
    assert shares[0] == pytest.approx(1 / (1 + 1.42 * 0.05), abs=0.01)


def test_reading_ahead_covers_stalls_up_to_its_depth() -> None:
    shares = [stall_efficiency(32, ahead) for ahead in (1, 4, 16, 64)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.99
    assert stall_efficiency(4, 8, chance=0.0) == pytest.approx(1.0, abs=0.01)
    assert stall_efficiency(4, 8, chance=0.0, rate=0.5) == pytest.approx(0.5, abs=0.01)


def test_failures_cost_half_an_interval_and_a_restart() -> None:
    mean, every, restart = 36_000.0, 600.0, 300.0
    expected = (every / 2 + restart) / (mean + restart)
    assert failure_loss(mean, every, restart, stall=0.0) == pytest.approx(expected, rel=0.05)
    best = math.sqrt(2 * 60.0 * mean)  # Young, 1974: saves that stop the work for a minute
    around = [failure_loss(mean, best * factor, stall=60.0) for factor in (0.25, 1.0, 4.0)]
    assert min(around) == around[1]
