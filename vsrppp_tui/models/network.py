"""What the engine asks of a network beyond `torch.nn.Module`."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


class Network(nn.Module, abc.ABC):
    """A network of one recipe, with the activity of its blocks.

    Attributes:
        frames: T, how many frames its input holds, [B, T, 3, H, W]; 1: the input is [B, 3, H, W].
        scale: how many times the output's sides are longer than the input's.
    """

    frames: int = 5
    scale: int = 3

    @property
    @abc.abstractmethod
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """Name ("Block_01") and trunk ("backward", "forward", `FUSE`) of every block, in a fixed order."""

    @abc.abstractmethod
    def activity_mean(self) -> Tensor:
        """Raw activity of every block, float32 [len(blocks)] on the device; waits for nothing.

        The mean over the forwards in training mode since `reset_activity`.
        """

    @abc.abstractmethod
    def reset_activity(self) -> None:
        """Begin a new mean."""

    @abc.abstractmethod
    def get_layer_activity(self) -> list[float]:
        """`activity_mean` as numbers; waits for the device."""

    def describe(self) -> dict[str, str]:
        """Its dimensions as texts, for files that hold its weights alone; empty: they are not told."""
        return {}

    def present_names(self, weights: Mapping[str, Any]) -> Mapping[str, Any]:
        """A state dict under the names of this network, where earlier versions had others."""
        return weights

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """As in `torch.nn.Module`; earlier names (`present_names`) are taken too."""
        return super().load_state_dict(self.present_names(state_dict), strict, assign)
