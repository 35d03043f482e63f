"""What leaves the engine: immutable snapshots, per-step rows and events. Imports no torch.

A `Snapshot` is the whole state of a run at one moment, as plain numbers and tuples; screens and
records need nothing else. Encoding to and from JSON is here as well, so that a file and a socket
carry the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

RunState = Literal[
    "starting",
    "running",
    "paused",
    "validating",
    "stopping",
    "stopped",
    "done",
    "failed",
    "dead",  # the process is gone without having said so; only others can tell that of a run
]
FINAL_STATES: frozenset[RunState] = frozenset({"stopped", "done", "failed", "dead"})

Trend = Literal["gathering", "Converging", "Plateauing", "Diverging"]
Level = Literal["info", "good", "warning", "error"]

# Read by pydantic: JSON has no NaN, so a loss that is NaN travels as the text "NaN".
_JSON = {"ser_json_inf_nan": "strings"}

SMOOTHED_STEPS = 50  # time constant of the smoothed losses
LEAST_STEPS = 20  # with a loss; before, the trend is "gathering"
COLD_PERCENT = 20.0
HEALTHY_PERCENT = (30.0, 80.0)
LEVEL_TREND = 0.02


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What does not change while a process trains."""

    run_dir: str
    recipe: str
    pid: int
    host: str
    started: float  # Unix seconds
    device: str = ""  # e.g. "NVIDIA H200" or "CPU, 2 threads"
    precision: str = ""  # bf16, fp16 or fp32
    parameters: int = 0
    train_samples: int = 0
    val_samples: int = 0
    training_phase: str = "pretrain"  # or "finetune"
    scale: int = 3


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """A part of the run that is not stepping: preparing data, validating."""

    label: str
    done: int
    total: int  # 0: unknown


@dataclass(frozen=True, slots=True)
class BlockReading:
    """Activity of one block: the mean absolute value of its residual branch."""

    name: str  # Block_01 is the first of the backward trunk
    trunk: str  # "backward", "forward", or FUSE
    value: float  # raw
    percent: float  # of the most active block, 0..100; of a fuse layer, of the most active of those
    cold: bool  # percent < COLD_PERCENT
    trend: float | None = None  # mean of the last ten readings over the ten before, minus 1


@dataclass(frozen=True, slots=True)
class Convergence:
    """Slope of the smoothed log loss with its uncertainty (see `training.convergence`)."""

    trend: Trend = "gathering"
    slope: float | None = None  # relative change of the loss per 1000 steps; -0.05 is 5% less
    low: float | None = None  # confidence interval of the slope
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Mean over the validation images. PSNR in dB, SSIM -1..1, quality in percent (0..100)."""

    psnr: float
    ssim: float
    psnr_y: float
    ssim_y: float
    quality: float


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One validation: the baseline (LR), an enlargement, against the network (KI)."""

    __pydantic_config__: ClassVar = _JSON

    step: int
    time: float  # Unix seconds
    loss: float
    baseline: Quality
    network: Quality
    images: int
    seconds: float
    pictures: tuple[str, ...] = ()  # paths relative to the run directory
    lr_source: str = "Val/LR"
    baseline_name: str = "bilinear"  # how the baseline enlarges

    @property
    def improvement(self) -> float:
        """Quality of the network minus that of the baseline, in percentage points."""
        return self.network.quality - self.baseline.quality


@dataclass(frozen=True, slots=True)
class BestResult:
    """The best validation so far, by the network's quality."""

    step: int
    quality: float


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """The newest checkpoint written by this run."""

    step: int
    path: str  # relative to the run directory


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that stays on the screen until seen; the same key replaces an older one."""

    key: str
    text: str
    time: float
    step: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One reading of the machine. None: not known here. Bytes, percent, degrees Celsius, watts."""

    cpu_percent: float | None = None
    ram_used: int | None = None
    ram_total: int | None = None
    process_ram: int | None = None
    disk_free: int | None = None
    gpu_name: str | None = None
    gpu_percent: float | None = None
    gpu_mem_used: int | None = None
    gpu_mem_total: int | None = None
    gpu_temperature: float | None = None
    gpu_power: float | None = None


@dataclass(frozen=True, slots=True)
class AdaptiveReading:
    """What the adaptive system of a recipe has decided for one step."""

    weights: Mapping[str, float]  # of the terms of the loss, "L1", "MS", "Grad"; their sum is 1
    clip: float  # largest L2 norm of all gradients together
    on: bool = True  # whether anything is steered (ADAPTIVE)
    aggressive: bool = False  # the mode against blur
    aggressive_steps: int = 0  # since it began
    sharpness: float | None = None  # gradient energy of the output over the target's; 1 is as sharp
    plateaus: int = 0  # so far
    rate_factor: float = 1.0  # of the learning rate, lowered at each plateau


