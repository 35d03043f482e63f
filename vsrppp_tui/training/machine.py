"""The machine beside the training: processor, memory, disk, GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from vsrppp_tui.training.telemetry import Machine


class MachineSampler:
    """Reads the machine at most once every `min_interval` seconds. For one thread.

    `gpu` names the device to NVML: its index, its UUID ("GPU-..."; an index of CUDA is not one of NVML
    where CUDA_VISIBLE_DEVICES is set), or None to leave the GPU out. Without a driver the fields of the
    GPU stay None. `min_interval` and `clock` are in seconds.
    """

    def __init__(
        self,
        run_dir: Path,
        min_interval: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        gpu: int | str | None = 0,
    ) -> None:
        self._run_dir = run_dir
        self._min_interval = min_interval
        self._clock = clock
        self._process = psutil.Process()
        self._gpu = _Gpu.open(gpu) if gpu is not None else None
        self._cpu_times = _cpu_times()
        self._newest: tuple[float, Machine] | None = None

    def read(self) -> Machine:
        """The newest reading, taken now if the last one is old enough. Unknown fields are None."""
        now = self._clock()
        if self._newest is None or now - self._newest[0] >= self._min_interval:
            self._newest = (now, self._sample())
        return self._newest[1]

    def close(self) -> None:
        """Let go of the driver; later readings leave the GPU out."""
        if self._gpu is not None:
            self._gpu.close()
            self._gpu = None

    def _sample(self) -> Machine:
        memory = _known(psutil.virtual_memory)
        disk = _known(lambda: psutil.disk_usage(str(self._run_dir)))
        process = _known(self._process.memory_info)
        return Machine(
            cpu_percent=self._cpu_percent(),
            ram_used=memory and memory.total - memory.available,
            ram_total=memory and memory.total,
            process_ram=process and process.rss,
            disk_free=disk and disk.free,
            **(self._gpu.read() if self._gpu is not None else {}),
        )

    def _cpu_percent(self) -> float | None:
        """Busy share of all cores since the reading before.

        Not `psutil.cpu_percent`: it keeps one interval a thread, and its first answer is 0.
        """
        before, self._cpu_times = self._cpu_times, _cpu_times()
        if before is None or self._cpu_times is None:
            return None
        busy, total = (now - then for now, then in zip(self._cpu_times, before, strict=True))
        return min(max(100.0 * busy / total, 0.0), 100.0) if total > 0.0 else None


def _cpu_times() -> tuple[float, float] | None:
    """Seconds that all cores together have been busy, and have been."""
    times = _known(psutil.cpu_times)
    if times is None:
        return None
    # Linux counts the time of guests in user and nice as well.
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    total = sum(times) - guests
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _known(read: Callable[[], Any]) -> Any:
    """What `read` returns, or None where this system (a container, say) does not tell."""
    try:
        return read()
    except (OSError, psutil.Error):
        return None


class _Gpu:
    """One device of NVML."""

    def __init__(self, nvml: ModuleType, device: int | str) -> None:
        self._nvml = nvml
        if isinstance(device, int):
            self._handle = nvml.nvmlDeviceGetHandleByIndex(device)
        else:
            self._handle = nvml.nvmlDeviceGetHandleByUUID(device)
        name = self._ask(nvml.nvmlDeviceGetName)
        self._name = name.decode() if isinstance(name, bytes) else name

    @classmethod
    def open(cls, device: int | str) -> _Gpu | None:
        """Connect to the driver; None where there is no driver or no such device."""
        try:
            import pynvml
        except ImportError:
            return None
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return None
        try:
            return cls(pynvml, device)
        except pynvml.NVMLError:
            pynvml.nvmlShutdown()
            return None

    def read(self) -> dict[str, Any]:
        """The GPU's fields of `Machine`."""
        nvml = self._nvml
        load = self._ask(nvml.nvmlDeviceGetUtilizationRates)
        memory = self._ask(nvml.nvmlDeviceGetMemoryInfo)
        degrees = self._ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU)
        milliwatts = self._ask(nvml.nvmlDeviceGetPowerUsage)
        return {
            "gpu_name": self._name,
            "gpu_percent": None if load is None else float(load.gpu),
            "gpu_mem_used": None if memory is None else int(memory.used),
            "gpu_mem_total": None if memory is None else int(memory.total),
            "gpu_temperature": None if degrees is None else float(degrees),
            "gpu_power": None if milliwatts is None else milliwatts / 1000.0,
        }

    def close(self) -> None:
        self._ask(lambda _: self._nvml.nvmlShutdown())

    def _ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """One value; None where this device does not measure it (a partition has no load of its own)."""
        try:
            return question(self._handle, *arguments)
        except self._nvml.NVMLError:
            return None
