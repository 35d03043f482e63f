"""When and under which name the state of a run is saved, and what is told of it.

A save is asked for, and begins at the next `poll`: all that a step boundary asks for is one copy of the
state and one job of the writer thread. The step waits for the copy alone, unless the save before is still
being written: then the new one waits for it, since both use the same buffers.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from vsrppp_tui.errors import reason
from vsrppp_tui.training.checkpoint_store import EMERGENCY, FOLDER, CheckpointStore, Files
from vsrppp_tui.training.checkpoint_tag import LATEST
from vsrppp_tui.training.control import Request
from vsrppp_tui.training.host_copy import HostCopy
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.retention import BEST
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.telemetry import CheckpointInfo
from vsrppp_tui.training.writer import CheckpointWriter, SaveJob, SaveOutcome

# Codes of the TensorBoard tag Events/Checkpoints; latest.pth in passing is not worth a mark.
REGULAR, BEST_CODE, EMERGENCY_CODE = 1, 2, 3
RETRY_SECONDS = 30.0  # of wall time, from a failed save to its next attempt


class Saver:
    """Saves step boundaries; a failure to write is a warning that stays up, and is tried again.

    A failed save is tried again after `RETRY_SECONDS`, from its own copy. The next save that is due
    takes its place; before that, a milestone or a best gets one more attempt.
    """

    def __init__(
        self,
        store: CheckpointStore,
        progress: Progress,
        reporter: Reporter,
        capture: Callable[[], dict[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._progress = progress
        self._reporter = reporter
        self._capture = capture
        self._clock = clock
        self._writer = CheckpointWriter(store)
        self._host_copy = HostCopy()
        self._began_at = progress.step
        self._wanted: Files | None = None
        self._marked = False
        self._requests: list[Request] = []
        self._failed: SaveJob | None = None
        self._error: OSError | None = None  # of `_failed`
        self._retry_at = 0.0

    def latest(self) -> None:
        """Ask for latest.pth."""
        self._want(Files())

    def validated(self, *, best: bool) -> None:
        """Ask for latest.pth after a validation, and for checkpoint_best.pth where it was the best."""
        self._want(Files(best=best))

    def milestone(self) -> None:
        """Ask for the milestone of this step."""
        step = self._progress.step
        if step == self._began_at and self._has_milestone(step):
            return  # resumed from exactly here: it is on disk already
        self._want(Files(milestone=True))

    def requested(self, request: Request) -> None:
        """Ask for latest.pth on behalf of somebody who is told once it is on the disk, or why not."""
        self._requests.append(request)
        self._want(Files(), marked=True)

    def poll(self) -> None:
        """Tell what became of the save under way; begin the one that is asked for, or a retry.

        Called at step boundaries, and while paused.
        """
        self._take_outcome(wait=False)
        if self._wanted is not None:
            self._begin()
        elif self._failed is not None and self._clock() >= self._retry_at:
            self._try_again()

    def settle(self) -> None:
        """Wait until nothing is being written."""
        self._take_outcome(wait=True)

    def last(self) -> bool:
        """Write latest.pth and wait for it. False: it could not be written."""
        self._want(Files(), marked=True)
        return self._finish()

    def emergency(self) -> bool:
        """Write checkpoint_emergency.pth with the last step boundary and wait for it, as `last`."""
        self._wanted = Files(emergency=True)
        return self._finish()

    def rolled_back(self) -> bool:
        """Write latest.pth for a run that went back to an earlier step, and wait for it; as `last`.

        What was still to be written of the way that is left is given up.
        """
        self._began_at = self._progress.step
        self._wanted, self._failed = Files(), None
        return self._finish()

    def last_not_saved(self) -> OSError:
        """What is wrong when `last` or `emergency` has returned False, as a sentence."""
        return OSError(
            f"The last checkpoint, of step {self._progress.step:,}, could not be saved: {self._error}. "
            "Put that right; a resume then continues from the newest checkpoint that is there."
        )

    def close(self) -> None:
        """End the writer thread; whoever still waits for a save is told that there is none."""
        try:
            self.settle()
        finally:
            self._writer.close()
            for request in self._requests:
                request.answer(False, self._progress.step, "not saved: the run has ended")
            self._requests.clear()

    def _has_milestone(self, step: int) -> bool:
        try:
            return self._store.has_milestone(step)
        except OSError:  # what cannot be read is written anew
            return False

    def _want(self, files: Files, *, marked: bool = False) -> None:
        self._wanted = files if self._wanted is None else self._wanted | files
        self._marked |= marked

    def _finish(self) -> bool:
        self._begin()
        self.settle()
        return self._failed is None

    def _begin(self) -> None:
        assert self._wanted is not None
        self.settle()
        if self._owes_a_file and not self._wanted.emergency:
            self._try_again()
            self.settle()
        job = SaveJob(
            self._progress.step,
            self._host_copy.take(self._capture()),
            self._wanted,
            self._marked,
            tuple(self._requests),
        )
        self._wanted, self._marked, self._failed = None, False, None
        self._requests.clear()
        self._writer.start(job)

    @property
    def _owes_a_file(self) -> bool:
        return self._failed is not None and self._failed.files.has_own_name

    def _try_again(self) -> None:
        assert self._failed is not None
        job, self._failed = self._failed, None
        self._writer.start(job)

    def _take_outcome(self, *, wait: bool) -> None:
        outcome = self._writer.outcome(wait=wait)
        if outcome is None:
            return
        if outcome.error is None:
            self._tell_saved(outcome)
        else:
            self._tell_failed(outcome.job, outcome.error)

    def _tell_failed(self, job: SaveJob, error: Exception) -> None:
        for request in job.requests:
            request.answer(False, job.step, f"not saved: {reason(error)}")
        if not isinstance(error, OSError):
            raise error
        self._failed, self._error = dataclasses.replace(job, requests=()), error
        self._retry_at = self._clock() + RETRY_SECONDS
        self._reporter.alert("save", f"Checkpoint of step {job.step:,} not saved: {reason(error)}")

    def _tell_saved(self, outcome: SaveOutcome) -> None:
        job = outcome.job
        self._reporter.clear_alert("save")
        self._tell_of_files(job)
        name = EMERGENCY if job.files.emergency else LATEST
        self._reporter.update(checkpoint=CheckpointInfo(job.step, f"{FOLDER}/{name}"))
        if outcome.cleaning is not None:
            text = f"A former best checkpoint cannot be removed: {reason(outcome.cleaning)}"
            self._reporter.alert("retention", text)
        else:
            self._reporter.clear_alert("retention")
        for request in job.requests:
            request.answer(True, job.step, f"saved at step {job.step:,}")

    def _tell_of_files(self, job: SaveJob) -> None:
        own = self._store.milestone_name(job.step)
        if job.files.milestone:
            self._tell_of(job, own, REGULAR)
        if job.files.best:
            self._tell_of(job, own, BEST_CODE)
        if job.files.emergency:
            self._tell_of(job, EMERGENCY, EMERGENCY_CODE)
        elif job.marked:
            self._tell_of(job, LATEST, REGULAR)

    def _tell_of(self, job: SaveJob, name: str, code: int) -> None:
        path = f"{FOLDER}/{name}"
        text = f"{BEST} is now {name}" if code == BEST_CODE else f"saved {path}"
        level: Any = "warning" if code == EMERGENCY_CODE else "info"
        data = {"code": code, "path": path}
        self._reporter.event("checkpoint", text, level, data, step=job.step)
