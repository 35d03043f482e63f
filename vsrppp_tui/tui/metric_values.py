"""Every scalar that a snapshot or a validation holds, by the name under which it can be plotted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from vsrppp_tui.link.interface import Machine, Quality, Snapshot, ValidationResult

# The order in which they are offered; a name is "Group/What", or a group of its own.
GROUPS = (
    "Loss",
    "Smooth",
    "Learning rate",
    "Gradient norm",
    "Validation",
    "Adaptive",
    "Activity",
    "Residual",
    "Convergence",
    "Speed",
    "Data wait",
    "Skipped steps",
    "Machine",
)
_UNITS = {
    "Validation/PSNR": "dB",
    "Validation/Quality": "%",
    "Validation/Improvement": "%",
    "Activity": "%",
    "Data wait": "%",
    "Machine/CPU": "%",
    "Machine/GPU load": "%",
    "Machine/GPU temperature": "°C",
    "Machine/GPU power": "W",
    "Machine": "GB",
    "Speed": "steps/s",
    "Convergence": "% per 1,000 steps",
}


def unit_of(name: str) -> str:
    """The unit of a metric; empty where it has none."""
    return next((unit for start, unit in _UNITS.items() if name.startswith(start)), "")


def values_of(snapshot: Snapshot) -> dict[str, float]:
    """The scalars of a snapshot but its validation; what is unknown is left out, NaN and inf are not."""
    values = {f"Loss/{name}": value for name, value in snapshot.losses.items()}
    values |= {f"Smooth/{name}": value for name, value in snapshot.smooth_losses.items()}
    for block in snapshot.blocks:
        values[f"Activity/{block.name}"] = block.percent
        values[f"Residual/{block.name}"] = block.value
    values.update(_adaptive(snapshot))
    slope = snapshot.convergence.slope
    single = {
        "Learning rate": snapshot.lr,
        "Gradient norm": snapshot.grad_norm,
        "Convergence/Slope": None if slope is None else 100 * slope,
        "Speed/Steps per second": snapshot.steps_per_s,
        "Data wait": None if snapshot.data_wait is None else 100 * snapshot.data_wait,
        "Skipped steps": snapshot.skipped_steps,
        **_machine(snapshot.machine),
    }
    return values | {name: float(value) for name, value in single.items() if value is not None}


def values_of_validation(result: ValidationResult) -> dict[str, float]:
    """The scalars of one validation."""
    values = {"Validation/Loss": result.loss, "Validation/Improvement": result.improvement}
    for who, quality in (("network", result.network), ("baseline", result.baseline)):
        values |= {f"Validation/{what} {who}": value for what, value in _quality(quality)}
    return values


def order_of(name: str) -> tuple[int, int]:
    """Sorts names by their groups, and a total before its parts; equal ones keep their order."""
    group, _, what = name.partition("/")
    place = GROUPS.index(group) if group in GROUPS else len(GROUPS)
    return place, 0 if what == "Total" else 1


def _quality(quality: Quality) -> Iterator[tuple[str, float]]:
    yield "PSNR", quality.psnr
    yield "SSIM", quality.ssim
    yield "PSNR-Y", quality.psnr_y
    yield "SSIM-Y", quality.ssim_y
    yield "Quality", quality.quality


def _adaptive(snapshot: Snapshot) -> Mapping[str, float]:
    reading = snapshot.adaptive
    if reading is None:
        return {}
    values = {f"Adaptive/Weight {name}": weight for name, weight in reading.weights.items()}
    values["Adaptive/Gradient clip"] = reading.clip
    values["Adaptive/Sharpness"] = math.nan if reading.sharpness is None else reading.sharpness
    values["Adaptive/Aggressive mode"] = float(reading.aggressive)
    values["Adaptive/Rate factor"] = reading.rate_factor
    return values


def _machine(machine: Machine) -> Mapping[str, float | None]:
    return {
        "Machine/GPU load": machine.gpu_percent,
        "Machine/GPU memory": _gigabytes(machine.gpu_mem_used),
        "Machine/GPU temperature": machine.gpu_temperature,
        "Machine/GPU power": machine.gpu_power,
        "Machine/CPU": machine.cpu_percent,
        "Machine/Memory": _gigabytes(machine.ram_used),
        "Machine/Memory of the process": _gigabytes(machine.process_ram),
        "Machine/Disk left": _gigabytes(machine.disk_free),
    }


def _gigabytes(size: int | None) -> float | None:
    return None if size is None else size / 1e9
