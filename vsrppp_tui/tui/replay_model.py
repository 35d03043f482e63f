"""The model of a record: what the panels read is a function of the position alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vsrppp_tui.link.interface import History, Snapshot
from vsrppp_tui.link.recording import Recording
from vsrppp_tui.link.replay import ReplayLink
from vsrppp_tui.tui.metrics import Metrics
from vsrppp_tui.tui.model import HistoryReader, RunModel
from vsrppp_tui.tui.requests import Requests
from vsrppp_tui.tui.text import duration, times

_LONG_AGO = 3600.0  # seconds; beyond the patience of every panel


class ReplayModel(RunModel):
    """Reads the record once, then shows it at the position of the link.

    Args:
        link: the record.
        read: reads the history; called in a thread of its own. The text of an error says why the
            record cannot be shown.
        clock: the present Unix time.
        run_dir: the run directory as this process finds it.
    """

    preparing = "Opening the record"
    read_only = "Read only: this is a record; nothing can be changed in it."

    def __init__(
        self,
        link: ReplayLink,
        read: Callable[[], History],
        clock: Callable[[], float],
        run_dir: Path,
    ) -> None:
        self._jumps = 0
        # A jump ages what is drawn only now and then, so that it is drawn at once.
        super().__init__(link, lambda: clock() + self._jumps * _LONG_AGO, run_dir)
        self.replay = link
        # Its notes belong where they were asked for: between the events of the record.
        self.requests = Requests(link, self.log, lambda: link.moment)
        self.problem: str | None = None  # why the record cannot be shown
        self._whole = Metrics()
        self._shown: float | None = None  # the position that is shown
        self._history = HistoryReader(read)

    def note_time(self) -> float:
        return self.replay.moment

    def poll(self) -> bool:
        changed = self.requests.poll()
        if not self.history_done and self.problem is None:
            assert self._history is not None
            self.history_done = self._history.deliver(self._begin, self._fail)
        return self._follow_position() or changed

    def steer(self, change: Callable[[ReplayLink], None]) -> None:
        """Move, play, hold or change the speed, and show where that leads."""
        change(self.replay)
        self._jumps += 1
        self.metrics.era += 1
        self._follow_position()

    def _fail(self, reason: str) -> None:
        self.problem = reason

    def _begin(self, history: History, metrics: Metrics) -> None:
        recording = Recording(history)
        self._whole = metrics
        self.replay.show(recording)
        self.ever_ran = self.metrics.seeded = True
        timeline = recording.timeline
        speed, takes = times(self.replay.speed), timeline.duration / self.replay.speed
        text = f"A record of {duration(timeline.seconds)}, played {speed} in {duration(takes)}."
        if timeline.shortened:
            text += f" Pauses shortened: {timeline.shortened}."
        self.log.note(self.replay.moment, text)

    def _follow_position(self) -> bool:
        """Show the run as it stood; False where that is shown already."""
        recording, position = self.replay.recording, self.replay.position
        if recording is None or position == self._shown:
            return False
        moment = recording.timeline.moment_at(position)
        if self._shown is not None and position < self._shown:
            self.log.forget_notes(moment)
        if self.replay.at_end:
            self._jumps += 1
        self._shown = position
        self._show(recording.state(moment), recording.until(moment))
        return True

    def _show(self, snapshot: Snapshot, history: History) -> None:
        self.snapshot = snapshot
        self.metrics.show(self._whole, snapshot)
        self.marks.show(history.events, snapshot)
        self.validations.show(history.validations, snapshot)
        self.past_edits.show(history.events)
        self.log.show(history.events)
