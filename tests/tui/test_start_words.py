"""What the start screen names: only what works, and no more than was reached."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.tui.starting import (
    FakeRuns,
    drive_start,
    entry,
    live,
    make_start,
    seen,
    settled,
)
from vsrppp_tui.tui.start.entries import Choice
from vsrppp_tui.tui.start.run_list import RunList
from vsrppp_tui.tui.widgets.rows import RowWidget


@pytest.mark.parametrize(
    ("run", "works", "fails"),
    [
        (live(), ["A Attach"], ["R Resume", "Del Delete"]),
        (entry(), ["R Resume", "Del Delete"], ["A Attach"]),
        (entry(state="done"), ["Del Delete"], ["A Attach", "R Resume"]),
    ],
)
def test_the_footer_names_what_works_for_the_selected_run(
    run: object, works: list[str], fails: list[str]
) -> None:
    app = make_start(FakeRuns([entry("runs/first"), run]))  # type: ignore[list-item]

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down")
        footer = app.screen.query_one("#footer", RowWidget)
        assert all(words in footer.text for words in works)
        assert not any(words in footer.text for words in fails)

    drive_start(app, scenario, (80, 24))


def test_the_keys_of_the_list_are_gone_while_a_name_is_asked_for() -> None:
    app = make_start(FakeRuns([entry()]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        footer = app.screen.query_one("#footer", RowWidget)
        await pilot.press("delete")
        await settled(pilot)
        assert footer.text == ""
        await pilot.press("escape")
        await settled(pilot)
        assert "Del Delete" in footer.text

    drive_start(app, scenario)


@pytest.mark.parametrize(("height", "scrolls"), [(24, False), (10, True)])
def test_the_page_of_a_run_says_its_steps_and_scrolls_where_it_must(
    height: int, scrolls: bool
) -> None:
    app = make_start(FakeRuns([entry("runs/done", state="done", step=600, total_steps=600)]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("enter")
        await settled(pilot)
        assert "done, 600 of 600 steps" in seen(app)
        assert ("Scroll" in seen(app)) == scrolls

    drive_start(app, scenario, (80, height))


def test_only_the_word_of_a_state_has_its_ground() -> None:
    app = make_start(FakeRuns([entry("runs/first"), entry(state="failed")]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert ("✗ failed", "error") in app.screen.query_one(RunList).rows[2]

    drive_start(app, scenario)
