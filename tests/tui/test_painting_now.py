"""What a look at the run changes is drawn in one go, and no more often than the screen is."""

from __future__ import annotations

import asyncio
from typing import Any

import pyte
import pytest
from textual.app import ComposeResult
from textual.screen import UPDATE_PERIOD, Screen

from tests.tui.driving import Driver, drive, history_loaded, make_app, tick
from tests.tui.recorded import FakeClock, FakeLink, history, snapshot
from tests.tui.test_row_widget import Written, drawn_on
from vsrppp_tui.tui.widgets.rows import RowWidget


async def frame_over() -> None:
    await asyncio.sleep(3 * UPDATE_PERIOD)


def look_of(terminal: pyte.Screen) -> list[list[Any]]:
    """Every cell with its colours."""
    return [[terminal.buffer[y][x] for x in range(terminal.columns)] for y in range(terminal.lines)]


def test_a_look_at_the_run_is_drawn_before_anything_else_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = Written(monkeypatch)
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await frame_over()
        written.bytes = 0
        link.now = snapshot(4300)
        app.tick()
        at_once = written.bytes
        await pilot.pause()
        await frame_over()
        assert at_once > 0
        assert written.bytes == at_once, "and nothing of it is drawn again"

    drive(app, scenario)


def test_looks_in_quick_succession_share_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link)
    clock = FakeClock()
    monkeypatch.setattr("vsrppp_tui.tui.lean.monotonic", clock)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        clock.now += 1.0
        link.now = snapshot(4300)
        app.tick()
        first = written.bytes
        for step in range(4310, 4400, 10):
            link.now = snapshot(step)
            app.tick()
        assert written.bytes == first
        await frame_over()
        await pilot.pause()
        assert written.bytes > first

    drive(app, scenario)


def test_small_updates_have_the_colours_of_the_theme_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    terminal = drawn_on(monkeypatch)
    clock, link = FakeClock(), FakeLink(snapshot(4210), history(4210))
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        step = 4210
        for theme in ("light", "dark", "colour-blind", "light"):
            app.theme = theme
            for _ in range(3):
                step += 97
                link.now, clock.now = snapshot(step), clock.now + 1.0
                await frame_over()
                await tick(pilot)
            in_pieces = look_of(terminal)
            app.screen.refresh()
            await frame_over()
            await pilot.pause()
            assert look_of(terminal) == in_pieces, theme

    drive(app, scenario)


class Rows(Screen[None]):
    """A widget of rows."""

    def compose(self) -> ComposeResult:
        yield RowWidget(id="rows")


def test_a_change_of_layout_is_asked_for_as_usual() -> None:
    app = make_app(FakeLink(snapshot(4210)))

    async def scenario(pilot: Driver) -> None:
        app.push_screen(Rows())
        await pilot.pause()
        widget = app.screen.query_one(RowWidget)

        def grow() -> None:
            widget.styles.height = 7

        assert not widget.quietly(grow), "the screen has nothing to paint: it is laid out anew"
        await pilot.pause()
        await frame_over()
        assert widget.size.height == 7
        assert widget.quietly(lambda: widget.show([(("text", "text"),)]))

    drive(app, scenario)