@dataclass(frozen=True, slots=True)
class StepRow:
    """Scalars of exactly one step, in the order of steps and without gaps."""

    __pydantic_config__: ClassVar = _JSON

    step: int
    time: float  # Unix seconds at which the row reached the host
    lr: float
    losses: Mapping[str, float]  # "L1", "Perceptual", ..., "Total" last
    grad_norm: float
    skipped: bool  # a non-finite gradient: the update was left out
    activity: tuple[float, ...]  # raw, one a block
    seconds: float  # wall time of the step
    # What the loss measures beside its terms.
    measures: Mapping[str, float] = field(default_factory=dict)
    phase: str = ""  # of the learning rate
    adaptive: AdaptiveReading | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at one moment. Unknown yet = None."""

    __pydantic_config__: ClassVar = _JSON

    seq: int
    time: float
    state: RunState
    run: RunInfo
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epoch_progress: float = 0.0  # 0..1
    steps_per_s: float | None = None
    eta_s: float | None = None
    lr: float | None = None
    lr_phase: str = ""
    losses: Mapping[str, float] = field(default_factory=dict)  # of the newest step, "Total" last
    smooth_losses: Mapping[str, float] = field(default_factory=dict)
    grad_norm: float | None = None
    adaptive: AdaptiveReading | None = None  # where the recipe has such a system
    blocks: tuple[BlockReading, ...] = ()
    convergence: Convergence = Convergence()
    data_wait: float | None = None  # 0..1, share of the step spent waiting for data
    skipped_steps: int = 0
    validation: ValidationResult | None = None
    best: BestResult | None = None
    checkpoint: CheckpointInfo | None = None
    warnings: tuple[Alert, ...] = ()
    machine: Machine = Machine()
    task: TaskProgress | None = None
    config: Mapping[str, Any] = field(default_factory=dict)  # effective, upper-case keys
    pending: Mapping[str, str] = field(default_factory=dict)  # edited key -> what it waits for

    @property
    def cold_blocks(self) -> tuple[str, ...]:
        """Names of the blocks under 20% of the most active one."""
        return tuple(block.name for block in self.blocks if block.cold)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, for the log and the screen."""

    __pydantic_config__: ClassVar = _JSON

    seq: int
    time: float
    step: int
    kind: str  # started, resumed, validation, checkpoint, edit, rollback, warning, error, ...
    text: str
    level: Level = "info"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """What a late viewer needs: thinned snapshots, every validation, the newest events."""

    snapshots: tuple[Snapshot, ...] = ()
    validations: tuple[ValidationResult, ...] = ()
    events: tuple[Event, ...] = ()


def followed_by(snapshot: Snapshot, record: ValidationResult | Event) -> Snapshot:
    """The state after something that came later: a validation, a checkpoint, a step told by an event."""
    snapshot = replace(snapshot, step=max(snapshot.step, record.step))
    if isinstance(record, ValidationResult):
        quality = record.network.quality
        best = snapshot.best
        if best is None or quality > best.quality:
            best = BestResult(record.step, quality)
        return replace(snapshot, validation=record, best=best)
    if record.kind == "checkpoint" and "path" in record.data:
        saved = CheckpointInfo(record.step, str(record.data["path"]))
        return replace(snapshot, checkpoint=saved)
    return snapshot


_T = TypeVar("_T")
_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type[_T]) -> TypeAdapter[_T]:
    # Built on first use: importing pydantic at the top would cost every command 0.15 s.
    if kind not in _adapters:
        from pydantic import TypeAdapter

        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any) -> str:
    """Encode any dataclass of this module as one line of JSON; NaN and infinities become texts.

    A file name that is not UTF-8 (Python then holds lone surrogates) is shown with question marks.
    """
    adapter = _adapter(type(value))
    try:
        return adapter.dump_json(value, exclude_none=True).decode()
    except ValueError:
        from pydantic_core import to_json as plain_to_json

        plain = _in_utf8(adapter.dump_python(value, exclude_none=True))
        return plain_to_json(plain, inf_nan_mode="strings").decode()


def _in_utf8(value: Any) -> Any:
    """Plain values with every text made encodable."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_in_utf8(key): _in_utf8(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_in_utf8(item) for item in value]
    return value


def from_json(kind: type[_T], text: str | bytes) -> _T:
    """The inverse of `to_json`; fields that this version does not know are passed over.

    Raises:
        pydantic.ValidationError: the text does not describe a `kind`.
    """
    return _adapter(kind).validate_json(text)


def signed(value: float, digits: int) -> str:
    """A difference with its sign, without the "-0.00" of a value that rounds to nothing."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def is_finite(value: float | None) -> bool:
    """Whether a value is a number that a plot or a bar can show."""
    return value is not None and math.isfinite(value)
