"""The training step against the plain loop that it replaces, on one device.

Both train the same network from the same weights on the same batch, L1 alone, with the same
accumulation. "This step" is what the trainer calls between two control points: learning rate, uint8
batches to the device, augmentation, forward, loss, backward, update, activity, one row into the metric
ring (not flushed: the copy to the host is on the screen's cadence). The plain loop is that of
`plain_loop`, and gets its batches ready made.

The loops alternate, and which one begins does as well, so that a change of the machine's load meets
both. A round gives one ratio; reported are their median and quartiles. MFU on a CPU, for which no maker names
a peak, is over the rate of a large matrix product of the same precision, taken in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from benchmarks.arithmetic import product_rate, step_operations
from benchmarks.figures import Figure, Spread
from benchmarks.memory import peak_of
from benchmarks.plain_loop import PlainLoop, PlainNetwork
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controllers import build_controller
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.precision import choose_precision
from vsrppp_tui.training.ranks import ALONE, Ranks
from vsrppp_tui.training.ring import MetricRing
from vsrppp_tui.training.step import TrainingStep

GOALS = {64: 2.0, 180: 2.5}  # times as fast, on a CPU, by the side of the LR patches
N_FEATS, N_BLOCKS = 96, 30
_WARM_UP = 2
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
# The loops must compute the same: how far their first losses may be apart, relatively.
_SAME_LOSS = {"fp32": 1e-4, "bf16": 1e-2, "fp16": 1e-2}


@dataclass(frozen=True, slots=True)
class StepSize:
    """What a step works on: LR patches of `lr_size` squared, `batch` of them a micro-batch."""

    lr_size: int = 64
    batch: int = 1
    accumulation: int = 1
    rounds: int = 12
    precision: str = "auto"

    def config(self, *, compile: bool = False, folds: bool = True) -> RunConfig:
        """The configuration of such a step."""
        return build_config(
            {
                "N_FEATS": N_FEATS,
                "N_BLOCKS": N_BLOCKS,
                "BATCH_SIZE": self.batch,
                "ACCUMULATION_STEPS": self.accumulation,
                "PERCEPTUAL_WEIGHT": 0.0,
                "PRECISION": self.precision,
                "COMPILE": compile,
                "FOLDS": folds,
            }
        )


class TrainerStep:
    """The project's step, called as `training.trainer` does."""

    def __init__(
        self,
        config: RunConfig,
        device: torch.device,
        ranks: Ranks = ALONE,
        loss: Loss | None = None,
    ) -> None:
        self.precision = choose_precision(device, config.precision)
        loss = loss or build_loss(config, device)
        self.step = TrainingStep(build_network(config), loss, config, device, self.precision, ranks)
        self.step.join()
        self._config = config
        self._controller = build_controller(config, self.step.loss, device, lambda *event: None)
        self._ring = MetricRing(self.step.columns, device)
        self._done = 0

    def run(self, batch: Batch) -> torch.Tensor:
        """One step; returns its row, on the device."""
        decision = self._controller.decide(self._done, self._config)
        count = self._config.accumulation_of(None)
        row = self.step.run(lambda: batch, self._config, decision, lambda: False, count)
        assert row is not None
        if self._ring.is_full:  # a screen would have had them copied long ago
            self._ring.start_copy()
            self._ring.take(wait=False)
        self._ring.push(row)
        self._done += 1
        return row


def measure_step(size: StepSize, device: torch.device) -> list[Figure]:
    """The ratio of both steps, and what it was measured with."""
    config = size.config()
    torch.manual_seed(config.seed)
    batch = noise_batch(size)
    ours = TrainerStep(config, device)
    plain = PlainLoop(
        PlainNetwork(N_FEATS, N_BLOCKS).to(device),
        ours.step.network.state_dict(),
        lr=CosineController().learning_rate(0, config),
        weight_decay=config.weight_decay,
        steps=config.max_steps,
    )
    lr_BTCHW, gt_BCHW = (part.contiguous() for part in to_network_input(batch, device))
    micro_batches = [(lr_BTCHW, gt_BCHW)] * size.accumulation
    _require_same_loss(plain.run(micro_batches), ours, batch)
    reads = plain.reads
    plain_seconds, our_seconds = alternate(
        lambda: plain.run(micro_batches), lambda: ours.run(batch), size.rounds, device
    )
    found = _Found(
        ours.precision.name,
        reads,
        plain_seconds,
        our_seconds,
        peak_of(lambda: plain.run(micro_batches), device),
        peak_of(lambda: ours.run(batch), device),
    )
    return _figures(size, found, device)


