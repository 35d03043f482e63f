"""What the form for a new run is told while it is filled in: problems, costs, and a measurement."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

from vsrppp_tui.commands.new_run import Plan, plan
from vsrppp_tui.commands.new_run_dir import refusal_of_run_dir
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.shared import PerceptualConfig
from vsrppp_tui.config.unified import UnifiedConfig
from vsrppp_tui.counting import counted
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Level
from vsrppp_tui.models.costs import network_costs
from vsrppp_tui.training.autotune import Limits
from vsrppp_tui.training.estimate import (
    MemoryEstimate,
    SampleSize,
    estimate_memory,
    multiply_adds,
)
from vsrppp_tui.training.machine import MachineSampler
from vsrppp_tui.training.tuning_probe import measure_step
from vsrppp_tui.tui.start.new_run import Costs, Draft, Judgement, Speed

NO_SOURCE = "Name what to train on: type or paste a path, or drop a file here."
WITHOUT_VGG = "set the VGG19 term to 0 first"  # what a measurement asks
_VGG_FILE = "vgg19-dcbb9e9d.pth"
# A step with more multiply-adds is measured with smaller samples where there is no GPU: some seconds.
_MOST_ON_CPU = 1e11
_SMALL_SIDE = 48
_NEARLY_FULL = 0.9


@dataclass(frozen=True, slots=True)
class Device:
    """Where the run would be trained.

    Attributes:
        name: in words.
        memory: bytes in all; None where it is not known.
        half: whether it computes in 16 bits by itself.
        is_gpu: whether it is a GPU.
    """

    name: str
    memory: int | None
    half: bool
    is_gpu: bool


class Judge:
    """Judges drafts; to be called from any thread."""

    def __init__(self) -> None:
        self._device: Device | None = None
        self._lock = Lock()

    def judge(self, draft: Draft) -> Judgement:
        """What a draft's source holds, what it costs, and what speaks against it."""
        try:
            planned = plan(draft)
        except UserError as error:
            return Judgement(problem=str(error))
        device = self.device()
        costs = _costs(planned, device)
        problem, field = _problem(draft, planned)
        return Judgement(
            source=planned.survey.lines,
            problem=problem,
            field=field,
            notices=_notices(planned.config, costs),
            costs=costs,
            commands=() if problem else planned.commands,
            first=WITHOUT_VGG if missing_vgg(planned.config) else "",
        )

    def measure(self, draft: Draft, cancelled: Event) -> Speed:
        """Take a few real steps in a process of its own.

        Raises:
            UserError: the draft cannot be trained, the VGG19 weights are missing, it does not fit, or
                it was cancelled.
        """
        planned, device = plan(draft), self.device()
        if planned.survey.lr_size is None:
            raise UserError(planned.survey.problem or "Name first what to train on.")
        if missing_vgg(planned.config):
            raise UserError(f"The VGG19 weights are not here. To measure, {WITHOUT_VGG}.")
        height, width = planned.survey.lr_size
        size = SampleSize(_batch(planned.config), height, width)
        whole = device.is_gpu or multiply_adds(planned.config, size) <= _MOST_ON_CPU
        if not whole:
            size = SampleSize(1, min(height, _SMALL_SIDE), min(width, _SMALL_SIDE))
        memory, seconds, problem = measure_step(
            planned.config,
            "auto",
            (size.batch, size.lr_height, size.lr_width),
            Limits(device.memory or 2**62, seconds=3600.0),
            lambda: _end_if(cancelled),
        )
        if seconds is None:
            raise UserError(f"It does not fit: {problem}. Try a smaller batch, crop or network.")
        of = f"{counted(size.batch, 'sample')} of {size.lr_width}x{size.lr_height} pixels"
        work = 2 * multiply_adds(planned.config, size)
        return Speed(work / seconds, memory if whole else None, of)

    def device(self) -> Device:
        """Where training would take place; looked at once."""
        with self._lock:
            if self._device is None:
                self._device = _look_at_device()
            return self._device


