"""What `vsrppp status --json` prints: a run as one object of plain values, null where unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from vsrppp_tui.commands.look import Look
from vsrppp_tui.training.telemetry import Snapshot, ValidationResult


def status_object(look: Look) -> dict[str, Any]:
    """The fields in the order of the documentation. Numbers that are not finite become null.

    Losses have the names of the recipe in lower case. The checkpoint's path counts from where the
    command is typed, like the run directory itself.
    """
    snapshot = look.snapshot
    fields: dict[str, Any] = {
        "state": snapshot.state,
        "pid": snapshot.run.pid,
        "recipe": snapshot.run.recipe,
        "step": snapshot.step,
        "total_steps": snapshot.total_steps or None,
        "epoch": snapshot.epoch if look.known else None,
        "steps_per_s": snapshot.steps_per_s,
        "eta_s": snapshot.eta_s,
        "lr": snapshot.lr,
        "loss": {name.lower(): value for name, value in snapshot.losses.items()} or None,
        "convergence": _trend(snapshot),
        "cold_blocks": list(snapshot.cold_blocks) if snapshot.blocks else None,
        "data_wait": snapshot.data_wait,
        "validation": _validation(snapshot.validation),
        "best": asdict(snapshot.best) if snapshot.best is not None else None,
        "checkpoint": _checkpoint(look),
        "warnings": [*look.notes, *(alert.text for alert in snapshot.warnings)],
    }
    finite: dict[str, Any] = _finite(fields)
    return finite


def _trend(snapshot: Snapshot) -> str | None:
    trend = snapshot.convergence.trend
    return None if trend == "gathering" else trend


def _validation(result: ValidationResult | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        "step": result.step,
        "baseline": asdict(result.baseline),
        "network": asdict(result.network),
        "improvement": result.improvement,
    }


def _checkpoint(look: Look) -> dict[str, Any] | None:
    checkpoint = look.snapshot.checkpoint
    if checkpoint is None:
        return None
    return {"step": checkpoint.step, "path": str(look.run_dir / checkpoint.path)}


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