@dataclass(frozen=True, slots=True)
class _Found:
    precision: str
    reads: int  # numbers that the plain loop reads in a step
    plain: list[float]  # seconds
    ours: list[float]
    plain_memory: int  # bytes
    our_memory: int


def noise_batch(size: StepSize) -> Batch:
    """Noise as pictures, flipped and turned like a training batch."""
    lr, gt = size.lr_size, 3 * size.lr_size
    return Batch(
        lr_BTHWC=torch.randint(0, 256, (size.batch, 5, lr, lr, 3), dtype=torch.uint8),
        gt_BHWC=torch.randint(0, 256, (size.batch, gt, gt, 3), dtype=torch.uint8),
        turns=[(bool(sample % 2), False, sample % 4) for sample in range(1, size.batch + 1)],
        position=0,
    )


def _require_same_loss(plain: float, ours: TrainerStep, batch: Batch) -> None:
    total = ours.run(batch)[len(ours.step.loss.names) - 1].item()
    if abs(total - plain) > _SAME_LOSS[ours.precision.name] * plain:
        raise RuntimeError(f"the two loops differ: loss {total} and {plain} at the same weights")


def alternate(
    plain: Callable[[], object], ours: Callable[[], object], rounds: int, device: torch.device
) -> tuple[list[float], list[float]]:
    """Seconds of `rounds` steps of each, one pair a round, the first of a pair in turns."""
    for _ in range(_WARM_UP):
        plain(), ours()
    seconds: dict[Callable[[], object], list[float]] = {plain: [], ours: []}
    for index in range(rounds):
        for loop in (plain, ours) if index % 2 == 0 else (ours, plain):
            seconds[loop].append(_timed(loop, device))
    return seconds[plain], seconds[ours]


def _timed(loop: Callable[[], object], device: torch.device) -> float:
    wait_for(device)
    started = time.perf_counter()
    loop()
    wait_for(device)
    return time.perf_counter() - started


def wait_for(device: torch.device) -> None:
    """Until a GPU has done all its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _figures(size: StepSize, found: _Found, device: torch.device) -> list[Figure]:
    ratio = Spread.of([a / b for a, b in zip(found.plain, found.ours, strict=True)])
    seconds = Spread.of(found.ours)
    place = "CUDA" if device.type == "cuda" else "CPU"
    what = (
        f"Step on {place}, {N_FEATS} features x {N_BLOCKS} blocks, LR {size.lr_size}x{size.lr_size}, "
        f"batch {size.batch} x {size.accumulation}"
    )
    goal = GOALS.get(size.lr_size) if size.batch * size.accumulation == 1 else None
    chosen = "chosen by auto" if size.precision == "auto" else "as asked"
    return [
        Figure(
            f"{what}: times as fast as the plain float32 loop",
            ratio.text(2),
            "" if goal is None else f"at least {goal:.1f}",
            None if goal is None else ratio.median >= goal,
        ),
        Figure(
            "- this step", f"{seconds.text(3, ' s')}, {found.precision} ({chosen}), no number read"
        ),
        Figure(
            "- plain loop",
            f"{Spread.of(found.plain).text(3, ' s')}, fp32, {found.reads} numbers read",
        ),
        Figure(
            "- peak of memory within the step over that of the plain loop",
            f"{found.our_memory / found.plain_memory:.2f}: {found.our_memory / 1e9:.2f} against "
            f"{found.plain_memory / 1e9:.2f} GB",
        ),
        Figure("- arithmetic (MFU)", _arithmetic(size, found.precision, seconds.median)),
    ]


def _arithmetic(size: StepSize, precision: str, seconds: float) -> str:
    work = step_operations(size)
    rate, best = work / seconds, product_rate(_DTYPES[precision])
    return (
        f"{100 * rate / best:.0f}% of the {best / 1e12:.2f} TFLOP/s that a large {precision} matrix "
        f"product reaches here; {work / 1e12:.2f} TFLOP a step"
    )
