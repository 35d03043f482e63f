"""Work in threads, whose results the screen's tick takes: nothing on the screen's thread waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from vsrppp_tui.errors import UserError

_T = TypeVar("_T")


class Background:
    """Daemon threads: a disk that never answers keeps nobody from leaving."""

    def __init__(self) -> None:
        self._results: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many results have not been delivered yet."""
        return self._under_way

    def run(
        self,
        work: Callable[[], _T],
        then: Callable[[_T], None],
        failed: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Do `work` in a thread; the next `deliver` calls `then` with its result.

        `failed` is called with a sentence where it raises UserError or OSError.
        """
        self._count(1)
        threading.Thread(target=self._do, args=(work, then, failed), daemon=True).start()

    def deliver(self) -> None:
        """Hand over what has come, in the calling thread."""
        while True:
            try:
                result = self._results.get_nowait()
            except Empty:
                return
            self._count(-1)
            result()

    def _do(
        self, work: Callable[[], _T], then: Callable[[_T], None], failed: Callable[[str], None]
    ) -> None:
        try:
            found = work()
        except (UserError, OSError) as error:
            text = str(error)
            self._results.put(lambda: failed(text))
        except BaseException as error:  # a fault of the program is told as well, not swallowed
            text = f"That failed: {error!r}"
            self._results.put(lambda: failed(text))
        else:
            self._results.put(lambda: then(found))

    def _count(self, by: int) -> None:
        with self._lock:
            self._under_way += by
