"""The device of one of several ranks: each on a machine has a GPU of its own."""

from __future__ import annotations

import torch

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.precision import choose_device
from vsrppp_tui.training.rank_env import RankPlace


def device_of_rank(place: RankPlace, wanted: str) -> torch.device:
    """What ``--device``, as typed, means for the rank of this place.

    Raises:
        UserError: it names one device, or there are fewer GPUs than ranks on this machine.
    """
    if ":" in wanted:
        raise UserError(
            f"--device {wanted} names one device for {place.world} ranks: use auto, cpu or cuda, and "
            "CUDA_VISIBLE_DEVICES to choose among the GPUs."
        )
    device = choose_device(wanted)
    if device.type != "cuda":
        return device
    count = torch.cuda.device_count()
    if place.local_rank >= count:
        raise UserError(
            f"More ranks than GPUs: this machine has {count}, and rank {place.rank} would be its number "
            f"{place.local_rank + 1}. Start at most {count} here (--gpus {count}), or use --device cpu."
        )
    return torch.device("cuda", place.local_rank)
