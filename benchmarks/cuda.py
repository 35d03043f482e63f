"""The step on a GPU: against the plain loop, its time, its memory, the share of the hardware's arithmetic.

VSR+++ of 96 features x 30 blocks, LR 180x180, batch 4, one micro-batch, L1 alone. The plain loop is that of
`plain_loop` as it is usually run on a GPU: fp16 autocast with a loss scaler, NCHW, AdamW without `fused`, a
number read wherever one is shown. The loops alternate as in `step`.

A step's arithmetic is counted, not measured: two operations for each multiply-add of the forward pass
(`models.costs`), twice as many for the backward pass. MFU is that over the time and the peak of dense bf16
arithmetic that the maker publishes for the GPU. The memory is the peak that tensors held in a step, weights,
moments and gradients included. COMPILE is measured in the same way, in turns with the step as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.figures import NOT_RUN, Figure, Spread
from benchmarks.plain_loop import PlainLoop, PlainNetwork
from benchmarks.step import (
    N_BLOCKS,
    N_FEATS,
    StepSize,
    TrainerStep,
    alternate,
    noise_batch,
)
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.models.costs import network_costs
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.precision import prepare_device

SIZE = StepSize(lr_size=180, batch=4, accumulation=1, rounds=40)
FASTER, SECONDS, MEMORY = 3.0, 0.0075, 2.0e9
_RUN = 10  # steps of one timing: the host runs ahead, as in a training
_WHAT = (
    f"{N_FEATS} features x {N_BLOCKS} blocks, LR {SIZE.lr_size}x{SIZE.lr_size}, batch {SIZE.batch}"
)
_PEAKS = {  # bf16, dense, of the makers' data sheets; part of the device's name
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
}


def measure_cuda() -> list[Figure]:
    """All figures of the step on a GPU; says that they were not run where there is none."""
    if not torch.cuda.is_available():
        return [Figure(f"{name}, {_WHAT}", f"{NOT_RUN}: no GPU here", goal) for name, goal in _ROWS]
    device = torch.device("cuda")
    prepare_device(device)
    torch.manual_seed(0)
    batch = noise_batch(SIZE)
    found = _Found(
        *_against_plain(batch, device), _against_compiled(batch, device), _memory(batch, device)
    )
    values = _values(found, torch.cuda.get_device_name(device))
    return [
        Figure(f"{name}, {_WHAT}", value, goal, met)
        for (name, goal), (value, met) in zip(_ROWS, values, strict=True)
    ]


_ROWS = (
    (
        "Step on CUDA: times as fast as the plain loop (fp16 autocast, NCHW)",
        f"at least {FASTER:.0f}",
    ),
    ("Step on CUDA: time", f"at most {1e3 * SECONDS:.1f} ms on an H200"),
    ("Step on CUDA: MFU", ""),
    ("Step on CUDA: peak of memory", f"at most {MEMORY / 1e9:.1f} GB"),
    ("Step on CUDA: time with COMPILE over that without", ""),
)


@dataclass(frozen=True, slots=True)
class _Found:
    plain: list[float]  # seconds of a step
    ours: list[float]
    precision: str
    compiled_ratio: Spread
    memory: int


def _values(found: _Found, device_name: str) -> list[tuple[str, bool | None]]:
    ratio = Spread.of([a / b for a, b in zip(found.plain, found.ours, strict=True)])
    milliseconds = Spread.of([1e3 * each for each in found.ours])
    h200 = "H200" in device_name
    return [
        (ratio.text(2), ratio.median >= FASTER),
        (
            f"{milliseconds.text(2, ' ms')}, {found.precision}",
            milliseconds.median <= 1e3 * SECONDS if h200 else None,
        ),
        (mfu_text(milliseconds.median / 1e3, device_name), None),
        (f"{found.memory / 1e9:.2f} GB", found.memory <= MEMORY),
        (found.compiled_ratio.text(2), None),
    ]


def step_operations(size: StepSize) -> float:
    """Floating-point operations of a step, forward and backward."""
    costs = network_costs(size.config())
    pixels = size.batch * size.accumulation * size.lr_size**2
    return 2.0 * (3.0 * costs.multiply_adds + costs.recomputed) * pixels


def mfu_text(seconds: float, device_name: str) -> str:
    """The share of the GPU's peak, where that is known, and what it follows from."""
    work = step_operations(SIZE)
    rate = f"{work / 1e12:.2f} TFLOP at {work / seconds / 1e12:.0f} TFLOP/s"
    peak = next((peak for part, peak in _PEAKS.items() if part in device_name), None)
    if peak is None:
        return f"peak of {device_name} not known; {rate}"
    return f"{100 * work / seconds / peak:.1f}% of {peak / 1e12:.0f} TFLOP/s; {rate}"


def _against_plain(batch: Batch, device: torch.device) -> tuple[list[float], list[float], str]:
    config = SIZE.config()
    ours = TrainerStep(config, device)
    plain = PlainLoop(
        PlainNetwork(N_FEATS, N_BLOCKS).to(device),
        ours.step.network.state_dict(),
        lr=CosineController().learning_rate(0, config),
        weight_decay=config.weight_decay,
        steps=config.max_steps,
        half=True,
    )
    lr_BTCHW, gt_BCHW = (part.contiguous() for part in to_network_input(batch, device))
    seconds = alternate(
        lambda: [plain.run([(lr_BTCHW, gt_BCHW)]) for _ in range(_RUN)],
        lambda: [ours.run(batch) for _ in range(_RUN)],
        SIZE.rounds,
        device,
    )
    plain_seconds, our_seconds = ([each / _RUN for each in way] for way in seconds)
    return plain_seconds, our_seconds, ours.precision.name


def _against_compiled(batch: Batch, device: torch.device) -> Spread:
    plain = TrainerStep(SIZE.config(), device)
    compiled = TrainerStep(SIZE.config(compile=True), device)
    without, with_it = alternate(
        lambda: [plain.run(batch) for _ in range(_RUN)],
        lambda: [compiled.run(batch) for _ in range(_RUN)],
        SIZE.rounds,
        device,
    )
    return Spread.of([a / b for a, b in zip(with_it, without, strict=True)])


def _memory(batch: Batch, device: torch.device) -> int:
    ours = TrainerStep(SIZE.config(), device)
    ours.run(batch)
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device) - _held(ours)
    ours.run(batch)
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _held(ours: TrainerStep) -> int:
    """Bytes of weights, gradients and moments, which belong to the step."""
    parameters = list(ours.step.network.parameters())
    return sum(each.numel() * each.element_size() for each in parameters) * 4
