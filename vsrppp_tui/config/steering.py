"""Keys of the adaptive system of VSR++: what steers the loss weights, the gradient clip and the plateaus."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from vsrppp_tui.config.key import Effect, Group, key
from vsrppp_tui.config.schema import RunConfig


class SteeringConfig(RunConfig):
    """What a recipe that steers itself goes by."""

    adaptive: bool = key(
        True,
        meaning="Whether loss weights, gradient clip and plateaus are steered; false keeps the start weights and GRAD_CLIP.",
        group=Group.ADAPTIVE,
        effect=Effect.RESTART,
    )
    adapt_every: int = key(
        50,
        meaning="Steps between adjustments of the loss weights in normal mode.",
        unit="steps",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000,
    )
    aggressive_every: int = key(
        10,
        meaning="Steps between adjustments in aggressive mode.",
        unit="steps",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000,
    )
    aggressive_grad_weight: float = key(
        0.30,
        meaning="Gradient weight that aggressive mode begins with.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.01,
        le=0.98,
    )
    aggressive_max_steps: int = key(
        5_000,
        meaning="Steps after which aggressive mode ends in any case.",
        unit="steps",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    aggressive_below: float = key(
        0.70,
        meaning="Sharpness (gradient energy of the output over the target's) below which aggressive mode begins.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=10.0,
    )
    aggressive_until: float = key(
        0.75,
        meaning="Sharpness above which aggressive mode ends.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=10.0,
    )
    soft_below: float = key(
        0.75,
        meaning="Sharpness below which the gradient weight rises.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=10.0,
    )
    sharp_above: float = key(
        0.92,
        meaning="Sharpness above which the gradient weight falls.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=10.0,
    )
    grad_weight_up: float = key(
        1.05,
        meaning="Factor by which the gradient weight rises in normal mode.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1.0,
        le=10.0,
    )
    aggressive_grad_weight_up: float = key(
        1.15,
        meaning="Factor by which the gradient weight rises in aggressive mode.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1.0,
        le=10.0,
    )
    grad_weight_down: float = key(
        0.95,
        meaning="Factor by which the gradient weight falls.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.1,
        le=1.0,
    )
    grad_weight_min: float = key(
        0.15,
        meaning="Lower end of the gradient weight.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.01,
        le=0.98,
    )
    grad_weight_max: float = key(
        0.5,
        meaning="Upper end of the gradient weight.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.01,
        le=0.98,
    )
    clip_start: float = key(
        1.5,
        meaning="Gradient clip until enough norms have been seen.",
        group=Group.ADAPTIVE,
        effect=Effect.NEW_RUN,
        ge=1e-6,
        le=1e6,
    )
    clip_after: int = key(
        100,
        meaning="Gradient norms after which the clip begins to follow them.",
        unit="norms",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000,
    )
    clip_window: int = key(
        500,
        meaning="Newest gradient norms that the clip follows.",
        unit="norms",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000,
    )
    clip_percentile: float = key(
        95.0,
        meaning="Percentile of those norms that the clip moves to.",
        unit="%",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1.0,
        le=100.0,
    )
    clip_keep: float = key(
        0.9,
        meaning="Share of the old clip that each move keeps.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=0.9999,
    )
    plateau_steps: int = key(
        300,
        meaning="Steps without a gain that make a plateau.",
        unit="steps",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=1,
        le=100_000_000,
    )
    plateau_gain_percent: float = key(
        0.3,
        meaning="Smallest fall of the loss below its best that counts as a gain.",
        unit="%",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.0,
        le=100.0,
    )
    plateau_factor: float = key(
        0.5,
        meaning="Factor of the learning rate at each plateau; 1 leaves it alone.",
        group=Group.ADAPTIVE,
        effect=Effect.LIVE,
        ge=0.01,
        le=1.0,
    )

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        refuse_crossed(
            self,
            ("grad_weight_min", "grad_weight_max"),
            ("aggressive_below", "aggressive_until"),
            ("soft_below", "sharp_above"),
        )
        return self


def refuse_crossed(config: RunConfig, *pairs: tuple[str, str]) -> None:
    """Refuse a lower bound that is above its upper one.

    Raises:
        ValueError: names both keys, as pydantic's validators expect it.
    """
    for low, high in pairs:
        if getattr(config, low) > getattr(config, high):
            names = config.key_of(low), config.key_of(high)
            raise ValueError(
                f"{names[0]} = {getattr(config, low)} is above {names[1]} = {getattr(config, high)}: "
                "lower it or raise the other"
            )
