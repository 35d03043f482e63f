"""What `check` foretells of the time spent waiting for data, and what it advises."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsrppp_tui.commands.check_feeding import Pace, as_read, describe_feeding, sample_seconds
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.registry import open_data


def configured(dataset: Path, **values: Any) -> RunConfig:
    return build_config({"DATASET_ROOT": str(dataset), "BATCH_SIZE": 4, **values})


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


@pytest.mark.parametrize(
    ("workers", "cores", "wait"),
    [
        (8, 8, 0.0),
        (4, 8, 0.0),  # 40 ms of reading by four, and a step of 10 ms
        (2, 8, 0.5),
        (8, 2, 0.5),  # more workers than cores
        (1, 8, 0.75),
        (0, 8, 0.8),  # nothing happens at the same time
    ],
)
def test_the_share_that_is_spent_waiting(workers: int, cores: int, wait: float) -> None:
    pace = Pace(None, 4, step_seconds=0.010, sample_seconds=0.010)
    assert pace.wait(workers, cores) == pytest.approx(wait)
    assert pace.workers_needed() == 4


def test_data_that_keep_up_need_no_advice(dataset: Path) -> None:
    config = configured(dataset, NUM_WORKERS=4)
    keeps_up, text = describe_feeding(
        config, open_data(config, None).samples, [Pace(None, 4, 0.01, 0.01)]
    )
    assert keeps_up
    assert "4 workers at 100 samples/s a core give 400, the step takes 400: about 0%" in text
    assert "set" not in text


def test_slow_data_come_with_the_values_that_help(dataset: Path) -> None:
    config = configured(dataset, NUM_WORKERS=1)
    keeps_up, text = describe_feeding(
        config, open_data(config, None).samples, [Pace(None, 4, 0.01, 0.01)]
    )
    assert not keeps_up
    assert "about 75% of the step" in text
    assert text.endswith("Set CACHE_BUDGET_GB=0.1 to decode them once or set NUM_WORKERS=4.")


def test_more_workers_than_cores_are_not_advised(dataset: Path) -> None:
    config = configured(dataset, NUM_WORKERS=8, CACHE_BUDGET_GB=1)
    sources = as_read(config, open_data(config, None).samples)
    _, text = describe_feeding(config, sources, [Pace(None, 4, 0.001, 0.01)])
    assert text.endswith("40 workers would keep up, and this machine has 8 cores.")


def test_patches_within_the_budget_are_read_as_decoded_ones(dataset: Path) -> None:
    off, on = configured(dataset), configured(dataset, CACHE_BUDGET_GB=1)
    [png] = as_read(off, open_data(off, None).samples)
    [decoded] = as_read(on, open_data(on, None).samples)
    assert (png.decoded, decoded.decoded) == (False, True)
    assert png.sample(0, []).gt.shape == decoded.sample(0, []).gt.shape
    assert not np.shares_memory(png.sample(0, []).gt, png.sample(0, []).gt)
    assert sample_seconds(decoded, 2) > 0
    assert not (dataset / "Patches" / ".decoded").exists(), "check writes nothing"
