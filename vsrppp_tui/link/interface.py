"""The one interface between a screen and a run, whatever carries it; with the types that cross it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from vsrppp_tui.models.trunks import FUSE
from vsrppp_tui.training.control import (
    Command,
    Continue,
    Edit,
    Pause,
    Reply,
    SaveCheckpoint,
    Stop,
    Validate,
)
from vsrppp_tui.training.telemetry import (
    COLD_PERCENT,
    FINAL_STATES,
    HEALTHY_PERCENT,
    LEAST_STEPS,
    LEVEL_TREND,
    SMOOTHED_STEPS,
    AdaptiveReading,
    Alert,
    BestResult,
    BlockReading,
    CheckpointInfo,
    Convergence,
    Event,
    History,
    Level,
    Machine,
    Quality,
    RunInfo,
    RunState,
    Snapshot,
    TaskProgress,
    Trend,
    ValidationResult,
    is_finite,
)

__all__ = [
    "COLD_PERCENT",
    "FINAL_STATES",
    "FUSE",
    "HEALTHY_PERCENT",
    "LEAST_STEPS",
    "LEVEL_TREND",
    "SMOOTHED_STEPS",
    "AdaptiveReading",
    "Alert",
    "BestResult",
    "BlockReading",
    "CheckpointInfo",
    "Command",
    "Continue",
    "Convergence",
    "Edit",
    "Event",
    "History",
    "Level",
    "Link",
    "Machine",
    "Pause",
    "Quality",
    "Reply",
    "RunInfo",
    "RunState",
    "SaveCheckpoint",
    "Snapshot",
    "Stop",
    "TaskProgress",
    "Trend",
    "Validate",
    "ValidationResult",
    "is_finite",
]


class Link(Protocol):
    """A run as a screen sees it. Every method returns at once and may be called from any thread."""

    def snapshot(self) -> Snapshot:
        """The newest state of the run; the same object until there is a newer one."""
        ...

    def events(self, after: int) -> tuple[Event, ...]:
        """Events with a sequence number above `after`, oldest first; -1 gives all that are kept."""
        ...

    def history(self) -> History:
        """The run so far, read from its records; may take a while, so call it off the screen's thread."""
        ...

    def send(self, command: Command) -> Future[Reply]:
        """Submit a command; the future holds the one reply to it."""
        ...
