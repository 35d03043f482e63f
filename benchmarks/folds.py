"""The training step with FOLDS against the same step without.

Both networks of each recipe begin with the same weights and train on the same batch with the recipe's own
loss, without the perceptual term: uint8 batch to the device, forward, loss, backward, AdamW. The two steps
alternate, and which one begins does as well, so that a change of the machine's load meets both. A round
gives one ratio, folded over plain; reported are their median and quartiles.

Memory is the peak within a step (`memory`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from benchmarks.figures import NOT_RUN, Figure, Spread
from benchmarks.memory import peak_of
from benchmarks.step import StepSize, TrainerStep, alternate, noise_batch
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.training.precision import prepare_device

# Of VSR+++ on a CPU, by the side of the patches: at most so many times as long as the plain step.
GOALS = {64: 0.85, 180: 0.73}
_NETWORKS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "VSR+++, 96 features x 30 blocks",
        {"RECIPE": "vsrppp", "N_FEATS": 96, "N_BLOCKS": 30, "ACCUMULATION_STEPS": 1},
    ),
    (
        "VSR++, 128 features x 32 blocks",
        {
            "RECIPE": "vsrpp",
            "MODEL_CONFIG.n_feats": 128,
            "MODEL_CONFIG.n_blocks": 32,
            "MODEL_CONFIG.accumulation_steps": 1,
        },
    ),
)
_SAME_LOSS = {"fp32": 1e-4, "bf16": 1e-2, "fp16": 1e-2}  # relative, of the first step


@dataclass(frozen=True, slots=True)
class FoldSizes:
    """Sides and number of the LR patches, and how often each pair of steps is taken (at least twice)."""

    sides: Sequence[int] = tuple(GOALS)
    batch: int = 1
    rounds: int = 6
    precision: str = "auto"


def measure_folds(sizes: FoldSizes, device: torch.device) -> list[Figure]:
    """Time and memory of each network at each size."""
    figures: list[Figure] = []
    for name, values in _NETWORKS:
        for side in sizes.sides:
            size = StepSize(side, sizes.batch, rounds=sizes.rounds, precision=sizes.precision)
            figures += _measure(name, values, size, device)
    return figures


def measure_cuda_folds(sizes: FoldSizes) -> list[Figure]:
    """The same on a GPU; says so where there is none."""
    if not torch.cuda.is_available():
        return [Figure("Step with folds on CUDA", f"{NOT_RUN}: no GPU here")]
    device = torch.device("cuda")
    prepare_device(device)
    return measure_folds(replace(sizes, batch=4), device)


class _Step:
    """A step of the trainer on one batch, again and again."""

    def __init__(self, values: dict[str, Any], size: StepSize, device: torch.device) -> None:
        common = {"PERCEPTUAL_WEIGHT": 0.0, "PRECISION": size.precision}
        self.trainer = TrainerStep(build_config({**values, **common}), device)
        self.network = self.trainer.step.network
        self._device = device
        self._batch = noise_batch(size)

    def loss(self) -> float:
        """Take a step; returns its total loss."""
        row = self.trainer.run(self._batch)
        return row[len(self.trainer.step.loss.names) - 1].item()

    def peak(self) -> float:
        """Take a step; returns the most memory that was handed out within it, GB."""
        self.trainer.step.optimizer.zero_grad(set_to_none=True)
        return peak_of(self.loss, self._device) / 1e9


def _measure(
    name: str, values: dict[str, Any], size: StepSize, device: torch.device
) -> list[Figure]:
    torch.manual_seed(0)
    start = torch.get_rng_state()
    steps = []
    for folds in (False, True):
        torch.set_rng_state(start)
        steps.append(_Step({**values, "FOLDS": folds}, size, device))
    plain, folded = steps
    with torch.no_grad():  # the last convolution begins at zero, where every network is the same
        for parameter in plain.network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.01)
    folded.network.load_state_dict(plain.network.state_dict())
    _require_same_loss(plain, folded)
    memory = [step.peak() for step in steps]
    seconds = alternate(plain.loss, folded.loss, size.rounds, device)
    return _figures(name, size, device, seconds, memory)


def _require_same_loss(plain: _Step, folded: _Step) -> None:
    one, other = plain.loss(), folded.loss()
    if abs(one - other) > _SAME_LOSS[plain.trainer.precision.name] * one:
        raise RuntimeError(f"the folds change the step: loss {other} and {one} at the same weights")


def _figures(
    name: str,
    size: StepSize,
    device: torch.device,
    seconds: tuple[list[float], list[float]],
    memory: Sequence[float],
) -> list[Figure]:
    ratio = Spread.of([folded / plain for plain, folded in zip(*seconds, strict=True)])
    plain, folded = map(Spread.of, seconds)
    on_cpu = device.type == "cpu"
    goal = GOALS.get(size.lr_size) if on_cpu and name == _NETWORKS[0][0] else None
    return [
        Figure(
            f"Step with folds on {'CPU' if on_cpu else 'CUDA'}, {name}, LR {size.lr_size}x{size.lr_size}, "
            f"batch {size.batch}: times as long as without",
            ratio.text(3),
            "" if goal is None else f"at most {goal}",
            None if goal is None else round(ratio.median, 2) <= goal,
        ),
        Figure("- a step", f"{folded.text(3, ' s')}; without {plain.text(3, ' s')}"),
        Figure("- peak memory within a step", f"{memory[1]:.2f} GB; without {memory[0]:.2f} GB"),
    ]
