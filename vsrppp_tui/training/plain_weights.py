"""Weights for other programs: ``{"params_ema": tensors by name, "metadata": texts by name}``.

Nothing else is in the file, so every loader that reads plain data opens it. RRDB networks have there the
names by which Real-ESRGAN's are known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from vsrppp_tui.models.weights_file import EMA, METADATA, strip_prefixes
from vsrppp_tui.training.atomic import write_atomically


def plain_tensors(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies on the CPU, contiguous, without gradients, sharing no memory; names without prefixes."""
    return {
        name: tensor.detach().to("cpu", copy=True).contiguous()
        for name, tensor in strip_prefixes(weights).items()
    }


def write_plain_weights(
    path: Path, weights: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> None:
    """Write a ``.pth`` file; it appears whole or not at all.

    Raises:
        OSError: the file cannot be written; what stood at `path` is untouched.
    """
    # In memory first: PyTorch's writer turns an error of the disk into one that does not name it.
    buffer = io.BytesIO()
    torch.save({EMA: plain_tensors(weights), METADATA: dict(metadata)}, buffer)
    write_atomically(path, buffer.getvalue())
