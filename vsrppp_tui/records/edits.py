"""edits.jsonl, the journal of live edits, and train_config.json, which follows them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.config.read import file_text
from vsrppp_tui.records.lines import complete_lines, open_lines
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event, Snapshot


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

    Where it cannot be written (a full disk), it is tried again at every event and snapshot.
    An edit that a resumed run takes from this very file is of the kind "edit replayed" and not written again.

    Raises:
        OSError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self._file = open_lines(path, expendable=lambda line: False)

    def on_event(self, event: Event) -> None:
        if event.kind == "edit":
            for line in _lines(event):
                self._file.write((json.dumps(asdict(line), ensure_ascii=False) + "\n").encode())
        self._file.flush(durable=True)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        with contextlib.suppress(OSError):  # the warning of `on_event` is still up
            self._file.flush(durable=True)

    def on_close(self) -> None:
        self._file.close()


class ConfigFile(Observer):
    """Rewrites train_config.json with the effective configuration after every edit.

    Where it cannot be written (a full disk), it is tried again at every event and snapshot.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unwritten: str | None = None

    def on_event(self, event: Event) -> None:
        if event.kind == "edit":
            self._take(event.data["config"])
        else:
            self._write()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        with contextlib.suppress(OSError):  # the warning of `on_event` is still up
            self._write()

    def on_close(self) -> None:
        self._write()

    def _take(self, config: Mapping[str, Any]) -> None:
        self._unwritten = file_text(config)
        self._write()

    def _write(self) -> None:
        if self._unwritten is not None:
            write_atomically(self._path, self._unwritten)
            self._unwritten = None


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
