"""The summary that a run which completes puts before its dashboard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.tui.driving import Driver, drive, make_app, screen_text, tick
from tests.tui.recorded import FakeLink, snapshot
from tests.tui.replays import recorded_run
from vsrppp_tui.commands.summary import facts_of, summary
from vsrppp_tui.link.interface import Snapshot
from vsrppp_tui.tui.app import DashboardApp, ScreenEnd
from vsrppp_tui.tui.screens.summary import SummaryScreen, summary_rows
from vsrppp_tui.tui.widgets.rows import RowWidget, row_width

RUN_DIR = Path("a rather long name of a folder/with/runs/of this month/vsrppp-96x30")
EXPORT = "vsrppp export best.pth vsrppp-96x30.safetensors"
LINES = summary(recorded_run().snapshots[-1], facts_of(recorded_run()), RUN_DIR)


def tell(last: Snapshot) -> Sequence[str]:
    return [f"Steps:            {last.step}", *LINES, f"Export:           {EXPORT}"]


async def end_shown(pilot: Driver) -> SummaryScreen:
    for _ in range(200):
        await tick(pilot)
        if isinstance(pilot.app.screen, SummaryScreen):
            await pilot.pause()
            return pilot.app.screen
        await asyncio.sleep(0.01)
    raise AssertionError("the summary never came")


def completed() -> tuple[DashboardApp, FakeLink]:
    link = FakeLink(snapshot(99_999))
    return make_app(link, tell_end=tell), link


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (250, 80), (40, 10)])
def test_it_comes_once_and_any_key_puts_it_away(size: tuple[int, int]) -> None:
    app, link = completed()

    async def scenario(pilot: Driver) -> None:
        await tick(pilot)
        link.now = snapshot(100_000, state="done")
        screen = await end_shown(pilot)
        box = screen.query_one("#summary")
        text = screen.query_one("#summary-text", RowWidget)
        assert "Steps:" in text.text and "100000" in text.text
        assert box.region.bottom <= size[1] and box.region.right <= size[0]
        assert text.size.height == len(text.rows)
        assert all(row_width(row) <= text.size.width for row in text.rows)
        await pilot.press("x")
        assert not isinstance(app.screen, SummaryScreen)
        await tick(pilot)
        await asyncio.sleep(0.05)
        await tick(pilot)
        assert not isinstance(app.screen, SummaryScreen)
        assert app.is_running

    drive(app, scenario, size)


def test_q_leaves_through_it() -> None:
    app, link = completed()

    async def scenario(pilot: Driver) -> None:
        link.now = snapshot(100_000, state="done")
        await end_shown(pilot)
        await pilot.press("q")

    assert drive(app, scenario) is ScreenEnd.RUN_ENDED


@pytest.mark.parametrize("state", ["done", "failed", "dead"])
def test_it_comes_again_when_asked_and_its_command_is_copied(state: str) -> None:
    link = FakeLink(snapshot(500, state=state))
    app = make_app(link, tell_end=tell, read_only=True)

    async def scenario(pilot: Driver) -> None:
        for _ in range(2):
            await pilot.press("u")
            screen = await end_shown(pilot)
            assert "Y copies" in str(screen.query_one("#summary").border_subtitle)
            await pilot.press("y")
            assert app.clipboard.startswith(EXPORT) and app.screen is screen
            await pilot.press("enter")
            assert app.screen is not screen
        assert "Copied" in screen_text(app)

    drive(app, scenario)


def test_a_run_that_goes_on_has_no_summary_yet() -> None:
    app, _ = completed()

    async def scenario(pilot: Driver) -> None:
        await pilot.press("u")
        await tick(pilot)
        assert "comes when it is over" in screen_text(app)

    drive(app, scenario)


def test_without_weights_there_is_nothing_to_copy() -> None:
    link = FakeLink(snapshot(500, state="failed"))
    app = make_app(link, tell_end=lambda last: ["Steps:            500"], read_only=True)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("u")
        screen = await end_shown(pilot)
        await pilot.press("y")
        assert "no weights" in str(screen.query_one("#summary").border_subtitle)
        assert app.clipboard == ""

    drive(app, scenario)


@pytest.mark.parametrize("state", ["done", "stopped", "failed"])
def test_it_is_for_a_run_that_completes_before_ones_eyes(state: str) -> None:
    link = FakeLink(snapshot(500, state=state))
    app = make_app(link, tell_end=tell, read_only=True)

    async def scenario(pilot: Driver) -> None:
        for _ in range(3):
            await tick(pilot)
            await asyncio.sleep(0.02)
        assert not isinstance(app.screen, SummaryScreen)

    drive(app, scenario)


def test_records_that_cannot_be_read_leave_the_dashboard_alone() -> None:
    def fail(last: Snapshot) -> Sequence[str]:
        raise ValueError("no history")

    link = FakeLink(snapshot(500))
    app = make_app(link, tell_end=fail)

    async def scenario(pilot: Driver) -> None:
        link.now = snapshot(501, state="done")
        for _ in range(3):
            await tick(pilot)
            await asyncio.sleep(0.02)
        assert not isinstance(app.screen, SummaryScreen)
        await pilot.press("u")  # who asks is told
        screen = await end_shown(pilot)
        assert "cannot be made: no history" in screen.query_one("#summary-text", RowWidget).text

    drive(app, scenario)


@pytest.mark.parametrize("width", [10, 34, 74, 104])
def test_values_wrap_beside_their_names(width: int) -> None:
    rows = summary_rows([*LINES, ""], width)
    assert all(row_width(row) <= width for row in rows)
    words = " ".join("".join(text for text, _ in row).strip() for row in rows)
    assert "Look back:" in words and "quality" in words


def test_neither_a_path_nor_a_number_and_its_noun_is_torn_apart() -> None:
    line = "Data:             29,000 patches; 12 validation images in /data/super-resolution/x-4"
    rows = ["".join(text for text, _ in row).strip() for row in summary_rows([line], 60)]
    assert rows == [
        "Data:             29,000 patches; 12 validation images in",
        "/data/super-resolution/x-4",
    ]
    assert summary_rows([line], 60)[0][0] == ("Data:             ", "dim")
    assert summary_rows([line], 46)[1] == (("  12 validation images in", "text"),)
