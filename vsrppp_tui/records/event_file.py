"""A TensorBoard event file, written at once and without a thread.

The writer of the tensorboard package keeps the first error of its thread for good: after a moment of a
full disk it raises that same error at every call, and its file ends in half a record, where readers stop.
"""

from __future__ import annotations

import itertools
import os
import socket
import time as clock
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from vsrppp_tui.records.lines import AppendFile

VERSION = "brain.Event:2"
WAITING_BYTES = 4_000_000  # a validation brings pictures of up to a megabyte

_number = itertools.count()


class EventFile:
    """One event file in a folder; records that cannot be written wait for the next `flush`.

    Args:
        folder: Created where it is missing.
        purge_step: TensorBoard hides what files before this one have from this step on.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, folder: Path, purge_step: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        now = clock.time()
        # The name that TensorBoard looks for and sorts by.
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_number)}"
        self._file = AppendFile(folder / name, waiting_bytes=WAITING_BYTES)
        self._records = RecordWriter(self._file)
        self._add(Event(wall_time=now, file_version=VERSION))
        if purge_step is not None:
            self._add(Event(wall_time=now, step=purge_step, file_version=VERSION))
            self.hide_from(purge_step, now)
        self.flush()

    def hide_from(self, step: int, time: float) -> None:
        """Have TensorBoard leave out what was written of `step` and later ones: they come again."""
        start = SessionLog(status=SessionLog.START)
        self._add(Event(wall_time=time, step=step, session_log=start))

    def add(self, summary: Summary, step: int, time: float) -> None:
        """Take the values of a step; the next `flush` writes them."""
        self._add(Event(wall_time=time, step=step, summary=summary))

    def flush(self) -> None:
        """Write all that has been added.

        Raises:
            OSError: it could not be written, and waits.
        """
        self._file.flush()

    def close(self) -> None:
        """Write what waits, and let go of the file.

        Raises:
            OSError: as `AppendFile.close`.
        """
        self._file.close()

    def _add(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
