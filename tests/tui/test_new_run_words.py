"""What the form for a new run says of itself: its keys, what is wrong, where it is."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.tui.starting import FakeForm, settled
from tests.tui.test_new_run_form import in_form, paste, shown
from vsrppp_tui.commands.judge_draft import NO_SOURCE
from vsrppp_tui.tui.start.entries import Choice
from vsrppp_tui.tui.widgets.rows import RowWidget


def footer(pilot: Pilot[Choice]) -> str:
    return pilot.app.screen.query_one("#footer", RowWidget).text


def test_the_footer_names_what_works_in_the_selected_row() -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "Tab Complete" in footer(pilot) and "Choose" not in footer(pilot)
        assert "Measure" not in footer(pilot) and "Copy" not in footer(pilot)
        await paste(pilot, "/data/set")
        assert "Ctrl+T Measure" in footer(pilot) and "Ctrl+Y Copy" in footer(pilot)
        await pilot.press("down")
        assert "←→ Choose" in footer(pilot) and "Complete" not in footer(pilot)
        await pilot.press("down")
        assert "Choose" not in footer(pilot) and "Enter Next" in footer(pilot)
        await pilot.press(*["down"] * 9)
        assert "Enter Start" in footer(pilot) and "Ctrl+S" not in footer(pilot)

    in_form(scenario, size=(120, 40))


def test_a_click_on_choose_takes_another_choice() -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down")
        place = footer(pilot).index("Choose") + 1
        await pilot.click("#footer", offset=(place, 0))
        await settled(pilot)
        assert "wqv" in shown(pilot)

    in_form(scenario, size=(120, 40))


def test_no_command_is_named_while_something_speaks_against_the_start() -> None:
    form = FakeForm(problems={"/x": "There is nothing at /x."})

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/x")
        assert "✗ There is nothing at /x." in shown(pilot)
        assert "Same as" not in shown(pilot)

    in_form(scenario, form)


def test_nothing_is_wrong_before_anything_was_named() -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        assert f"· {NO_SOURCE}" in shown(pilot) and "✗" not in shown(pilot)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert f"✗ {NO_SOURCE}" in shown(pilot) and "Source ✗" in shown(pilot)

    in_form(scenario)


@pytest.mark.parametrize(("height", "beside"), [(24, False), (40, True)])
def test_names_say_where_they_are_beside_the_costs_where_there_is_room(
    height: int, beside: bool
) -> None:
    form = FakeForm(problems={"/d/": "That is no dataset."})

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/d/")
        assert "In /d/   Tab: the next one" in shown(pilot)
        assert "one.mp4" in shown(pilot)
        assert ("parameters" in shown(pilot)) == beside

    in_form(scenario, form, (80, height))


def test_what_stands_before_a_measurement_is_said() -> None:
    form = FakeForm(first="set the VGG19 term to 0 first")

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        assert "unknown; to measure, set the VGG19 term to 0 first" in shown(pilot)
        assert "Measure" not in footer(pilot)

    in_form(scenario, form)


def test_a_wrong_value_is_wrong_before_a_source_is_named() -> None:
    form = FakeForm(problems={"": "N_FEATS = 0 is not allowed."}, about="")

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "✗ N_FEATS = 0 is not allowed." in shown(pilot)

    in_form(scenario, form)
