"""Numbers in the words of a log: durations, sizes, dates, the progress of a run on one line."""

from __future__ import annotations

import time

from vsrppp_tui.training.telemetry import Event, Snapshot, is_finite


def date_text(seconds: float) -> str:
    """A moment (Unix seconds) in local time: ``2026-02-04 15:00:00``."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def duration_text(seconds: float | None) -> str:
    """A duration in its two largest units: ``42 s``, ``2 min 05 s``, ``3 h 10 min``, ``5 d 02 h``."""
    if seconds is None or not is_finite(seconds):
        return "unknown"
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def bytes_text(count: int | None) -> str:
    """A size in GB (10**9 bytes) with one decimal."""
    return "unknown" if count is None else f"{count / 1e9:.1f} GB"


def speed_text(steps_per_s: float | None) -> str:
    """Steps a second, or seconds a step where a step takes longer than one."""
    if steps_per_s is None or not is_finite(steps_per_s) or steps_per_s <= 0:
        return "unknown"
    return f"{steps_per_s:.2f} steps/s" if steps_per_s >= 1 else f"{1 / steps_per_s:.2f} s/step"


def event_text(event: Event) -> str:
    """An event on one line: ``step 100  validation  text``, its level where it is a bad one."""
    level = event.level.upper() if event.level in ("warning", "error") else ""
    text = " ".join(line.strip() for line in event.text.splitlines())
    kind = "" if event.kind == event.level else event.kind  # "WARNING  warning" says nothing new
    return "  ".join(part for part in (f"step {event.step}", level, kind, text) if part)


def progress_text(snapshot: Snapshot) -> str:
    """Step, loss, speed and time left on one line; a task that is not stepping in their place."""
    if snapshot.task is not None:
        task = snapshot.task
        return f"{task.label} {task.done}/{task.total}" if task.total else task.label
    parts = [f"step {snapshot.step}/{snapshot.total_steps}"]
    if "Total" in snapshot.losses:
        parts.append(f"loss {snapshot.losses['Total']:.5f}")
    if snapshot.steps_per_s is not None:
        parts.append(speed_text(snapshot.steps_per_s))
    if snapshot.eta_s is not None and snapshot.state == "running":
        parts.append(f"ETA {duration_text(snapshot.eta_s)}")
    if snapshot.state != "running":
        parts.append(snapshot.state)
    return "  ".join(parts)
