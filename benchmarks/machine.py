"""The machine that the figures belong to, in words."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

# Without any of these a CPU emulates bf16, which is slower than float32.
_FLAGS = ("avx512f", "avx512_bf16", "amx_bf16", "amx_tile")


def describe_machine() -> list[str]:
    """One line each: processor, its arithmetic, memory, GPU, software."""
    cpu = _cpu_fields()
    flags = cpu.get("flags", "").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return [
        f"CPU: {cpu.get('model name', platform.processor())}, family {cpu.get('cpu family', '?')} "
        f"model {cpu.get('model', '?')} stepping {cpu.get('stepping', '?')}; "
        f"{len(os.sched_getaffinity(0))} cores, {torch.get_num_threads()} threads of PyTorch",
        "Arithmetic: " + ", ".join(f"{f} {'yes' if f in flags else 'no'}" for f in _FLAGS),
        f"Memory: {memory:.0f} GiB; GPU: {gpu}",
        f"Software: Python {platform.python_version()}, PyTorch {torch.__version__}, "
        f"{platform.system()} {platform.release()}",
    ]


def _cpu_fields() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty where there is no such file."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return {}
    first = path.read_text().split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
