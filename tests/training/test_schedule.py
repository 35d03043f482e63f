"""The learning rate as a function of the step."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.schedule import (
    PHASES,
    cosine_lr,
    vsrpp_lr,
    vsrpp_phase,
)


def test_agrees_with_torch() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1e-4)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=1e-7)
    for step in range(51):
        assert cosine_lr(step, peak=1e-4, total_steps=50) == pytest.approx(
            theirs.get_last_lr()[0], rel=1e-9
        )
        optimizer.step()
        theirs.step()


@given(step=st.integers(0, 10_000), peak=st.floats(1e-7, 1.0), total=st.integers(1, 10_000))
def test_stays_between_floor_and_peak_and_never_rises(step: int, peak: float, total: int) -> None:
    rate = cosine_lr(step, peak=peak, total_steps=total)
    assert 1e-7 * 0.999999 <= rate <= peak * 1.000001
    assert cosine_lr(step + 1, peak=peak, total_steps=total) <= rate * (1 + 1e-12)


def test_a_peak_below_the_floor_is_never_raised() -> None:
    assert cosine_lr(5, peak=1e-9, total_steps=10) == 1e-9


def test_the_recipe_follows_its_keys() -> None:
    config = build_config({"LR_EXPONENT": -3, "MAX_STEPS": 10, "GRAD_CLIP": 0.5})
    controller = CosineController()
    assert controller.learning_rate(0, config) == pytest.approx(1e-3)
    assert controller.learning_rate(10, config) == pytest.approx(1e-7)
    assert controller.decide(3, config).clip == 0.5


def vsrpp(**values: Any) -> AdaptiveConfig:
    config = build_config({"RECIPE": "vsrpp", **values})
    assert isinstance(config, AdaptiveConfig)
    return config


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.0), (1, 1e-7), (500, 5e-5), (1000, 1e-4), (50_500, 5.05e-5), (100_000, 1e-6)],
)
def test_vsrpp_warms_up_and_falls_along_a_cosine(step: int, rate: float) -> None:
    assert vsrpp_lr(step, vsrpp()) == pytest.approx(rate)


def test_plateaus_lower_the_rate_but_not_below_the_least() -> None:
    config = vsrpp()
    assert vsrpp_lr(50_500, config, 0.5) == pytest.approx(2.525e-5)
    assert vsrpp_lr(50_500, config, 0.001) == 1e-6
    assert vsrpp_lr(500, config, 0.5) == pytest.approx(2.5e-5)  # a warm-up made longer live


@pytest.mark.parametrize(
    ("step", "factor", "phase"),
    [
        (0, 1.0, "warmup"),
        (999, 0.5, "warmup"),
        (1000, 1.0, "cosine"),
        (1000, 0.5, "plateau"),
        (99_999, 1.0, "cosine"),
    ],
)
def test_phases(step: int, factor: float, phase: str) -> None:
    assert vsrpp_phase(step, vsrpp(), factor) == phase


def test_the_phases_are_numbered_for_the_records() -> None:
    assert PHASES == ("warmup", "cosine", "plateau")


def test_a_yaml_run_has_its_own_names() -> None:
    values = {
        "MODEL.base_channels": 8,
        "TRAINING.learning_rate": 2e-4,
        "TRAINING.warmup_steps": 10,
        "TRAINING.total_steps": 100,
    }
    config = vsrpp(**values)
    assert vsrpp_lr(10, config) == pytest.approx(2e-4)
    assert vsrpp_lr(100, config) == pytest.approx(1e-6)


@given(
    step=st.integers(0, 3000),
    warmup=st.integers(0, 1500),
    total=st.integers(1, 2000),
    ends=st.tuples(st.floats(1e-9, 1.0), st.floats(1e-9, 1.0)).map(sorted),
    factor=st.floats(1e-6, 1.0),
)
def test_the_rate_rises_in_the_warm_up_and_then_stays_between_its_ends(
    step: int, warmup: int, total: int, ends: list[float], factor: float
) -> None:
    low, high = ends
    config = vsrpp(WARMUP_STEPS=warmup, MAX_STEPS=total, LR_MIN=low, LR_MAX=high)
    rate, following = (vsrpp_lr(s, config, factor) for s in (step, step + 1))
    if step < warmup:
        assert 0.0 <= rate <= high * factor
        assert following >= rate
    else:
        assert low <= rate <= high * (1 + 1e-12)
        assert following <= rate * (1 + 1e-12)
    assert vsrpp_lr(step, config, factor / 2) <= rate
