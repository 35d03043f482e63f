"""The summary of a run that completes while somebody looks on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from vsrppp_tui.link.interface import Snapshot

Tell = Callable[[Snapshot], Sequence[str]]


class RunEnd:
    """Asks for the summary once, when the run turns to `done`, in a thread: it is read from the records.

    Args:
        tell: the lines of the summary; None: there is none to show.
        first: the run as it was met; one that was done by then is no news.
    """

    def __init__(self, tell: Tell | None, first: Snapshot) -> None:
        self._tell = tell if first.state != "done" else None
        self._lines: Sequence[str] | None = None

    def poll(self, snapshot: Snapshot) -> Sequence[str] | None:
        """The summary, once, when it is there."""
        if snapshot.state == "done" and self._tell is not None:
            tell, self._tell = self._tell, None
            threading.Thread(
                target=self._work, args=(tell, snapshot), name="summary", daemon=True
            ).start()
        lines, self._lines = self._lines, None
        return lines

    def _work(self, tell: Tell, snapshot: Snapshot) -> None:
        # Whatever is wrong with the records: that the run is complete is on the screen already.
        try:
            self._lines = tell(snapshot)
        except Exception:
            self._lines = None
