"""The machine panel: what it shows in which room, and what to do where the training waits for data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tui.driving import Driver, drive, make_app
from tests.tui.recorded import FakeLink, snapshot
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.steady import Steady
from vsrppp_tui.tui.widgets.machine import MachinePanel, Meter, meters


def data_wait(share: float, config: dict[str, Any]) -> Meter:
    now = replace(snapshot(400), data_wait=share, config=config)
    [found] = [meter for meter in meters(now, Steady()) if meter.label == "Data wait"]
    return found


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"CACHE_BUDGET_GB": 0.0, "NUM_WORKERS": None}, "⚠ set a cache"),
        ({"CACHE_BUDGET_GB": 20.0, "NUM_WORKERS": None}, "⚠ more workers"),
        ({"NUM_WORKERS": 4}, "⚠ more workers"),  # a recipe without such a cache
        ({}, "⚠ more workers"),
    ],
)
def test_a_long_wait_names_its_remedy(config: dict[str, Any], text: str) -> None:
    meter = data_wait(0.4, config)
    assert (meter.text, meter.warning) == (text, True)


def test_a_short_wait_asks_for_nothing() -> None:
    meter = data_wait(0.04, {"CACHE_BUDGET_GB": 0.0})
    assert (meter.text, meter.warning) == ("of the step", False)


@pytest.mark.parametrize("size", [(120, 40), (160, 50), (200, 60), (250, 80)])
def test_the_processor_is_shown_beside_the_accelerator(size: tuple[int, int]) -> None:
    app = make_app(FakeLink(snapshot(400)))

    async def scenario(pilot: Driver) -> None:
        [panel] = [panel for panel in app.screen.query(MachinePanel) if panel.region.area]
        for label in ("GPU mem", "Data wait", "CPU", "RAM", "Disk"):
            assert label in panel.text

    drive(app, scenario, size)


def test_bars_grow_with_the_width() -> None:
    lengths = []
    for size in ((160, 50), (200, 60), (250, 80)):
        app = make_app(FakeLink(snapshot(400)))

        async def scenario(pilot: Driver, app: DashboardApp = app) -> None:
            [panel] = [panel for panel in app.screen.query(MachinePanel) if panel.region.area]
            lengths.append(panel.text.splitlines()[0].count("━"))

        drive(app, scenario, size)
    assert 10 < lengths[0] < lengths[1] < lengths[2]


@pytest.mark.parametrize(
    ("blocks", "size", "place"),
    [
        (8, (80, 24), "machine"),
        (8, (120, 40), "machine-right"),
        (30, (120, 40), "machine"),
        (30, (160, 50), "machine"),
        (30, (250, 80), "machine-right"),
    ],
)
def test_it_stands_under_the_blocks_where_these_leave_room(
    blocks: int, size: tuple[int, int], place: str
) -> None:
    now = snapshot(400)
    app = make_app(
        FakeLink(replace(now, blocks=now.blocks[11 : 11 + blocks] if blocks < 30 else now.blocks))
    )

    async def scenario(pilot: Driver) -> None:
        shown = [panel.id for panel in app.screen.query(MachinePanel) if panel.region.area]
        assert shown == [place]
        await pilot.resize_terminal(250, 80)
        await pilot.pause()
        shown = [panel.id for panel in app.screen.query(MachinePanel) if panel.region.area]
        assert shown == ["machine-right"]

    drive(app, scenario, size)
