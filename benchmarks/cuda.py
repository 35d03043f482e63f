"""The step on a GPU: against the plain loop, its time, its memory, the share of the hardware's arithmetic.

VSR+++ of 96 features x 30 blocks, LR 180x180, batch 4, one micro-batch, L1 alone. The plain loop is that of
`plain_loop` as it is usually run on a GPU: fp16 autocast with a loss scaler, NCHW, AdamW without `fused`, a
number read wherever one is shown. The loops alternate as in `step`.

MFU is a step's arithmetic (`arithmetic`) over the time and the peak of dense bf16
arithmetic that the maker publishes for the GPU. The memory is the peak that tensors held in a step, weights,
moments and gradients included. FOLDS, COMPILE and the VGG19 term (`perceptual`) are measured in the same
way, in turns with the step as it is. The floor of the step with that term is its arithmetic at the peaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.arithmetic import step_operations
from benchmarks.figures import NOT_RUN, Figure, Spread
from benchmarks.perceptual import TF32, build_random_perceptual, perceptual_operations
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
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.precision import prepare_device

SIZE = StepSize(lr_size=180, batch=4, accumulation=1, rounds=40)
FASTER, SECONDS, MEMORY = 3.0, 0.0075, 2.0e9
UNFOLDED_SECONDS, OF_FLOOR = 0.010, 0.6
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
        return [Figure(_named(name), f"{NOT_RUN}: no GPU here", goal) for name, goal in _ROWS]
    device = torch.device("cuda")
    prepare_device(device)
    torch.manual_seed(0)
    batch = noise_batch(SIZE)
    alone, unfolded = TrainerStep(SIZE.config(), device), SIZE.config(folds=False)
    with_vgg19 = TrainerStep(SIZE.config(), device, loss=build_random_perceptual(device))
    found = _Found(
        *_against_plain(batch, device),
        unfolded=_in_turns(alone, TrainerStep(unfolded, device), batch, device),
        compiled=_in_turns(alone, TrainerStep(SIZE.config(compile=True), device), batch, device),
        perceptual=_in_turns(alone, with_vgg19, batch, device),
        memory=_memory(TrainerStep(SIZE.config(), device), batch, device),
        perceptual_memory=_memory(with_vgg19, batch, device),
    )
    values = _values(found, torch.cuda.get_device_name(device))
    return [
        Figure(_named(name), value, goal, met)
        for (name, goal), (value, met) in zip(_ROWS, values, strict=True)
    ]


def _named(name: str) -> str:
    """A row that explains the one above is of the same size."""
    return name if name.startswith("- ") else f"{name}, {_WHAT}"


_ROWS = (
    (
        "Step on CUDA: times as fast as the plain loop (fp16 autocast, NCHW)",
        f"at least {FASTER:.0f}",
    ),
    ("Step on CUDA: time", f"at most {1e3 * SECONDS:.1f} ms on an H200"),
    ("Step on CUDA: MFU", ""),
    ("Step on CUDA: peak of memory with L1 alone", f"at most {MEMORY / 1e9:.1f} GB"),
    (
        "Step on CUDA without the folds: time",
        f"at most {1e3 * UNFOLDED_SECONDS:.0f} ms on an H200",
    ),
    ("- times as long as with them", ""),
    ("Step on CUDA with the VGG19 term: time", ""),
    ("- share of its arithmetic floor", f"at least {OF_FLOOR:.0%}"),
    ("- peak of memory", ""),
    ("Step on CUDA: time with COMPILE over that without", ""),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """Seconds of steps, those of one list in turns with those of the other; memory in bytes."""

    plain: list[float]
    ours: list[float]
    precision: str
    unfolded: tuple[list[float], list[float]]  # as the step is, and so
    compiled: tuple[list[float], list[float]]
    perceptual: tuple[list[float], list[float]]
    memory: int
    perceptual_memory: int


def _values(found: _Found, device_name: str) -> list[tuple[str, bool | None]]:
    ratio = _ratio(found.ours, found.plain)
    ours, unfolded, perceptual = (
        Spread.of([1e3 * each for each in seconds])
        for seconds in (found.ours, found.unfolded[1], found.perceptual[1])
    )
    h200 = "H200" in device_name
    share = floor_share(perceptual.median / 1e3, device_name)
    return [
        (ratio.text(2), ratio.median >= FASTER),
        (
            f"{ours.text(2, ' ms')}, {found.precision}",
            ours.median <= 1e3 * SECONDS if h200 else None,
        ),
        (mfu_text(ours.median / 1e3, device_name), None),
        (f"{found.memory / 1e9:.2f} GB", found.memory <= MEMORY),
        (
            unfolded.text(2, " ms"),
            unfolded.median <= 1e3 * UNFOLDED_SECONDS if h200 else None,
        ),
        (_ratio(*found.unfolded).text(2), None),
        (perceptual.text(2, " ms"), None),
        (floor_text(share, device_name), None if share is None else share >= OF_FLOOR),
        (f"{found.perceptual_memory / 1e9:.2f} GB", None),
        (_ratio(*found.compiled).text(2), None),
    ]


def _ratio(under: list[float], over: list[float]) -> Spread:
    return Spread.of([b / a for a, b in zip(under, over, strict=True)])


def mfu_text(seconds: float, device_name: str) -> str:
    """The share of the GPU's peak, where that is known, and what it follows from."""
    work = step_operations(SIZE)
    rate = f"{work / 1e12:.2f} TFLOP at {work / seconds / 1e12:.0f} TFLOP/s"
    peak = _peak_of(device_name)
    if peak is None:
        return f"peak of {device_name} not known; {rate}"
    return f"{100 * work / seconds / peak:.1f}% of {peak / 1e12:.0f} TFLOP/s; {rate}"


def floor_share(seconds: float, device_name: str) -> float | None:
    """The time that the arithmetic of a step with the VGG19 term takes at the peaks, over `seconds`."""
    peak = _peak_of(device_name)
    if peak is None:
        return None
    floor = step_operations(SIZE) / peak + perceptual_operations(SIZE) / (TF32 * peak)
    return floor / seconds


def floor_text(share: float | None, device_name: str) -> str:
    """That share, and what it follows from."""
    network, term = step_operations(SIZE) / 1e12, perceptual_operations(SIZE) / 1e12
    work = f"{network:.2f} TFLOP in bf16 and {term:.2f} TFLOP of VGG19 in TF32"
    if share is None:
        return f"peak of {device_name} not known; {work}"
    return f"{100 * share:.1f}%; {work}"


def _peak_of(device_name: str) -> float | None:
    return next((peak for part, peak in _PEAKS.items() if part in device_name), None)


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


def _in_turns(
    one: TrainerStep, other: TrainerStep, batch: Batch, device: torch.device
) -> tuple[list[float], list[float]]:
    """Seconds of a step of each."""
    seconds = alternate(
        lambda: [one.run(batch) for _ in range(_RUN)],
        lambda: [other.run(batch) for _ in range(_RUN)],
        SIZE.rounds,
        device,
    )
    first, second = ([each / _RUN for each in way] for way in seconds)
    return first, second


def _memory(ours: TrainerStep, batch: Batch, device: torch.device) -> int:
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
