"""The dashboard of recorded runs, and of some in a state of their own: paused, warned, complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.app import App

from tests.tui.driving import make_app
from tests.tui.recorded import (
    ALERTS,
    WARNED,
    FakeLink,
    Of,
    edit_event,
    event,
    history,
    numbered,
    snapshot,
)
from vsrppp_tui.commands.summary import facts_of, summary
from vsrppp_tui.link.interface import CheckpointInfo, Event, History, Snapshot

STEP = 4210
LAST = 100_000
LATEST = "checkpoints/latest.pth"
NOW = snapshot(STEP)


def run_of(now: Snapshot, of: Of = snapshot, *more: Event) -> App[Any]:
    """The dashboard of the run that is `of(n)` at step n and now at `now`; `more` has happened to it."""
    record = history(now.step, of=of)
    happened = numbered(*record.events, *more)
    link = FakeLink(now, replace(record, events=happened))
    link.happened = happened
    return make_app(link)


def paused(_folder: Path) -> App[Any]:
    return run_of(snapshot(STEP, state="paused"), snapshot, event(STEP, "paused", "by dashboard"))


def warned(_folder: Path) -> App[Any]:
    """The disk has become full: the newest checkpoint is that of the validation before."""
    machine = replace(NOW.machine, disk_free=310_000_000)
    saved = CheckpointInfo(3_750, LATEST)
    now = replace(NOW, warnings=ALERTS, machine=machine, checkpoint=saved)
    record = history(STEP)
    kept = [each for each in record.events if (each.kind, each.step) != ("checkpoint", 4_000)]
    happened = numbered(*kept, *WARNED)
    link = FakeLink(now, replace(record, events=happened))
    link.happened = happened
    return make_app(link)


def edited(_folder: Path) -> App[Any]:
    before = (
        edit_event(900, "dashboard", LR_EXPONENT=(-3.5, -4.0), BATCH_SIZE=(2, 4)),
        edit_event(2_750, "train_config.json", DATASET_ROOT=("dataset", "runs/demo/dataset")),
        edit_event(4_100, "uid 1000 (attach)", VAL_STEP_EVERY=(500, 250)),
    )
    return make_app(FakeLink(NOW, replace(history(STEP), events=before)))


def last_snapshot(**changes: Any) -> Snapshot:
    return snapshot(LAST, state="done", checkpoint=CheckpointInfo(LAST, LATEST), **changes)


def complete_record() -> History:
    """Thinned, as that of a long run is."""
    record = history(LAST, every=500)
    ended = (
        event(LAST, "checkpoint", f"saved {LATEST}"),
        event(LAST, "finished", f"done at step {LAST:,}"),
    )
    events = numbered(*record.events, *ended)[-500:]
    return History((*record.snapshots, last_snapshot()), record.validations, events)


def done(_folder: Path) -> App[Any]:
    """With the warning that stays when all is over: files that could not be read."""
    record = complete_record()
    unreadable = [each for each in WARNED if each.data["key"] == "unreadable"]
    happened = numbered(*record.events, *unreadable)
    link = FakeLink(last_snapshot(warnings=ALERTS[1:]), replace(record, events=happened))
    link.happened = happened[-200:]
    return make_app(link)


def completed(folder: Path) -> App[Any]:
    """A run that completes while it is looked at, with the page of its own record."""
    record = complete_record()
    run_dir = folder / "demo"
    (run_dir / "checkpoints").mkdir(parents=True)
    for name in ("checkpoint_best.pth", "latest.pth"):
        (run_dir / "checkpoints" / name).touch()
    lines = summary(last_snapshot(), facts_of(record), run_dir)
    lines = [line.replace(str(run_dir), "runs/demo") for line in lines]
    link = FakeLink(snapshot(LAST - 1), record)
    return make_app(link, tell_end=lambda _last: lines)
