"""Quick keys, and threads that come back when another screen is on top."""

from __future__ import annotations

import threading

import pytest
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.widgets.option_list import Option

from tests.tui.starting import (
    FakeForm,
    FakeRuns,
    at_once,
    drive_start,
    entry,
    make_start,
    seen,
    settled,
)
from vsrppp_tui.tui.start.app import StartApp
from vsrppp_tui.tui.start.delete_screen import DeleteScreen
from vsrppp_tui.tui.start.entries import Choice, New
from vsrppp_tui.tui.start.list_screen import ListScreen
from vsrppp_tui.tui.start.new_screen import NewScreen


@pytest.mark.parametrize("opening", ["n", "delete"])
@pytest.mark.parametrize("keys", [("escape", "escape"), ("escape", "escape", "escape")])
def test_a_second_escape_closes_nothing_more(opening: str, keys: tuple[str, ...]) -> None:
    app = make_start(FakeRuns([entry()]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press(opening)
        await settled(pilot)
        assert not isinstance(app.screen, ListScreen)
        at_once(app, *keys)
        await settled(pilot)
        assert isinstance(app.screen, ListScreen)

    drive_start(app, scenario)
    assert app.return_code in (None, 0)


def test_enter_behind_escape_deletes_nothing() -> None:
    runs = FakeRuns([entry()])
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("delete", *"one")
        await settled(pilot)
        at_once(app, "escape", "enter")
        await settled(pilot)
        assert isinstance(app.screen, ListScreen)

    drive_start(app, scenario)
    assert runs.deleted == []


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q", "escape"])
def test_nobody_leaves_in_the_middle_of_a_deletion(key: str) -> None:
    runs = FakeRuns([entry()], gate=threading.Event())
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert runs.gate is not None
        await pilot.press("delete", *"one", "enter")
        await pilot.press(key)
        await pilot.press("ctrl+p")
        await pilot.press(key)
        await pilot.pause()
        assert app.is_running and any(isinstance(each, DeleteScreen) for each in app.screen_stack)
        runs.gate.set()
        await settled(pilot)
        if isinstance(app.screen, CommandPalette):
            await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, ListScreen) and "runs/one is deleted" in seen(app)
        await pilot.press("ctrl+c")

    drive_start(app, scenario)
    assert runs.deleted and app.return_code in (None, 0)


def test_a_deletion_that_ends_under_the_palette_leaves_it_open() -> None:
    runs = FakeRuns([entry()], gate=threading.Event())
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert runs.gate is not None
        await pilot.press("delete", *"one", "enter", "ctrl+p")
        runs.gate.set()
        await settled(pilot)
        assert isinstance(app.screen, CommandPalette)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, ListScreen) and "runs/one is deleted" in seen(app)

    drive_start(app, scenario)


def test_files_that_cannot_be_counted_do_not_end_the_deletion() -> None:
    runs = FakeRuns([entry()], gate=threading.Event(), uncountable=threading.Event())
    app = make_start(runs)

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert runs.gate is not None and runs.uncountable is not None
        await pilot.press("delete", *"one", "enter")
        runs.uncountable.set()
        while app.background.under_way > 1:  # the deletion alone is left
            app.tick()
            await pilot.pause(0.01)
        assert "Deleting" in seen(app) and "Errno" not in seen(app)
        runs.gate.set()
        await settled(pilot)
        assert runs.deleted and isinstance(app.screen, ListScreen)

    drive_start(app, scenario)


def slow_to_judge(judging: threading.Event) -> StartApp:
    """A start screen whose form answers only when `judging` is set."""

    class Slow(FakeForm):
        def judge(self, draft):  # type: ignore[no-untyped-def]
            judging.wait(20)
            return super().judge(draft)

    return make_start(FakeRuns([entry()]), form=Slow(problems={}))


async def begin_to_start(app: StartApp, pilot: Pilot[Choice]) -> None:
    """Open the form and start what it holds."""
    await pilot.press("n")
    while not isinstance(app.screen, NewScreen) or app.screen._form is None:
        app.tick()
        await pilot.pause()
    app.screen.action_start()


def test_a_form_that_was_left_begins_nothing() -> None:
    judging = threading.Event()
    app = slow_to_judge(judging)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await begin_to_start(app, pilot)
        at_once(app, "escape")
        await pilot.pause()
        judging.set()
        await settled(pilot)
        assert isinstance(app.screen, ListScreen)

    assert drive_start(app, scenario) is None


def test_a_start_waits_until_the_palette_has_gone() -> None:
    judging = threading.Event()
    app = slow_to_judge(judging)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await begin_to_start(app, pilot)
        await pilot.press("ctrl+p")
        judging.set()
        await settled(pilot)
        assert isinstance(app.screen, CommandPalette) and app.return_value is None
        await pilot.press("escape")
        await pilot.pause()

    assert isinstance(drive_start(app, scenario), New)


def test_tab_right_behind_what_is_typed_completes_it() -> None:
    app = make_start(FakeRuns([]), form=FakeForm())

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("n")
        await settled(pilot)
        at_once(app, "/", "d", "/", "t", "tab")
        await settled(pilot)
        assert "/d/two.mp4" in seen(app)

    drive_start(app, scenario)


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
def test_paging_in_a_palette_that_is_not_laid_out_yet_ends_nothing(key: str) -> None:
    app = make_start(FakeRuns([entry()]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        commands = app.screen.query_one(CommandList)
        commands.add_option(Option("one"))
        commands.highlighted = 0
        commands._index_to_line.clear()
        await pilot.press(key)
        assert isinstance(app.screen, CommandPalette)

    drive_start(app, scenario)
    assert app.return_code in (None, 0)


def test_a_second_enter_in_the_palette_runs_nothing_more() -> None:
    app = make_start(FakeRuns([entry()]))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("ctrl+p", *"theme")
        await pilot.pause(0.3)
        await pilot.press("down")
        palette = app.screen
        assert isinstance(palette, CommandPalette)
        palette._action_command_list("select")
        palette._action_command_list("select")
        palette.query_one(CommandList).action_select()  # as a click does
        await pilot.pause(0.3)
        assert app.screen_stack and not isinstance(app.screen, CommandPalette)

    drive_start(app, scenario)
    assert app.return_code in (None, 0)
