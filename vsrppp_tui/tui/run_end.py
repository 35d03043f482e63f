"""The summary of a run that completes while somebody looks on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from vsrppp_tui.link.interface import Snapshot

Tell = Callable[[Snapshot], Sequence[str]]


class RunEnd:
    """Tells once when the run turns to `done`, and whenever it is asked; in a thread: it reads the records.

    Args:
        tell: the lines of the summary; None: there is none to show.
        first: the run as it was met; one that was done by then is no news.
    """

    def __init__(self, tell: Tell | None, first: Snapshot) -> None:
        self._tell = tell
        self._told = first.state == "done"
        self._lines: Sequence[str] | None = None

    def poll(self, snapshot: Snapshot) -> Sequence[str] | None:
        """The summary, when it is there, once for each time that it was asked for."""
        if snapshot.state == "done" and not self._told and self._tell is not None:
            self._read(self._tell, snapshot, asked=False)
        lines, self._lines = self._lines, None
        return lines

    def ask(self, snapshot: Snapshot) -> bool:
        """Have the summary of a run that is over read; False where there is none to read."""
        if self._tell is None:
            return False
        self._read(self._tell, snapshot, asked=True)
        return True

    def _read(self, tell: Tell, snapshot: Snapshot, *, asked: bool) -> None:
        self._told = True
        work = threading.Thread(
            target=self._work, args=(tell, snapshot, asked), name="summary", daemon=True
        )
        work.start()

    def _work(self, tell: Tell, snapshot: Snapshot, asked: bool) -> None:
        try:
            self._lines = tell(snapshot)
        except Exception as error:  # whatever is wrong with the records
            # Unasked nobody waits for it: that the run is complete is on the screen already.
            self._lines = [f"Summary:          cannot be made: {error}"] if asked else None
