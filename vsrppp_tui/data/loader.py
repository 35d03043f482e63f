"""The training loader: worker processes that decode, and an endless row of batches from a place on.

What a batch holds depends on its format and position alone, so any number of workers gives the same
batches, and they are prefetched across a change of the format like any others.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing import connection
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader

from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.mixture import Cursor
from vsrppp_tui.data.own_session import start_servers
from vsrppp_tui.data.sample_reader import Failure, SampleReader, SampleSource
from vsrppp_tui.errors import TrainingFailed, UserError

_MOST_DEATHS = 3
_DEATH_LOOK_SECONDS = 0.5
_DEATH_NEWS_SECONDS = 2.0


class TrainLoader:
    """Batches from a place on, for ever.

    Args:
        sources: one a format.
        cursor: which samples of which format make each batch; it is copied.
        workers: processes that decode; 0 decodes in the caller's thread.
    """

    def __init__(
        self,
        sources: Sequence[SampleSource],
        cursor: Cursor,
        workers: int,
    ) -> None:
        self._reader = SampleReader(tuple(sources))
        self._cursor = cursor.copy()  # stands behind the last batch that was handed out
        self._workers = workers
        self._deaths = 0
        self._batches: Any = self._open()

    def _open(self) -> Any:
        """An iterator over the batches from the present place on."""
        workers = self._workers
        if workers:
            start_worker_servers()
        portions: Any = self._cursor.copy()  # each reaches `__getitems__` as it is
        loader: DataLoader[Batch | Failure] = DataLoader(
            self._reader,
            batch_sampler=portions,
            num_workers=workers,
            collate_fn=_as_it_is,
            multiprocessing_context=multiprocessing.get_context("forkserver") if workers else None,
            worker_init_fn=_prepare_worker if workers else None,
            # Without a generator of its own the loader would draw from torch's global one, which
            # belongs to the training.
            generator=torch.Generator(),
        )
        batches = iter(loader)
        if hasattr(batches, "_try_get_data"):  # a loader with workers; torch's own pace is 5 s
            batches._try_get_data = functools.partial(batches._try_get_data, _DEATH_LOOK_SECONDS)
        return batches

    def next(self) -> Batch:
        """The next batch; waits until it is there.

        Where a worker has died, all of them are replaced and begin again at this very batch.

        Raises:
            UserError: none of many pairs in a row could be read.
            TrainingFailed: workers died several times before this batch was there.
        """
        for _ in range(_MOST_DEATHS):
            batch = self._try_next()
            if isinstance(batch, Failure):
                raise UserError(batch.text)
            if batch is not None:
                next(self._cursor)
                return batch
            self._deaths += 1
            self._shut_down()
            self._batches = self._open()
        raise TrainingFailed(
            f"The loader's workers died {_MOST_DEATHS} times in a row, most likely for want of memory: "
            "lower NUM_WORKERS, or set NUM_WORKERS=0 to decode in the trainer itself."
        )

    def take_deaths(self) -> int:
        """How often workers had to be replaced since the last call."""
        deaths, self._deaths = self._deaths, 0
        return deaths

    def close(self) -> None:
        """Stop the workers and wait for them; may be called twice."""
        self._shut_down()

    def _try_next(self) -> Batch | Failure | None:
        """The next batch, or what was sent in its place; None: a worker has died."""
        # torch's own iterator looks only when it has nothing to hand out.
        if self._worker_is_dead(0.0):
            return None
        try:
            batch: Batch | Failure = next(self._batches)
        except (RuntimeError, OSError, EOFError):
            # A worker's death shows in many ways: torch's own words, or a broken connection to it while
            # a tensor is fetched. The news of its end may then be a moment behind.
            if not self._worker_is_dead(_DEATH_NEWS_SECONDS):
                raise
            return None
        return batch

    def _worker_is_dead(self, timeout: float) -> bool:
        workers = getattr(self._batches, "_workers", ())
        # Not the sentinels alone: between the exit code and its end one of them is not ready once the code
        # has been read.
        if any(worker.exitcode is not None for worker in workers):
            return True
        sentinels = [worker.sentinel for worker in workers]
        return bool(sentinels) and bool(connection.wait(sentinels, timeout))

    def _shut_down(self) -> None:
        batches, self._batches = self._batches, iter(())
        if hasattr(batches, "_shutdown_workers"):
            # The iterator does this when it is collected; waiting for that would leave the moment open.
            batches._shutdown_workers()


def start_worker_servers() -> None:
    """Start what workers are forked from, if it does not run yet; takes no time worth waiting for.

    A program that will need workers may call this early: the fork server imports torch meanwhile.
    """
    start_servers([__name__])


def _as_it_is(batch: Any) -> Any:
    return batch


def _prepare_worker(worker: int) -> None:
    """Make a worker deaf to the terminal and to signals for the group, and keep it to one core."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_the_trainer, name="trainer-watch", daemon=True).start()


def _end_with_the_trainer() -> None:
    """Wait for the trainer's death, by kill -9 for one, and end this worker too."""
    # torch's own watch looks at the parent's pid. That is the fork server's, which lives for as long as
    # any worker does: the two would keep each other alive for ever.
    trainer = multiprocessing.parent_process()
    assert trainer is not None
    trainer.join()
    os._exit(1)