def missing_vgg(config: RunConfig) -> bool:
    """Whether a run would need the VGG19 weights and neither VGG_WEIGHTS nor torch.hub's cache has them."""
    if not isinstance(config, PerceptualConfig) or config.perceptual_weight == 0:
        return False
    named = config.vgg_weights
    return not (
        Path(named).expanduser() if named is not None else hub_folder() / _VGG_FILE
    ).is_file()


def hub_folder() -> Path:
    """Where torch.hub keeps files of weights, as `torch.hub.get_dir` says; without loading torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


def _end_if(cancelled: Event) -> None:
    if cancelled.is_set():
        raise UserError("The measurement was given up.")


def _look_at_device() -> Device:
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    sampler = MachineSampler(Path.cwd(), gpu=None if hidden else 0)
    found = sampler.read()
    sampler.close()
    if found.gpu_name:
        return Device(found.gpu_name, found.gpu_mem_total, half=True, is_gpu=True)
    return Device(f"CPU, {os.cpu_count()} cores", found.ram_total, _cpu_has_bf16(), is_gpu=False)


def _cpu_has_bf16() -> bool:
    """As `training.precision` decides, without loading torch."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_tile" in flags


def _batch(config: RunConfig) -> int:
    """The largest micro-batch."""
    names = config.format_names or (None,)
    return max(config.batch_of(name) for name in names)


def _samples_a_step(config: RunConfig) -> int:
    """The most samples that a step takes."""
    names = config.format_names or (None,)
    return max(config.batch_of(name) * config.accumulation_of(name) for name in names)


def _costs(planned: Plan, device: Device) -> Costs:
    config = planned.config
    memory = work = None
    parts = ""
    if planned.survey.lr_size is not None:
        height, width = planned.survey.lr_size
        half = config.precision in ("bf16", "fp16") or (config.precision == "auto" and device.half)
        estimate = estimate_memory(config, SampleSize(_batch(config), height, width), half=half)
        memory, parts = estimate.total, _parts(estimate)
        work = 2 * multiply_adds(config, SampleSize(_samples_a_step(config), height, width))
    return Costs(
        network_costs(config).parameters,
        memory,
        parts,
        device.memory,
        device.name,
        work,
        config.max_steps,
    )


def _parts(memory: MemoryEstimate) -> str:
    return f"{_size(memory.activations)} of it grows with batch and crop"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _problem(draft: Draft, planned: Plan) -> tuple[str, str]:
    if not draft.source:
        return NO_SOURCE, "Source"
    if planned.survey.problem:
        return planned.survey.problem, "Source"
    refusal = refusal_of_run_dir(draft.run_dir)
    return (refusal, "Run folder") if refusal else ("", "")


def _notices(config: RunConfig, costs: Costs) -> tuple[tuple[Level, str], ...]:
    found: list[tuple[Level, str]] = []
    if missing_vgg(config):
        found.append(("warning", about_vgg(config)))
    memory, available = costs.memory, costs.available
    if memory is not None and available is not None and memory > _NEARLY_FULL * available:
        has = f"{costs.device} has ({_size(available)})"
        text = f"That is more than {has}: take a smaller batch or crop, and accumulate more."
        found.append(("warning", text))
    if isinstance(config, UnifiedConfig) and len(config.formats) > 1:
        found.append(("info", "Memory and time are those of the largest of its formats."))
    return tuple(found)


def about_vgg(config: RunConfig) -> str:
    """That the VGG19 weights are missing, and what can be done, as a sentence."""
    named = getattr(config, "vgg_weights", None)
    remedy = "set the VGG19 term to 0, or VGG_WEIGHTS to a copy of the file"
    if named is not None:
        return f"VGG_WEIGHTS names {named}, which is not there: {remedy}."
    return f"The VGG19 weights are not on this machine: the start downloads 548 MB. Or {remedy}."
