"""A validation that several ranks share out: each takes every world-th image, and all know the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vsrppp_tui.data.run_data import ValidationImages
from vsrppp_tui.data.stacks import UnreadablePatch
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.models.network import Network
from vsrppp_tui.training.precision import Precision
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.shared_control import SharedControl
from vsrppp_tui.training.validation import (
    SHOWN_PICTURES,
    ImageOutcome,
    Pictures,
    ValidationOutcome,
    Validator,
)


@dataclass(slots=True)
class _Part:
    """What one rank has measured, by the number of the image."""

    images: dict[int, ImageOutcome]
    unreadable: dict[int, str]


class SharedValidator(Validator):
    """Validates a network on the same images as a `Validator`, with the same result on every rank."""

    def __init__(
        self,
        patches: ValidationImages,
        loss: Loss,
        device: torch.device,
        precision: Precision,
        baseline: str,
        ranks: Ranks,
        control: SharedControl,
    ) -> None:
        super().__init__(patches, loss, device, precision, baseline)  # type: ignore[arg-type]
        self._ranks = ranks
        self._control = control

    def _measure(
        self,
        network: Network,
        step: int,
        progress: Callable[[int, int], None],
        interrupted: Callable[[], bool],
    ) -> ValidationOutcome | None:
        """After each image all ranks agree whether to go on: none is left waiting for the others."""
        started, count = time.monotonic(), self._patches.count
        part = _Part({}, {})
        for first in range(0, count, self._ranks.world):
            progress(first, count)
            trouble = not self._take(network, first + self._ranks.rank, part)
            if self._control.in_trouble(trouble):
                raise torch.OutOfMemoryError("a rank ran out of memory in a validation")
            if interrupted():
                return None
        images: dict[int, ImageOutcome] = {}
        unreadable: dict[int, str] = {}
        for other in self._ranks.gather(part):
            images |= other.images
            unreadable |= other.unreadable
        return self._outcome(
            step,
            [images[index] for index in sorted(images)],
            [unreadable[index] for index in sorted(unreadable)],
            started,
        )

    def pictures(self, network: Network) -> Pictures:
        """Rank 0 makes them, and alone shows them."""
        return super().pictures(network) if self._ranks.leads else ()

    def _take(self, network: Network, index: int, part: _Part) -> bool:
        """Measure an image, where there is one of this number; False: it did not fit into memory."""
        if index >= self._patches.count:
            return True
        try:
            part.images[index] = self._image(network, index, keep=index < 2 * SHOWN_PICTURES)
        except UnreadablePatch as error:
            part.unreadable[index] = str(error)
        except torch.OutOfMemoryError:
            return False
        return True
