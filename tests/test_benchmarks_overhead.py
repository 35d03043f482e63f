"""What the benchmark of the dashboard reckons from a training's steps."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.looks import Look, Record
from benchmarks.overhead import compare

STRETCHES = 20  # of a step
EVERY = 0.5  # seconds between looks
WORK = (0.002, 0.002, 0.006)  # seconds of a core that the looks take, one after the other


def recorded(rate: float, later: float = 0.0, seconds: float = 1200.0) -> Record:
    """Steps of 200 ms that scatter and drift by 10%, each look of which holds them up by `rate` of its work.

    And by `later` seconds 100 ms after it.
    """
    random = np.random.default_rng(3)
    number = int(seconds / 0.2) * STRETCHES
    drift = 1 + 0.1 * np.sin(np.arange(number) / 800)
    stretches = 0.01 * drift * random.normal(1, 0.1, number).clip(0.5)
    stretches[::STRETCHES] *= 6  # one is long, as that of the loss is
    looks: list[Look] = []
    now = spent = 0.0
    waiting: list[float] = []
    ends = []
    for stretch in stretches:
        end = now + stretch
        while end > EVERY * (len(looks) + 1):
            time, work = EVERY * (len(looks) + 1), WORK[len(looks) % 3]
            free = time < seconds / 3
            done = free or bool(random.random() < 0.5)
            looks.append(Look(time, free, done, spent, spent + work * done))
            spent += work * done
            end += rate * work * done
            waiting += [time + 0.1] * done
        while waiting and end > waiting[0]:
            del waiting[0]
            end += later
        ends.append(end)
        now = end
    begins = [0.0, *ends[:-1]]
    return Record([begins[at : at + STRETCHES] for at in range(0, number, STRETCHES)], looks)


@pytest.mark.parametrize("rate", [0.0, 1.0, 3.0])
def test_the_cost_is_found_under_scatter_and_drift(rate: float) -> None:
    found = compare(recorded(rate))
    share = np.mean(WORK) / EVERY
    assert found.share == pytest.approx(share, rel=0.02)
    assert 0 < found.ratio.error < 0.0025
    assert found.ratio.value == pytest.approx(1 / (1 - rate * share), abs=3 * found.ratio.error)
    assert found.work == pytest.approx(np.mean(WORK), rel=0.1)


def test_what_holds_the_training_up_later_is_told() -> None:
    found = compare(recorded(1.0, later=0.004))
    assert found.delay.value == pytest.approx(np.mean(WORK), abs=3 * found.delay.error)
    assert found.longer.value == pytest.approx(np.mean(WORK) + 0.004, abs=3 * found.longer.error)


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="too few looks"):
        compare(recorded(1.0, seconds=1.5))
    whole = recorded(1.0, seconds=30.0)
    with pytest.raises(ValueError, match="too few steps: 9"):
        compare(Record(whole.passes[:10], whole.looks))
