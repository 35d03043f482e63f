"""Pictures of the screens, compared with the ones in `__snapshots__` (``--snapshot-update`` renews them)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.driving import Driver, history_loaded, make_app
from tests.tui.recorded import ALERTS, FakeLink, events, history, snapshot, starting
from vsrppp_tui.link.interface import Snapshot, TaskProgress
from vsrppp_tui.tui.app import DashboardApp

STEP = 4210
VALIDATING = TaskProgress("validating", 7, 12)


def recorded(now: Snapshot) -> DashboardApp:
    link = FakeLink(now, history(STEP))
    link.happened = events(STEP)
    return make_app(link)


async def settled(pilot: Driver) -> None:
    await history_loaded(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_running(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(recorded(snapshot(STEP)), terminal_size=size, run_before=settled)


@pytest.mark.parametrize(
    ("now", "size"),
    [
        (snapshot(STEP, state="paused"), (120, 40)),
        (snapshot(STEP, state="validating", task=VALIDATING), (80, 24)),
        (snapshot(STEP, warnings=ALERTS), (80, 24)),
        (snapshot(STEP, warnings=ALERTS, state="done"), (160, 50)),
    ],
    ids=["paused", "validating", "warnings", "complete"],
)
def test_states(snap_compare: Any, now: Snapshot, size: tuple[int, int]) -> None:
    assert snap_compare(recorded(now), terminal_size=size, run_before=settled)


def test_starting(snap_compare: Any) -> None:
    assert snap_compare(make_app(FakeLink(starting())), terminal_size=(80, 24))


@pytest.mark.parametrize(
    "keys",
    [("q",), ("question_mark",), ("enter", "end", "up", "up", "up", "up", "enter", "x")],
    ids=["leaving", "help", "setup"],
)
def test_other_screens(snap_compare: Any, keys: tuple[str, ...]) -> None:
    async def press(pilot: Driver) -> None:
        await settled(pilot)
        await pilot.press(*keys)

    app = recorded(snapshot(STEP, pending={"BATCH_SIZE": "next epoch"}))
    assert snap_compare(app, terminal_size=(80, 24), run_before=press)
