from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from vsrppp_tui.training.machine import MachineSampler
from vsrppp_tui.training.telemetry import Machine


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class CpuTimes(tuple[float, ...]):
    """As psutil's: a tuple whose entries have names."""

    def __new__(cls, user: float, idle: float, iowait: float) -> CpuTimes:
        return super().__new__(cls, (user, idle, iowait))

    idle = property(lambda self: self[1])
    iowait = property(lambda self: self[2])


class FakeNvml:
    """`pynvml` for two devices, with calls counted and single questions refused on demand."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        pass

    def __init__(self, driver: bool = True) -> None:
        self.driver = driver
        self.started = self.stopped = 0
        self.unsupported: set[str] = set()
        self.devices: dict[int | str, str] = {0: "A", 1: "B", "GPU-b": "B"}

    def nvmlInit(self) -> None:
        self.started += 1
        if not self.driver:
            raise self.NVMLError("library not found")

    def nvmlShutdown(self) -> None:
        self.stopped += 1

    def _handle(self, device: int | str) -> str:
        if device not in self.devices:
            raise self.NVMLError("invalid argument")
        return self.devices[device]

    nvmlDeviceGetHandleByIndex = nvmlDeviceGetHandleByUUID = _handle

    def _answer(self, question: str, value: Any) -> Any:
        if question in self.unsupported:
            raise self.NVMLError("not supported")
        return value

    def nvmlDeviceGetName(self, handle: str) -> str:
        return f"NVIDIA {handle}"

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> Any:
        return self._answer("load", SimpleNamespace(gpu=97, memory=50))

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> Any:
        return self._answer("memory", SimpleNamespace(used=4 << 30, total=8 << 30))

    def nvmlDeviceGetTemperature(self, handle: str, sensor: int) -> Any:
        return self._answer("temperature", 61)

    def nvmlDeviceGetPowerUsage(self, handle: str) -> Any:
        return self._answer("power", 251_500)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


def gpu_fields(machine: Machine) -> set[Any]:
    return {getattr(machine, name) for name in Machine.__slots__ if name.startswith("gpu_")}


def test_the_host_is_read_from_the_system(tmp_path: Path, clock: Clock, nvml: FakeNvml) -> None:
    machine = MachineSampler(tmp_path, clock=clock).read()
    stat = os.statvfs(tmp_path)
    assert machine.ram_total == psutil.virtual_memory().total
    assert machine.ram_used is not None
    assert 0 < machine.ram_used < machine.ram_total
    assert machine.process_ram is not None
    assert 0 < machine.process_ram < machine.ram_total
    assert machine.disk_free == pytest.approx(stat.f_bavail * stat.f_frsize, rel=0.2)


def test_the_processor_is_busy_for_its_share_of_the_time_since_the_last_reading(
    tmp_path: Path, clock: Clock, nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = SimpleNamespace(user=10.0, idle=20.0, iowait=5.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda: CpuTimes(times.user, times.idle, times.iowait))
    sampler = MachineSampler(tmp_path, clock=clock)
    assert sampler.read().cpu_percent is None  # no time has passed: unknown, not 0
    times.user, times.idle, times.iowait = 13.0, 20.5, 5.5
    clock.now += 2.0
    assert sampler.read().cpu_percent == pytest.approx(75.0)


def test_a_reading_serves_until_the_interval_is_over(
    tmp_path: Path, clock: Clock, nvml: FakeNvml
) -> None:
    sampler = MachineSampler(tmp_path, min_interval=2.0, clock=clock)
    first = sampler.read()
    clock.now += 1.9
    assert sampler.read() is first
    clock.now += 0.1
    assert sampler.read() is not first


def test_the_gpu_is_read_through_nvml(tmp_path: Path, clock: Clock, nvml: FakeNvml) -> None:
    machine = MachineSampler(tmp_path, clock=clock).read()
    assert (machine.gpu_name, machine.gpu_percent) == ("NVIDIA A", 97.0)
    assert (machine.gpu_mem_used, machine.gpu_mem_total) == (4 << 30, 8 << 30)
    assert (machine.gpu_temperature, machine.gpu_power) == (61.0, 251.5)


@pytest.mark.parametrize("device", [1, "GPU-b"])
def test_the_device_is_chosen_by_index_or_uuid(
    tmp_path: Path, clock: Clock, nvml: FakeNvml, device: int | str
) -> None:
    assert MachineSampler(tmp_path, clock=clock, gpu=device).read().gpu_name == "NVIDIA B"


def test_what_the_device_does_not_measure_is_unknown(
    tmp_path: Path, clock: Clock, nvml: FakeNvml
) -> None:
    nvml.unsupported = {"load", "power"}
    machine = MachineSampler(tmp_path, clock=clock).read()
    assert (machine.gpu_percent, machine.gpu_power) == (None, None)
    assert machine.gpu_temperature == 61.0


def test_without_a_driver_the_gpu_is_unknown_and_not_asked_for_again(
    tmp_path: Path, clock: Clock, nvml: FakeNvml, capfd: pytest.CaptureFixture[str]
) -> None:
    nvml.driver = False
    sampler = MachineSampler(tmp_path, clock=clock)
    for _ in range(3):
        clock.now += 10.0
        assert gpu_fields(sampler.read()) == {None}
    sampler.close()
    assert (nvml.started, nvml.stopped) == (1, 0)
    assert capfd.readouterr() == ("", "")


def test_without_the_package_or_the_device_the_gpu_is_unknown(
    tmp_path: Path, clock: Clock, nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gpu_fields(MachineSampler(tmp_path, clock=clock, gpu=7).read()) == {None}
    assert nvml.started == nvml.stopped == 1
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert gpu_fields(MachineSampler(tmp_path, clock=clock).read()) == {None}


def test_a_run_on_the_processor_leaves_the_driver_alone(
    tmp_path: Path, clock: Clock, nvml: FakeNvml
) -> None:
    assert gpu_fields(MachineSampler(tmp_path, clock=clock, gpu=None).read()) == {None}
    assert nvml.started == 0


def test_close_lets_go_of_the_driver_once(tmp_path: Path, clock: Clock, nvml: FakeNvml) -> None:
    sampler = MachineSampler(tmp_path, clock=clock)
    sampler.close()
    sampler.close()
    assert nvml.stopped == 1
    assert gpu_fields(sampler.read()) == {None}


def test_a_folder_that_is_gone_leaves_the_disk_unknown(
    tmp_path: Path, clock: Clock, nvml: FakeNvml
) -> None:
    assert MachineSampler(tmp_path / "gone", clock=clock).read().disk_free is None
