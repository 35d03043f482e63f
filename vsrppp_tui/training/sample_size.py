"""How large the samples of a configuration are."""

from __future__ import annotations

import math

from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.spec import spec_of


def largest_sample(config: PatchConfig) -> tuple[int, int]:
    """Height and width in LR pixels of the largest sample that a run would train on.

    Raises:
        UserError: there is no dataset, or it breaks a rule.
    """
    if config.lr_crop:
        return config.lr_crop, config.lr_crop
    sizes = [(each.lr_height, each.lr_width) for each in open_dataset(spec_of(config)).train]
    return max(sizes, key=math.prod)
