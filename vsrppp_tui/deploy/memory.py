"""How much memory a network takes for a picture, and how much there is."""

from __future__ import annotations

from typing import Any

import psutil
import torch

from vsrppp_tui.models.network import Network

_PROBE = 16  # side of the picture that is tried, pixels
# Measured on CPU, all networks: 1.5 to 1.8 times what the largest layer reads and writes. The rest is
# for what stands in memory beside it (the pictures, other programs).
_MARGIN = 2.5


def bytes_per_pixel(network: Network) -> float:
    """About the most memory that a forward takes at one time, for each pixel of its input frame."""
    largest = 0

    def note(_: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        nonlocal largest
        tensors = [each for each in inputs if isinstance(each, torch.Tensor)]
        largest = max(largest, sum(each.nbytes for each in (*tensors, output)))

    leaves = [module for module in network.modules() if not list(module.children())]
    hooks = [module.register_forward_hook(note) for module in leaves]
    try:
        device = next(network.parameters()).device
        frames = () if network.frames == 1 else (network.frames,)
        with torch.inference_mode():
            network(torch.zeros((1, *frames, 3, _PROBE, _PROBE), device=device))
    finally:
        for hook in hooks:
            hook.remove()
    return _MARGIN * largest / _PROBE**2


def free_bytes(device: torch.device) -> int:
    """Memory of the device that is free now; for a CPU that of the machine."""
    if device.type == "cuda":
        # What PyTorch keeps for the next picture is free as well.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error of torch says that a device, or the machine, has no more memory."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
