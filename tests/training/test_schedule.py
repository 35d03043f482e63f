"""The learning rate as a function of the step."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.schedule import cosine_lr


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
