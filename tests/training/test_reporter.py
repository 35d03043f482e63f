"""What observers are told when one of them fails."""

from __future__ import annotations

from typing import Any

from tests.engine import Recorder
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.telemetry import RunInfo

RUN = RunInfo("run", "vsrppp", 1, "test", 0.0)


class Full(Recorder):
    """Cannot write the first snapshot that it is told of."""

    def on_snapshot(self, snapshot: Any) -> None:
        super().on_snapshot(snapshot)
        if len(self.snapshots) == 1:
            raise OSError(28, "No space left on device")


def test_no_observer_is_told_an_older_snapshot_after_a_newer_one() -> None:
    full, after = Full(), Recorder()
    reporter = Reporter(RUN, [full, after])
    reporter.update(step=1)
    reporter.update(step=2)
    for observer in (full, after):
        seen = [snapshot.seq for snapshot in observer.snapshots]
        assert seen == sorted(seen)
    assert any("No space left" in event.text for event in after.events)
    assert after.snapshots[-1].warnings == (), "the next success took the warning back"


def test_records_that_come_late_are_told_what_has_happened() -> None:
    early, late = Recorder(), Recorder()
    reporter = Reporter(RUN, [early])
    reporter.event("cache", "before")
    reporter.attach([late])
    reporter.event("started", "after")
    assert [event.text for event in late.events] == ["before", "after"]
    assert [event.text for event in early.events] == ["before", "after"]


class FullInEveryWay(Recorder):
    """Can write neither events nor snapshots, for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = True

    def on_snapshot(self, snapshot: Any) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")

    def on_event(self, event: Any) -> None:
        self.on_snapshot(event)


def test_an_observer_that_cannot_write_is_one_warning_until_all_of_it_can() -> None:
    full, told = FullInEveryWay(), Recorder()
    reporter = Reporter(RUN, [full, told])
    for step in (1, 2):
        reporter.update(step=step)
        reporter.event("paused", "by me")
    assert [event.kind for event in told.events].count("warning") == 1
    full.is_full = False
    reporter.update(step=3)
    assert len(told.snapshots[-1].warnings) == 1, "events have not come through yet"
    reporter.event("continued", "by me")
    assert told.snapshots[-1].warnings == ()
