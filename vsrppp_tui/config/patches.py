"""Keys of the recipes that train on patch files: a folder of GT pictures and one of LR stacks."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from vsrppp_tui.config.key import Effect, Group, key
from vsrppp_tui.config.schema import RunConfig


class PatchConfig(RunConfig):
    """What the video recipes say of their patches."""

    lr_crop: int = key(
        0,
        meaning="Side of a random square crop of each LR patch; 0 trains on the whole patch.",
        unit="LR pixels",
        group=Group.DATA,
        effect=Effect.RESTART,
        ge=0,
        le=4096,
    )
    cache_budget_gb: float = key(
        0.0,
        meaning="Disk space for decoded training patches, memory-mapped beside the dataset; 0 decodes the PNG files each time.",
        unit="GB",
        group=Group.BATCH,
        effect=Effect.RESTART,
        ge=0.0,
        le=1e6,
    )

    @model_validator(mode="after")
    def _crop_is_large_enough(self) -> Self:
        if 0 < self.lr_crop < 16:
            raise ValueError(
                f"LR_CROP = {self.lr_crop} is too small: allowed are 0 (whole patch) or 16 to 4096"
            )
        return self
