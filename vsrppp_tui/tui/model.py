"""What a screen keeps of a run over time: the newest snapshot, the curve, events, alerts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import (
    FINAL_STATES,
    Alert,
    Event,
    History,
    Link,
    RunState,
    Snapshot,
)
from vsrppp_tui.tui.edit_history import EditHistory
from vsrppp_tui.tui.events import EventLog
from vsrppp_tui.tui.marks import Marks
from vsrppp_tui.tui.metrics import Metrics
from vsrppp_tui.tui.requests import Requests
from vsrppp_tui.tui.validations import Validations


class RunModel:
    """The run as the panels read it; `poll` brings it up to date and says whether anything changed.

    Args:
        link: the run.
        clock: the present Unix time.
        run_dir: the run directory as this process finds it; None: as the run itself names it, which
            holds where both have the same working directory.
    """

    preparing = "Getting ready to train"  # what a run that is `starting` does
    read_only = "Read only: this screen was opened with --read-only; nothing can be changed."

    def __init__(self, link: Link, clock: Callable[[], float], run_dir: Path | None = None) -> None:
        self._link = link
        self.clock = clock
        self.snapshot: Snapshot = link.snapshot()
        self.run_dir = run_dir or Path(self.snapshot.run.run_dir)
        self.metrics = Metrics()
        self.marks = Marks()
        self.validations = Validations()
        self.log = EventLog()
        self.past_edits = EditHistory()
        self.requests = Requests(link, self.log, clock)
        self.stop_asked = False
        self.ever_ran = self.snapshot.state != "starting"
        self._seen_alerts: dict[str, Alert] = {}
        self._history: HistoryReader | None = None
        self.history_done = False
        self.metrics.add(self.snapshot)
        self.marks.follow(self.snapshot)
        self.validations.add(self.snapshot)

    @property
    def state(self) -> RunState:
        """The state of the run in the newest snapshot."""
        return self.snapshot.state

    @property
    def over(self) -> bool:
        """Whether the run has ended, in whichever way."""
        return self.state in FINAL_STATES

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Warnings that nobody has acknowledged yet."""
        return tuple(
            alert for alert in self.snapshot.warnings if self._seen_alerts.get(alert.key) != alert
        )

    def acknowledge(self, seen: Iterable[Alert]) -> None:
        """Put warnings away; a newer one under the same key comes back."""
        self._seen_alerts.update({alert.key: alert for alert in seen})

    def poll(self) -> bool:
        """Take what is new at the link; False where nothing is, so that nothing need be drawn."""
        changed = False
        snapshot = self._link.snapshot()
        if snapshot is not self.snapshot:
            changed = self._take(_standing_still(self.snapshot, snapshot))
        changed = self.requests.poll() or changed
        events = self._new_events()
        self.marks.add(events)
        self.past_edits.add(events)
        changed = self.log.add(events) or changed
        return self._poll_history() or changed

    def note_time(self) -> float:
        """The time under which a note of this screen stands among the events."""
        return self.clock()

    def _new_events(self) -> tuple[Event, ...]:
        return self._link.events(self.log.newest)

    def _take(self, snapshot: Snapshot) -> bool:
        changed = replace(snapshot, seq=0, time=0.0) != replace(self.snapshot, seq=0, time=0.0)
        self.snapshot = snapshot
        self.metrics.add(snapshot)
        self.marks.follow(snapshot)
        self.validations.add(snapshot)
        if snapshot.state not in FINAL_STATES and snapshot.state != "starting":
            self.ever_ran = True
        return changed

    def _poll_history(self) -> bool:
        """Read the records once, when the run directory is settled: after `starting`."""
        if self._history is None:
            if self.ever_ran:
                self._history = HistoryReader(self._link.history)
            return False
        if self.history_done:
            return False
        self.history_done = self._history.deliver(self._take_history, self._history_failed)
        return self.history_done

    def _take_history(self, history: History, recorded: Metrics) -> None:
        self.metrics.seed(recorded)
        self.marks.add_recorded(history.events)
        self.validations.seed(history.validations, self.snapshot.step)
        self.log.add_recorded(history.events)
        self.past_edits.add(history.events)

    def _history_failed(self, reason: str) -> None:
        text = f"The recorded history could not be read: {reason}"
        self.log.note(self.clock(), text, "warning")


class HistoryReader:
    """Reads the history in a thread of its own, which may not keep the program from ending."""

    def __init__(self, read: Callable[[], History]) -> None:
        self._read_history = read
        self._result: tuple[History, Metrics] | str | None = None
        threading.Thread(target=self._read, name="history", daemon=True).start()

    def _read(self) -> None:
        # Whatever is wrong with the records, the run itself goes on and the screen says why.
        try:
            history = self._read_history()
            self._result = history, Metrics.recorded(history)
        except UserError as error:
            self._result = str(error)
        except Exception as error:
            self._result = f"{type(error).__name__}: {error}"

    def deliver(
        self, take: Callable[[History, Metrics], None], failed: Callable[[str], None]
    ) -> bool:
        """Hand the result over once it has come; whether that happened now."""
        result = self._result
        if result is None:
            return False
        self._result = None
        if isinstance(result, str):
            failed(result)
        else:
            take(*result)
        return True


def _standing_still(before: Snapshot, snapshot: Snapshot) -> Snapshot:
    """While paused the machine and the speeds keep their last reading: nothing ticks on the screen."""
    if not before.state == snapshot.state == "paused":
        return snapshot
    return replace(
        snapshot,
        machine=before.machine,
        steps_per_s=before.steps_per_s,
        eta_s=before.eta_s,
        data_wait=before.data_wait,
    )
