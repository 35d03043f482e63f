"""A recorded run of two processes with a night between them, and its replay by a clock of the test."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from tests.tui.driving import keys_of
from tests.tui.recorded import RUN, FakeClock, events, snapshot, validation
from vsrppp_tui.link.interface import (
    CheckpointInfo,
    Event,
    History,
    RunState,
    Snapshot,
    ValidationResult,
)
from vsrppp_tui.link.replay import ReplayLink
from vsrppp_tui.tui.app import ScreenEnd
from vsrppp_tui.tui.replay_app import ReplayApp
from vsrppp_tui.tui.replay_model import ReplayModel

NIGHT = 30_000.0
BREAK = 600  # the step after which the first process ended
LAST = 1000


def later(step: int) -> float:
    return NIGHT if step > BREAK else 0.0


def recorded_snapshot(step: int) -> Snapshot:
    made = snapshot(step, checkpoint=CheckpointInfo(step, "checkpoints/latest.pth"))
    losses = {**made.losses, "Total": math.nan} if step == 420 else made.losses
    run = replace(RUN, pid=5, started=RUN.started + NIGHT) if step > BREAK else RUN
    state: RunState = "done" if step == LAST else "running"
    return replace(made, time=made.time + later(step), losses=losses, run=run, state=state)


def recorded_validation(step: int) -> ValidationResult:
    result = validation(step)
    return replace(result, time=result.time + later(step))


def recorded_events() -> tuple[Event, ...]:
    """Those of both processes; the second one counts from 0 again."""
    found = [replace(event, time=event.time + later(event.step)) for event in events(LAST)]
    second = [event for event in found if event.step > BREAK]
    first = [event for event in found if event.step <= BREAK]
    return (*first, *(replace(event, seq=seq) for seq, event in enumerate(second)))


def recorded_run() -> History:
    return History(
        tuple(recorded_snapshot(step) for step in range(10, LAST + 1, 10)),
        tuple(recorded_validation(step) for step in range(250, LAST + 1, 250)),
        recorded_events(),
    )


class Seconds:
    """An even clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def wait_for_record(model: ReplayModel) -> None:
    for _ in range(500):
        model.poll()
        if model.history_done:
            return
        time.sleep(0.005)
    raise AssertionError("the record never came")


def make_model(
    history: History | None = None, speed: float | None = None, clock: Seconds | None = None
) -> ReplayModel:
    """A model that has its record and stands at the beginning."""
    record = history or recorded_run()
    link = ReplayLink(RUN, speed, clock or Seconds())
    model = ReplayModel(link, lambda: record, FakeClock(), Path("run"))
    wait_for_record(model)
    return model


def make_replay(
    history: History | Callable[[], History] | None = None,
    speed: float | None = None,
    clock: Seconds | None = None,
    run_dir: Path = Path("run"),
) -> ReplayApp:
    record = history or recorded_run()
    link = ReplayLink(RUN, speed, clock or Seconds())
    return ReplayApp(
        link,
        record if callable(record) else lambda: record,
        describe_keys=lambda: keys_of(link.snapshot()),
        clock=FakeClock(),
        run_dir=run_dir,
    )


async def record_shown(pilot: Pilot[ScreenEnd]) -> None:
    """Ticks until the record has been read."""
    app = pilot.app
    assert isinstance(app, ReplayApp)
    for _ in range(200):
        app.tick()
        await pilot.pause()
        if app.model.history_done:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the record never came")
