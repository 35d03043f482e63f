"""history.jsonl as lines: its notation, reading it, cutting it at a resume, thinning it.

Each line is one JSON object whose first field is its type: ``snapshot``, ``validation`` and
``event`` are those of `training.telemetry`; a ``config`` line holds the configuration of all
snapshots after it, which are written without their own.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vsrppp_tui.records.lines import complete_lines, lines_backwards
from vsrppp_tui.training.telemetry import (
    Event,
    History,
    Snapshot,
    ValidationResult,
    followed_by,
    from_json,
    to_json,
)

HISTORY_FILE = "history.jsonl"
KEPT_EVENTS = 500  # as many as a reader gets, and as many as thinning leaves alone
_NAMED_LINES = 3  # of those that cannot be read
KEPT_SNAPSHOTS = 200  # the newest, which thinning leaves alone

# Said by a validation line or by the checkpoint's own name as well.
_TRIVIAL = re.compile(rb'"kind":"(validation|checkpoint|epoch)","text":.*"level":"(info|good)"')
# Quotes inside a text are escaped, so the first match is the line's own field.
_STEP = re.compile(rb'"step":(\d+)')


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """The configuration of the snapshots that follow."""

    config: Mapping[str, Any] = field(default_factory=dict)


Record = Snapshot | ValidationResult | Event | ConfigLine

_KINDS: dict[str, type[Record]] = {
    "snapshot": Snapshot,
    "validation": ValidationResult,
    "event": Event,
    "config": ConfigLine,
}
_PREFIXES = {kind: f'{{"type":"{name}",'.encode() for name, kind in _KINDS.items()}


def encode(record: Record) -> bytes:
    """The line of a record, with its line feed. A snapshot's configuration goes in a line of its own."""
    if isinstance(record, Snapshot):
        record = replace(record, config={})
    return _PREFIXES[type(record)] + to_json(record).encode()[1:] + b"\n"


def is_snapshot(line: bytes) -> bool:
    """Whether a line is one of the many; every other kind tells of something that comes but once."""
    return _is(Snapshot, line)


def read_history(path: Path) -> History:
    """What the file of a run keeps, of the events the newest; an empty history where there is no file.

    A line that a killed writer or a power loss has spoilt is passed over.

    Raises:
        OSError: the file is there but cannot be read.
    """
    return read_record(path, KEPT_EVENTS)[0]


def read_record(path: Path, kept_events: int | None = None) -> tuple[History, tuple[int, ...]]:
    """The whole file, with the newest `kept_events` events (None: all), and the lines passed over, from 1.

    Raises:
        OSError: the file is there but cannot be read.
    """
    snapshots: list[Snapshot] = []
    validations: list[ValidationResult] = []
    events: deque[Event] = deque(maxlen=kept_events)
    config: Mapping[str, Any] = {}
    unread: list[int] = []
    for number, line in enumerate(complete_lines(path), 1):
        match _decode(line):
            case Snapshot() as snapshot:
                snapshots.append(replace(snapshot, config=config))
            case ValidationResult() as validation:
                validations.append(validation)
            case Event() as event:
                events.append(event)
            case ConfigLine() as latest:
                config = latest.config
            case None:
                unread.append(number)
    return History(tuple(snapshots), tuple(validations), tuple(events)), tuple(unread)


def unread_text(path: Path, unread: Sequence[int]) -> str:
    """Which lines of a file `read_record` passed over, as a sentence; empty where there are none."""
    if not unread:
        return ""
    shown = ", ".join(map(str, unread[:_NAMED_LINES]))
    more = f" and {len(unread) - _NAMED_LINES} more" if len(unread) > _NAMED_LINES else ""
    noun = "line" if len(unread) == 1 else "lines"
    return f"{path}: {noun} {shown}{more} cannot be read (spoilt, or of another version)."


def read_last(path: Path) -> tuple[Snapshot | None, bool]:
    """The newest state that the file keeps, without its configuration, and whether a line was passed over.

    A validation and a checkpoint that came after the newest snapshot are part of it; None where there is
    no snapshot. Only the end of the file is read.

    Raises:
        OSError: the file is there but cannot be read.
    """
    later: list[ValidationResult | Event] = []
    passed_over = False
    for line in lines_backwards(path):
        match _decode(line):
            case Snapshot() as snapshot:
                return functools.reduce(followed_by, reversed(later), snapshot), passed_over
            case ValidationResult() | Event() as record:
                later.append(record)
            case None:
                passed_over = True
    return None, passed_over


def cut(lines: Sequence[bytes], step: int) -> list[bytes]:
    """Leave out snapshots and validations after `step`: a resumed run comes to those steps again."""
    return [line for line in lines if not (_has_curve(line) and _step(line) > step)]


def thin(lines: Sequence[bytes], byte_limit: int) -> list[bytes]:
    """Leave out old snapshots, evenly over the steps, until the lines are within `byte_limit`.

    One snapshot stays in each stretch of so many steps, and the stretch doubles until the rest fits;
    so an early part of a long run is never thinner than a later one, and lines thinned before lose
    nothing until all others are as thin. Validations, configurations, the newest snapshots and every
    event but old, trivial ones stay in any case, even above the limit.
    """
    lines = _without_old_trivial_events(lines)
    border = _start_of_newest_snapshots(lines)
    old, newest = list(lines[:border]), lines[border:]
    last_step = max(map(_step, old), default=0)
    stretch = 1
    while _size(old) + _size(newest) > byte_limit and stretch <= last_step:
        stretch *= 2
        old = _one_in_each(old, stretch)
    return [*old, *newest]


def _start_of_newest_snapshots(lines: Sequence[bytes]) -> int:
    """Where the newest `KEPT_SNAPSHOTS` snapshots begin; 0 where there are no more than those."""
    places = [place for place, line in enumerate(lines) if _is(Snapshot, line)]
    return places[-KEPT_SNAPSHOTS] if len(places) > KEPT_SNAPSHOTS else 0


def _one_in_each(lines: Sequence[bytes], stretch: int) -> list[bytes]:
    """Keep the first snapshot in each `stretch` of steps, and all other lines."""
    kept: list[bytes] = []
    place = -1
    for line in lines:
        if _is(Snapshot, line):
            if _step(line) // stretch == place:
                continue
            place = _step(line) // stretch
        kept.append(line)
    return kept


def _without_old_trivial_events(lines: Sequence[bytes]) -> list[bytes]:
    old = sum(_is(Event, line) for line in lines) - KEPT_EVENTS
    kept: list[bytes] = []
    for line in lines:
        if _is(Event, line):
            old -= 1
            if old >= 0 and _TRIVIAL.search(line):
                continue
        kept.append(line)
    return kept


def _size(lines: Sequence[bytes]) -> int:
    return sum(len(line) + 1 for line in lines)  # with the line feed


def _is(kind: type[Record], line: bytes) -> bool:
    return line.startswith(_PREFIXES[kind])


def _has_curve(line: bytes) -> bool:
    return _is(Snapshot, line) or _is(ValidationResult, line)


def _step(line: bytes) -> int:
    found = _STEP.search(line)
    return int(found[1]) if found else 0


def _decode(line: bytes) -> Record | None:
    for kind, prefix in _PREFIXES.items():
        if line.startswith(prefix):
            try:
                return from_json(kind, line)
            except ValueError:  # pydantic's ValidationError: the line is spoilt
                return None
    return None
