"""Snapshots, rows and results made by hand. The factories are plain functions in session fixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vsrppp_tui.training.telemetry import (
    BlockReading,
    Event,
    Quality,
    RunInfo,
    Snapshot,
    StepRow,
    ValidationResult,
)

START = 1_770_000_000.0


def _run_info(**changes: Any) -> RunInfo:
    fields = {"run_dir": "runs/a", "recipe": "vsrppp", "pid": 1, "host": "here", "started": START}
    return RunInfo(**{**fields, **changes})


def _snapshot(step: int = 0, **changes: Any) -> Snapshot:
    fields: dict[str, Any] = {
        "seq": step,
        "time": START + step,
        "state": "running",
        "run": _run_info(),
        "step": step,
        "total_steps": 1000,
        "losses": {"L1": 0.5 / (step + 1), "Total": 0.5 / (step + 1)},
        "blocks": (BlockReading("Block_01", "backward", 0.1, 100.0, False),),
        "config": {"LOG_TBOARD_EVERY": 10, "VGG_WEIGHTS": None},
    }
    return Snapshot(**{**fields, **changes})


def _row(step: int, **changes: Any) -> StepRow:
    fields: dict[str, Any] = {
        "step": step,
        "time": START + step,
        "lr": 1e-4,
        "losses": {"L1": 1.0 / step, "Total": 1.0 / step},
        "grad_norm": 1.0,
        "skipped": False,
        "activity": (0.1, 0.2),
        "seconds": 1.0,
    }
    return StepRow(**{**fields, **changes})


def _validation(step: int, **changes: Any) -> ValidationResult:
    fields: dict[str, Any] = {
        "step": step,
        "time": START + step,
        "loss": 0.04,
        "baseline": Quality(28.0, 0.80, 29.0, 0.82, 53.3),
        "network": Quality(30.0, 0.85, 31.0, 0.87, 59.2),
        "images": 2,
        "seconds": 1.5,
    }
    return ValidationResult(**{**fields, **changes})


def _event(kind: str = "started", step: int = 0, text: str = "text", **changes: Any) -> Event:
    fields: dict[str, Any] = {"seq": step, "time": START + step}
    return Event(kind=kind, step=step, text=text, **{**fields, **changes})


@pytest.fixture(scope="session")
def make_run_info() -> Callable[..., RunInfo]:
    return _run_info


@pytest.fixture(scope="session")
def make_snapshot() -> Callable[..., Snapshot]:
    return _snapshot


@pytest.fixture(scope="session")
def make_row() -> Callable[..., StepRow]:
    return _row


@pytest.fixture(scope="session")
def make_validation() -> Callable[..., ValidationResult]:
    return _validation


@pytest.fixture(scope="session")
def make_event() -> Callable[..., Event]:
    return _event
