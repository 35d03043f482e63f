"""What a command asks the engine to do. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.resume import ScheduledEdit
from vsrppp_tui.training.telemetry import RunInfo

if TYPE_CHECKING:
    from vsrppp_tui.training.ranks import Ranks


class StoppedEarly(Exception):
    """A stop was asked for before the first step; nothing has been written."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """What the records need to know to begin."""

    run: RunInfo
    config: RunConfig  # at the first step
    eventual: RunConfig  # once every scheduled edit has come
    resume_step: int | None  # None: a new run
    blocks: tuple[tuple[str, str], ...]
    files: Mapping[str, str] = field(default_factory=dict)  # see `RunData.files`


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a command asks the engine to do."""

    run_dir: Path
    config: RunConfig  # of a new run; a resumed one has that of its checkpoint
    # Called once every check has passed; returns the records, and what their user should be told.
    open_records: Callable[[RunStart], tuple[Sequence[Observer], Sequence[str]]]
    device: str = "auto"
    resume: bool = False
    resume_from: Path | None = None  # None: the newest checkpoint that verifies
    sources: Sequence[tuple[str, Mapping[str, Any]]] = ()  # see `plan_resume`
    recorded: Sequence[ScheduledEdit] = ()
    init_weights: Path | None = None
    data_record: Path | None = None  # the folder whose record of the data stands; see `open_data`
    stop_at: int | None = None
    prepare: Callable[[Callable[[int, int], None]], None] | None = None


def shared_request(build: Callable[[], RunRequest], ranks: Ranks) -> RunRequest:
    """What rank 0 builds, on every rank; the others open no records and prepare nothing."""
    if ranks.world == 1:
        return build()
    built = build() if ranks.leads else None
    told = ranks.broadcast(built and replace(built, open_records=_no_records, prepare=None))
    request = built or told
    assert request is not None
    return request


def _no_records(_: RunStart) -> tuple[Sequence[Observer], Sequence[str]]:
    return (), ()
