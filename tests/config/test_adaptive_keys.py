from __future__ import annotations

from typing import Any

import pytest

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.vsrpp import AdaptiveConfig
from vsrppp_tui.errors import UserError


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("GRAD_WEIGHT_MIN", "GRAD_WEIGHT_MAX"),
        ("AGGRESSIVE_BELOW", "AGGRESSIVE_UNTIL"),
        ("SOFT_BELOW", "SHARP_ABOVE"),
        ("LR_MIN", "LR_MAX"),
    ],
)
def test_ends_that_are_crossed_are_refused(low: str, high: str) -> None:
    values: dict[str, Any] = {"RECIPE": "vsrpp", low: 0.5, high: 0.4}
    with pytest.raises(UserError, match=rf"{low} = 0\.5 is above {high} = 0\.4"):
        build_config(values)
    build_config({**values, high: 0.5})


def test_the_start_weights_are_scaled_to_a_sum_of_one() -> None:
    config = build_config(
        {"RECIPE": "vsrpp", "L1_WEIGHT": 0.3, "MS_WEIGHT": 0.2, "GRAD_WEIGHT": 0.1}
    )
    assert isinstance(config, AdaptiveConfig)
    assert config.start_weights == pytest.approx((0.5, 1 / 3, 1 / 6))
