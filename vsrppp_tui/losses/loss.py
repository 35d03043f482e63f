"""What the engine asks of a loss."""

from __future__ import annotations

import abc

from torch import Tensor, nn

from vsrppp_tui.config.schema import RunConfig


class Loss(nn.Module, abc.ABC):
    """The loss of one recipe: named terms and their weighted sum. Has no trainable parameters."""

    names: tuple[str, ...]
    """The terms that `forward` returns, in the order in which they are shown; "Total" last."""

    measures: tuple[str, ...] = ()
    """What `forward` returns beside its terms: measured, without a gradient, and not part of the sum."""

    notices: tuple[str, ...] = ()
    """What its user should be told once about how it was built; empty if nothing."""

    @abc.abstractmethod
    def forward(self, pred_BCHW: Tensor, target_BCHW: Tensor) -> dict[str, Tensor]:
        """Compare two batches of RGB images.

        Returns the terms by `names` and the `measures`, each a 0-dim float32 tensor on the device;
        "Total" is the one to differentiate.
        """

    @abc.abstractmethod
    def configure(self, config: RunConfig) -> None:
        """Take over the live weights of an edited configuration.

        Raises:
            UserError: the change needs a restart; nothing has been taken over.
        """
