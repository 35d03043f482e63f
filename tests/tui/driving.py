"""Driving the dashboard without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from textual.pilot import Pilot

from tests.tui.recorded import FakeClock, FakeLink
from vsrppp_tui.config.key import KeyInfo
from vsrppp_tui.config.recipes import class_for
from vsrppp_tui.link.interface import Snapshot
from vsrppp_tui.tui.app import DashboardApp, ScreenEnd
from vsrppp_tui.tui.screens.pictures import PictureScreen
from vsrppp_tui.tui.widgets.rows import RowWidget

Driver = Pilot[ScreenEnd]


def keys_of(now: Snapshot) -> Mapping[str, KeyInfo]:
    return class_for(now.config).keys()


def make_app(link: FakeLink, clock: FakeClock | None = None, **options: Any) -> DashboardApp:
    clock = clock or FakeClock()
    return DashboardApp(link, describe_keys=lambda: keys_of(link.now), clock=clock, **options)


def drive(
    app: DashboardApp,
    scenario: Callable[[Driver], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
) -> ScreenEnd | None:
    """Run `scenario` against the app; returns what the app ended with, if it ended."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scenario(pilot)

    asyncio.run(run())
    return app.return_value


async def tick(pilot: Driver) -> None:
    """Let the app look for news, and draw them."""
    assert isinstance(pilot.app, DashboardApp)
    pilot.app.tick()
    await pilot.pause()


async def history_loaded(pilot: Driver) -> None:
    """Ticks until the thread that reads the history has delivered."""
    app = pilot.app
    assert isinstance(app, DashboardApp)
    for _ in range(200):
        await tick(pilot)
        if app.model.history_done:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the history never came")


async def picture_drawn(pilot: Driver) -> None:
    """Waits until the thread that draws the pictures has delivered what is wanted."""
    screen = pilot.app.screen
    assert isinstance(screen, PictureScreen)
    await pilot.pause()
    for _ in range(500):
        if not screen.drawing:
            await pilot.pause()
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the picture never came")


def text_of(app: DashboardApp, selector: str) -> str:
    """What a widget of the present screen shows."""
    return app.screen.query_one(selector, RowWidget).text


def screen_text(app: DashboardApp) -> str:
    """Everything on the present screen."""
    return "\n".join(widget.text for widget in app.screen.query(RowWidget))
