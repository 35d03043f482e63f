"""Keys of the recipe `vsrppp` (VSR+++ "Option B")."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from vsrppp_tui.config.key import Effect, Group, key
from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.config.shared import (
    FoldingConfig,
    OneBatchConfig,
    PerceptualConfig,
    accumulation_steps_key,
    batch_size_key,
    perceptual_weight_key,
    vgg_weights_key,
)

LOWEST_LR_EXPONENT = -10.0
HALF = 0.3  # of a power of ten


class VsrpppConfig(FoldingConfig, PatchConfig, OneBatchConfig, PerceptualConfig):
    """VSR+++ with L1 and VGG19 perceptual loss, AdamW and a cosine schedule."""

    recipe: Literal["vsrppp"] = key(
        "vsrppp",
        meaning="Which trainer this file configures.",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
    )
    lr_exponent: float = key(
        -4.0,
        meaning="The peak learning rate is 10 to this power.",
        group=Group.LEARNING_RATE,
        effect=Effect.LIVE,
        advice="-4 for training from scratch, -5 for fine-tuning",
        ge=LOWEST_LR_EXPONENT,
        le=0.0,
        written="-3.3 is a rate of 5e-4, and the rate itself may be typed: 5e-4",
        power_of_ten="peak learning rate",
    )
    n_feats: int = key(
        96,
        meaning="Feature channels of the trunk.",
        unit="channels",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=4,
        le=1024,
    )
    n_blocks: int = key(
        30,
        meaning="HeavyBlocks in both trunks together; half of them run backward, half forward.",
        unit="blocks",
        group=Group.NETWORK,
        effect=Effect.NEW_RUN,
        ge=2,
        le=512,
        multiple_of=2,
    )
    batch_size: int = batch_size_key(4)
    accumulation_steps: int = accumulation_steps_key(3)
    perceptual_weight: float = perceptual_weight_key(0.1)
    vgg_weights: str | None = vgg_weights_key()

    @property
    def peak_lr(self) -> float:
        """Peak learning rate, 10**LR_EXPONENT."""
        return math.pow(10.0, self.lr_exponent)

    def lower_rate(self) -> Mapping[str, Any]:
        """LR_EXPONENT less 0.3."""
        return {"LR_EXPONENT": max(round(self.lr_exponent - HALF, 6), LOWEST_LR_EXPONENT)}
