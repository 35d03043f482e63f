"""How the dashboard ends, by its user or by the run."""

from __future__ import annotations

import pytest

from tests.tui.driving import Driver, drive, make_app, text_of, tick
from tests.tui.recorded import FakeLink, snapshot, starting
from vsrppp_tui.link.interface import Event, Stop
from vsrppp_tui.tui.app import ScreenEnd
from vsrppp_tui.tui.screens.leave import LeaveScreen
from vsrppp_tui.tui.widgets.rows import RowWidget


def test_q_asks_and_staying_changes_nothing() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        for answer in (["escape"], ["q"], ["enter"], ["right", "left", "enter"]):
            await pilot.press("q")
            assert isinstance(app.screen, LeaveScreen)
            await pilot.press(*answer)
            assert not isinstance(app.screen, LeaveScreen)

    assert drive(app, scenario) is None
    assert link.sent == []


@pytest.mark.parametrize("keys", [("q",), ("ctrl+p",), ("i", "ctrl+p")])
def test_a_window_in_front_hides_the_keys_that_are_not_in_force(keys: tuple[str, ...]) -> None:
    app = make_app(FakeLink(snapshot(4210)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press(*keys[:-1])
        behind = app.screen
        footer = behind.query_one("#footer", RowWidget)
        assert footer.text
        await pilot.press(keys[-1])
        await tick(pilot)
        assert app.screen is not behind and not footer.text
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is behind and footer.text

    drive(app, scenario)


def test_stopping_closes_once_the_run_has_ended() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("q", "s")
        assert link.sent == [Stop("stop")]
        link.answer(True, "stopping at step 100")
        link.now = snapshot(100, state="stopping")
        await tick(pilot)
        assert app.is_running
        assert "Stopping" in text_of(app, "#notices")
        await pilot.press("q")
        assert not isinstance(app.screen, LeaveScreen)
        link.now = snapshot(100, state="stopped")
        await tick(pilot)

    assert drive(app, scenario) is ScreenEnd.QUIT_AFTER_STOP


@pytest.mark.parametrize("keys", [("d",), ("q", "d"), ("q", "left", "enter")])
def test_detaching_asks_nothing_of_the_run(keys: tuple[str, ...]) -> None:
    link = FakeLink(snapshot(100))

    async def scenario(pilot: Driver) -> None:
        await pilot.press(*keys)

    assert drive(make_app(link), scenario) is ScreenEnd.DETACHED
    assert link.sent == []


def test_a_run_that_has_not_begun_is_not_left_by_its_owner() -> None:
    app = make_app(FakeLink(starting()), owner=True)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("d")
        assert "has not begun" in app.model.log.tail(1)[0].text

    assert drive(app, scenario) is None


def test_one_who_only_looks_leaves_without_a_question() -> None:
    async def scenario(pilot: Driver) -> None:
        await pilot.press("q")

    app = make_app(FakeLink(snapshot(100)), read_only=True)
    assert drive(app, scenario) is ScreenEnd.DETACHED


def test_a_lost_terminal_closes_the_screen() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        app.leave_lost_terminal()
        await tick(pilot)

    assert drive(app, scenario) is ScreenEnd.LOST


def test_a_stop_that_a_signal_asked_for_closes_too() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        app.leave_when_over()
        link.now = snapshot(100, state="done")
        await tick(pilot)

    assert drive(app, scenario) is ScreenEnd.QUIT_AFTER_STOP


def test_a_run_that_is_complete_stays_on_screen_until_q() -> None:
    link = FakeLink(snapshot(100_000))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        link.now = snapshot(100_000, state="done")
        await tick(pilot)
        assert app.is_running
        assert "The run is complete" in text_of(app, "#notices")
        await pilot.press("q")

    assert drive(app, scenario) is ScreenEnd.RUN_ENDED


def test_a_failure_while_training_shows_its_reason_until_q() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        link.happened = (Event(5, 1.0, 100, "error", "The disk is gone.", "error"),)
        link.now = snapshot(100, state="failed")
        await tick(pilot)
        assert "The disk is gone." in text_of(app, "#notices")
        await pilot.press("q")

    assert drive(app, scenario) is ScreenEnd.FAILED


def test_a_failure_before_the_first_step_closes_at_once() -> None:
    link = FakeLink(starting())
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        link.now = snapshot(0, state="failed")
        await tick(pilot)

    assert drive(app, scenario) is ScreenEnd.FAILED


def test_control_c_and_control_q_ask_as_well() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        for key in ("ctrl+c", "ctrl+q"):
            await pilot.press(key)
            assert isinstance(app.screen, LeaveScreen)
            await pilot.press("escape")

    assert drive(app, scenario) is None
