"""training.log: one timestamped line an event, appended."""

from __future__ import annotations

import contextlib
from pathlib import Path

from vsrppp_tui.records.lines import open_lines
from vsrppp_tui.records.wording import date_text, event_text
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event, Snapshot


class TrainingLog(Observer):
    """Appends ``[2026-02-04 15:00:00] step 100  validation  text``; a bad level stands before the kind.

    Where a line cannot be written (a full disk), it waits and stands before the next one.

    Raises:
        OSError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self._file = open_lines(path)

    def on_event(self, event: Event) -> None:
        self._file.write(f"[{date_text(event.time)}] {event_text(event)}\n".encode())
        self._file.flush()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        with contextlib.suppress(OSError):  # the warning of `on_event` is still up
            self._file.flush()

    def on_close(self) -> None:
        self._file.close()
