"""What the engine asks of a network beyond `torch.nn.Module`."""

from __future__ import annotations

import abc

from torch import Tensor, nn


class Network(nn.Module, abc.ABC):
    """A network of one recipe, with the activity of its blocks."""

    @property
    @abc.abstractmethod
    def blocks(self) -> tuple[tuple[str, str], ...]:
        """Name ("Block_01") and trunk ("backward", "forward") of every block, in a fixed order."""

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
