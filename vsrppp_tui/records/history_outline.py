"""The outline of a run's history: its loss at some hundred places, read without reading all of the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vsrppp_tui.records.lines import complete_lines, lines_backwards

PLACES = 160
_WHOLE_BYTES = 1_000_000  # up to here the file is read whole
_LONGEST_LINE = 262_144
_LARGEST_QUALITY, _LARGEST_COUNT = 1e9, 10**15  # beyond, nothing that this program wrote
_SNAPSHOT, _VALIDATION = b'{"type":"snapshot",', b'{"type":"validation",'
# The first match of each is the line's own field: quotes inside a text are escaped.
_STEP = re.compile(rb'"step":(\d{1,15})(?!\d)')
_LOSS = re.compile(rb'"smooth_losses":\{[^{}]*"Total":"?([-+.\w]+)"?')


@dataclass(frozen=True, slots=True)
class Outline:
    """How far a run came.

    Attributes:
        step, total_steps: of the newest snapshot; 0 where there is none.
        best: quality of the best validation in percent; None before the first.
        losses: step and smoothed loss, steps rising; a loss may be NaN or infinite.
    """

    step: int = 0
    total_steps: int = 0
    best: float | None = None
    losses: tuple[tuple[int, float], ...] = ()


def read_end(path: Path) -> Outline:
    """The outline without its losses; only the end of the file is read.

    Raises:
        OSError: the file is there but cannot be read.
    """
    qualities: list[float] = []
    for line in lines_backwards(path):
        if line.startswith(_VALIDATION):
            qualities += _quality(_fields(line).get("network"))
        elif line.startswith(_SNAPSHOT):
            fields = _fields(line)
            step = _count(fields.get("step"))
            if step is None:  # spoilt: the line before may tell
                continue
            qualities += _quality(fields.get("best"))
            total = _count(fields.get("total_steps")) or 0
            return Outline(step, total, max(qualities, default=None))
    return Outline(best=max(qualities, default=None))


def read_outline(path: Path) -> Outline:
    """`read_end` with the losses, at most a few hundred of them, evenly over the file.

    Raises:
        OSError: the file is there but cannot be read.
    """
    points: list[tuple[int, float]] = []
    for line in _some_lines(path):
        step, loss = _STEP.search(line), _LOSS.search(line)
        if step is None or loss is None:
            continue
        point = (int(step[1]), _number(loss[1]))
        while points and points[-1][0] >= point[0]:  # the run went back: a roll-back, a resume
            points.pop()
        points.append(point)
    thinned = points[:: max(1, len(points) // (2 * PLACES))]
    return replace(read_end(path), losses=tuple(thinned))


def _some_lines(path: Path) -> Iterator[bytes]:
    """Snapshots: all of a small file, of a large one those at `PLACES` places."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    if size <= _WHOLE_BYTES:
        yield from (line for line in complete_lines(path) if line.startswith(_SNAPSHOT))
        return
    with path.open("rb") as file:
        for place in range(PLACES):
            file.seek(size * place // PLACES)
            if place:
                file.readline(_LONGEST_LINE)  # the rest of the line that was hit
            for _ in range(8):
                line = file.readline(_LONGEST_LINE)
                if line.startswith(_SNAPSHOT) and line.endswith(b"\n"):
                    yield line
                    break


def _fields(line: bytes) -> dict[str, Any]:
    """The line's fields; empty where it is spoilt."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _quality(fields: object) -> list[float]:
    """The quality that an object names; empty where there is no such object, or no such number."""
    quality = fields.get("quality") if isinstance(fields, dict) else None
    if isinstance(quality, bool) or not isinstance(quality, int | float):
        return []
    return [float(quality)] if abs(quality) < _LARGEST_QUALITY else []


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value < _LARGEST_COUNT else None


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
