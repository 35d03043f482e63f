"""history.jsonl: the run in outline, for viewers that come late, finished runs and replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.records.history_file import ConfigLine, Record, cut, encode, is_snapshot, thin
from vsrppp_tui.records.lines import complete_lines, open_lines
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import FINAL_STATES, Event, Snapshot, ValidationResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BYTE_LIMIT = 32_000_000


class HistoryRecord(Observer):
    """Appends a snapshot every LOG_TBOARD_EVERY steps, every validation and every event.

    The first snapshot at or after each multiple is taken, and the first, the last and the final one
    of the run. While the disk is full the lines wait; beyond a limit the oldest snapshots are given up.

    Args:
        path: The file; what it holds is continued.
        resume_step: Step of the checkpoint that the run resumes from. Later snapshots and
            validations are taken out of the file, so that its curves do not fold back.
        byte_limit: Above this size the file is thinned to half of it (`history_file.thin`).

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(
        self, path: Path, *, resume_step: int | None = None, byte_limit: int = BYTE_LIMIT
    ) -> None:
        self._path = path
        self._byte_limit = byte_limit
        self._config: Mapping[str, Any] | None = None  # as the file has it so far
        self._step = resume_step or 0  # of the newest snapshot written
        self._newest: Snapshot | None = None
        if resume_step is not None:
            _replace_lines(path, cut(complete_lines(path), resume_step))
        self._file = open_lines(path, expendable=is_snapshot)
        self._thin_above = byte_limit

    def on_snapshot(self, snapshot: Snapshot) -> None:
        ended = self._newest is None or self._newest.state != snapshot.state
        ended = ended and snapshot.state in FINAL_STATES
        self._newest = snapshot
        if ended or self._is_due(snapshot):
            self._write_snapshot(snapshot)
        else:
            self._file.flush()  # what a full disk has kept waiting

    def on_validation(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]]
    ) -> None:
        self._append(result)

    def on_event(self, event: Event) -> None:
        if event.kind == "rollback":
            self._go_back_to(event.data["to"])
        self._append(event)

    def on_close(self) -> None:
        try:
            if self._newest is not None and self._newest.step > self._step:
                self._write_snapshot(self._newest)
        finally:
            self._file.close()

    def _is_due(self, snapshot: Snapshot) -> bool:
        every = snapshot.config.get("LOG_TBOARD_EVERY")
        if every is None or snapshot.step <= self._step:
            return False
        return self._step == 0 or snapshot.step // every > self._step // every

    def _write_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.config != self._config:
            self._config = dict(snapshot.config)
            self._file.write(encode(ConfigLine(self._config)))
        self._step = snapshot.step
        self._append(snapshot)

    def _append(self, record: Record) -> None:
        self._file.write(encode(record))
        self._file.flush()
        if self._file.tell() > self._thin_above:
            self._thin()

    def _go_back_to(self, step: int) -> None:
        """Take out what was recorded of the steps after `step`: the run comes to them again."""
        self._replace(cut(complete_lines(self._path), step))
        self._step = step
        self._config = None  # its last line may be of a snapshot that is gone

    def _replace(self, lines: Sequence[bytes]) -> None:
        _replace_lines(self._path, lines)
        reopened = open_lines(self._path, expendable=is_snapshot)
        self._file.close()
        self._file = reopened

    def _thin(self) -> None:
        # Where little could be left out, or nothing be written, the file must grow before another try.
        self._thin_above = 3 * self._file.tell() // 2
        self._replace(thin(complete_lines(self._path), self._byte_limit // 2))
        self._thin_above = max(self._byte_limit, 3 * self._file.tell() // 2)


def _replace_lines(path: Path, lines: Sequence[bytes]) -> None:
    write_atomically(path, b"".join(line + b"\n" for line in lines))
