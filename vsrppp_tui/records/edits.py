"""edits.jsonl, the journal of live edits, and train_config.json, which follows them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.config.read import file_text
from vsrppp_tui.records.lines import complete_lines, open_lines
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event


@dataclass(frozen=True, slots=True)
class EditLine:
    """One key that was changed in a running run."""

    time: float  # Unix seconds
    step: int
    key: str
    old: Any
    new: Any
    who: str


class EditsFile(Observer):
    """Appends one line for each changed key of an edit; on the disk before the next step runs.

    An edit that a resumed run takes from this very file is of the kind "edit replayed" and not written again.

    Raises:
        OSError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self._file = open_lines(path)

    def on_event(self, event: Event) -> None:
        if event.kind != "edit":
            return
        lines = (json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in _lines(event))
        self._file.write("".join(lines).encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def on_close(self) -> None:
        self._file.close()


class ConfigFile(Observer):
    """Rewrites train_config.json with the effective configuration after every edit."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_event(self, event: Event) -> None:
        if event.kind == "edit":
            self._write(event)

    def _write(self, event: Event) -> None:
        write_atomically(self._path, file_text(event.data["config"]))


def read_edits(path: Path) -> tuple[EditLine, ...]:
    """Every edit of a run, oldest first; lines that are no edits are passed over.

    Raises:
        OSError: the file is there but cannot be read.
    """
    return tuple(edit for line in complete_lines(path) if (edit := _parse(line)) is not None)


def _lines(event: Event) -> Iterator[EditLine]:
    for name, change in event.data["changes"].items():
        who = event.data["who"]
        yield EditLine(event.time, event.step, name, change["old"], change["new"], who)


def _parse(line: bytes) -> EditLine | None:
    """The edit of a line; None for what a power loss made of one."""
    try:
        fields = json.loads(line)
        return EditLine(**{name: fields[name] for name in EditLine.__slots__})
    except (ValueError, KeyError, TypeError):
        return None
