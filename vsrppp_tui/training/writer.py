"""The thread that writes checkpoints, one at a time, while the training goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from vsrppp_tui.training.checkpoint_store import CheckpointStore, Files
from vsrppp_tui.training.control import Request


@dataclass(frozen=True, slots=True)
class SaveJob:
    """One step boundary, copied to the host, and where it goes."""

    step: int
    state: dict[str, Any]  # must not change until the job has its outcome
    files: Files
    marked: bool = False  # latest.pth is worth an event
    requests: tuple[Request, ...] = ()  # answered when the outcome is known


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """What became of a job."""

    job: SaveJob
    error: Exception | None = None  # None: all of its files are on the disk
    cleaning: OSError | None = None  # former bests could not be removed


class CheckpointWriter:
    """Writes in a thread of its own, started by the first job.

    The thread tells nobody: whoever gave the job asks for its outcome.
    """

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: Future[SaveOutcome] | None = None

    def start(self, job: SaveJob) -> None:
        """Begin a job; the outcome of the one before has been taken."""
        assert self._under_way is None
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint writer")
        self._under_way = self._thread.submit(self._write, job)

    def outcome(self, *, wait: bool) -> SaveOutcome | None:
        """Take the outcome of the job under way, once.

        None: there is no job or, without `wait`, it is not done yet.
        """
        job = self._under_way
        if job is None or not (wait or job.done()):
            return None
        self._under_way = None
        return job.result()

    def close(self) -> None:
        """Wait for the job under way and end the thread."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _write(self, job: SaveJob) -> SaveOutcome:
        try:
            self._store.write(job.state, job.files)
        except Exception as error:
            return SaveOutcome(job, error)
        try:
            self._store.clean()
        except OSError as error:
            return SaveOutcome(job, cleaning=error)
        return SaveOutcome(job)
