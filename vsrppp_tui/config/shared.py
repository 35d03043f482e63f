"""Keys that several recipes have, but not all: each is declared in its class by the function here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsrppp_tui.config.key import Effect, Group, key
from vsrppp_tui.config.schema import RunConfig


def batch_size_key(default: int) -> Any:
    """Samples in one micro-batch."""
    return key(
        default,
        meaning="Samples in one micro-batch.",
        unit="samples",
        group=Group.BATCH,
        effect=Effect.NEXT_EPOCH,
        ge=1,
        le=1024,
    )


def accumulation_steps_key(default: int, batch: str = "BATCH_SIZE") -> Any:
    """Micro-batches that make a step; `batch` is what its meaning calls the batch size."""
    return key(
        default,
        meaning=f"Micro-batches whose gradients make one step; times {batch} is the effective batch.",
        unit="micro-batches",
        group=Group.BATCH,
        effect=Effect.LIVE,
        ge=1,
        le=1024,
    )


def perceptual_weight_key(
    default: float, *, what: str = "the VGG19 perceptual term beside L1"
) -> Any:
    """Weight of the perceptual term; `what` is what its meaning calls it."""
    return key(
        default,
        meaning=f"Weight of {what}; a run that starts with 0 never loads VGG19, "
        "and must be started again to raise it.",
        group=Group.LOSS,
        effect=Effect.LIVE,
        ge=0.0,
        le=100.0,
    )


def vgg_weights_key() -> Any:
    """The file of the perceptual term's network."""
    return key(
        None,
        meaning="File with the published VGG19 weights; null takes the torch.hub cache or downloads them.",
        group=Group.LOSS,
        effect=Effect.RESTART,
    )


class OneBatchConfig(RunConfig):
    """One size of micro-batch for the whole run."""

    if TYPE_CHECKING:  # declared where each recipe wants them in its list of keys
        batch_size: int
        accumulation_steps: int

    def batch_of(self, format_name: str | None) -> int:
        """The one batch size."""
        return self.batch_size

    def accumulation_of(self, format_name: str | None) -> int:
        """The one number of micro-batches."""
        return self.accumulation_steps


class PerceptualConfig(RunConfig):
    """A VGG19 perceptual term beside the others."""

    if TYPE_CHECKING:
        perceptual_weight: float
        vgg_weights: str | None


class FoldingConfig(RunConfig):
    """A network with linear layers in a row."""

    folds: bool = key(
        True,
        meaning="Compute layers that have no nonlinearity between them as one: the same network to rounding, in less time and memory.",
        group=Group.BATCH,
        effect=Effect.RESTART,
    )
