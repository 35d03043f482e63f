"""Pictures of the dashboard with a run of the recipe `vsrpp`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.driving import Driver, history_loaded, make_app
from tests.tui.recorded import FakeLink, events, history
from tests.tui.recorded_vsrpp import AGGRESSIVE, vsrpp_snapshot
from vsrppp_tui.link.interface import Snapshot
from vsrppp_tui.tui.app import DashboardApp

STEP = 4210


def recorded(now: Snapshot) -> DashboardApp:
    link = FakeLink(now, history(STEP))
    link.happened = events(STEP)
    return make_app(link)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_running(snap_compare: Any, size: tuple[int, int]) -> None:
    app = recorded(vsrpp_snapshot(STEP))
    assert snap_compare(app, terminal_size=size, run_before=history_loaded)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_setup(snap_compare: Any, size: tuple[int, int]) -> None:
    async def press(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", *["down"] * 30)

    app = recorded(vsrpp_snapshot(STEP))
    assert snap_compare(app, terminal_size=size, run_before=press)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_aggressive(snap_compare: Any, size: tuple[int, int]) -> None:
    app = recorded(vsrpp_snapshot(STEP, adaptive=AGGRESSIVE, lr_phase="plateau"))
    assert snap_compare(app, terminal_size=size, run_before=history_loaded)
