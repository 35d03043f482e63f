"""How large the samples of a configuration are."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.dataset import open_dataset


def largest_sample(config: RunConfig) -> tuple[int, int]:
    """Height and width in LR pixels of the largest sample that a run would train on.

    Raises:
        UserError: there is no dataset, or it breaks a rule.
    """
    if config.lr_crop:
        return config.lr_crop, config.lr_crop
    train = open_dataset(Path(config.dataset_root), config.frames).train
    return train.lr_height, train.lr_width
