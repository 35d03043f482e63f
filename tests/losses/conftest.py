from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

# Index and channels (in, out) of torchvision's vgg19().features up to conv5_4, written out.
CONVOLUTIONS = {
    0: (3, 64), 2: (64, 64),
    5: (64, 128), 7: (128, 128),
    10: (128, 256), 12: (256, 256), 14: (256, 256), 16: (256, 256),
    19: (256, 512), 21: (512, 512), 23: (512, 512), 25: (512, 512),
    28: (512, 512), 30: (512, 512), 32: (512, 512), 34: (512, 512),
}  # fmt: skip


def published_layout() -> dict[str, Tensor]:
    """Random weights under the published names; He's scale keeps the signal alive to the end."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}
    for index, (inputs, outputs) in CONVOLUTIONS.items():
        weight = torch.randn(outputs, inputs, 3, 3, generator=generator)
        state[f"features.{index}.weight"] = weight.mul_((2.0 / (9 * inputs)) ** 0.5)
        state[f"features.{index}.bias"] = torch.randn(outputs, generator=generator).mul_(0.01)
    state["classifier.0.weight"] = torch.zeros(4, 4)  # there, and of no use here
    return state


@pytest.fixture(scope="session")
def vgg_state() -> dict[str, Tensor]:
    return published_layout()


@pytest.fixture(scope="session")
def vgg_file(
    vgg_state: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("vgg") / "copy-of-vgg19.pth"
    torch.save(vgg_state, path)
    yield path
    path.unlink()  # 80 MB
