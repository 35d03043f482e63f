"""The peak of memory within a step.

What PyTorch's allocator has handed out since the step began, at its most: on a CPU as the profiler counts it,
on CUDA as the allocator does. What was there before, such as weights and moments, is not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile


def peak_of(step: Callable[[], object], device: torch.device) -> int:
    """Take a step; returns bytes."""
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        step()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        step()
    return _highest(profiler)


def _highest(profiler: profile) -> int:
    """The most bytes at one time, of what was handed out while the profiler looked."""
    now = highest = 0
    events: list[Any] = profiler.profiler.kineto_results.events()  # type: ignore[union-attr]
    for event in sorted(events, key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            now += event.nbytes()
            highest = max(highest, now)
    return highest
