"""What the keys of the dashboard do."""

from __future__ import annotations

import pytest

from tests.tui.driving import Driver, drive, history_loaded, make_app, screen_text, text_of, tick
from tests.tui.recorded import ALERTS, FakeClock, FakeLink, events, history, snapshot, starting
from vsrppp_tui.link.interface import (
    Command,
    Continue,
    Pause,
    RunState,
    SaveCheckpoint,
    TaskProgress,
    Validate,
)
from vsrppp_tui.tui.widgets.blocks import BlockPanel
from vsrppp_tui.tui.widgets.loss import LossPanel


@pytest.mark.parametrize(
    ("key", "state", "command"),
    [
        ("p", "running", Pause()),
        ("p", "validating", Pause()),
        ("p", "paused", Continue()),
        ("v", "running", Validate()),
        ("c", "running", SaveCheckpoint()),
        ("P", "running", Pause()),  # with the caps lock on
    ],
)
def test_a_key_sends_its_command_and_shows_the_reply(
    key: str, state: str, command: Command
) -> None:
    link = FakeLink(snapshot(120, state=state))

    async def scenario(pilot: Driver) -> None:
        await pilot.press(key)
        assert link.sent == [command]
        assert "…" in text_of(app, "#events")
        link.answer(True, "done at step 120")
        await tick(pilot)
        assert "✓ done at step 120" in text_of(app, "#events")

    app = make_app(link)
    drive(app, scenario)


def test_a_refused_command_says_why() -> None:
    link = FakeLink(snapshot(120))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("v")
        link.answer(False, "a validation is under way.")
        await tick(pilot)
        assert "⚠ refused: a validation is under way." in text_of(app, "#events")

    app = make_app(link)
    drive(app, scenario)


def test_a_run_that_ends_before_it_answers_is_no_error() -> None:
    link = FakeLink(snapshot(120))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("c")
        link.replies[-1].cancel()
        await tick(pilot)
        assert "refused" in text_of(app, "#events")

    app = make_app(link)
    drive(app, scenario)


def test_s_cycles_four_views_from_the_configured_one() -> None:
    config = {**snapshot(1).config, "SORT_BY_ACTIVITY": False}
    app = make_app(FakeLink(snapshot(4000, config=config)))
    titles: list[str] = []

    async def scenario(pilot: Driver) -> None:
        panel = app.screen.query_one(BlockPanel)
        for _ in range(5):
            titles.append(str(panel.border_title).removeprefix("Blocks · "))
            await pilot.press("s")

    drive(app, scenario)
    assert titles == [
        "by trunk, by position",
        "by trunk, by activity",
        "flat, by position",
        "flat, by activity",
        "by trunk, by position",
    ]


def test_the_scale_of_the_curve_changes() -> None:
    app = make_app(FakeLink(snapshot(4000), history(4000)))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        panel = app.screen.query_one(LossPanel)
        assert "linear · medium" in str(panel.border_subtitle)
        assert str(panel.border_subtitle).endswith(" 100 steps · whole run")
        await pilot.press("l", "o", "z")
        assert "log scale · strong" in str(panel.border_subtitle)
        assert str(panel.border_subtitle).endswith(" 20 steps · last 10%")
        assert panel.choice.look.log

    drive(app, scenario)


def test_warnings_stay_until_acknowledged_and_come_back_when_new() -> None:
    link = FakeLink(snapshot(3200, warnings=ALERTS))

    async def scenario(pilot: Driver) -> None:
        assert "No space left" in text_of(app, "#notices")
        link.now = snapshot(3201, warnings=ALERTS)
        await tick(pilot)
        assert "No space left" in text_of(app, "#notices")
        await pilot.press("w")
        assert text_of(app, "#notices") == ""
        assert app.screen.query_one("#notices").size.height == 0
        newer = type(ALERTS[0])("save", "The disk is full again.", 1.0, 3300)
        link.now = snapshot(3300, warnings=(newer, ALERTS[1]))
        await tick(pilot)
        assert "full again" in text_of(app, "#notices")
        assert "cannot be read" not in text_of(app, "#notices")

    app = make_app(link)
    drive(app, scenario)


def test_a_late_history_fills_the_curve_and_the_events() -> None:
    link = FakeLink(snapshot(4000), history(4000))
    link.happened = events(4000)[-2:]  # the records repeat what came live

    async def scenario(pilot: Driver) -> None:
        await tick(pilot)
        await history_loaded(pilot)
        steps = list(app.model.metrics.series("Loss/Total").steps)
        assert steps[:2] == [1, 10]
        assert steps == sorted(set(steps))
        assert text_of(app, "#events").count(" 4,000 ✓ validation") == 1
        assert " 3,750 " in text_of(app, "#events")

    app = make_app(link)
    drive(app, scenario)


def test_a_history_that_cannot_be_read_is_a_warning() -> None:
    link = FakeLink(snapshot(4000), OSError("history.jsonl is gone"))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        assert "history.jsonl is gone" in text_of(app, "#events")

    app = make_app(link)
    drive(app, scenario)


def test_starting_shows_what_is_prepared_and_gives_way_to_the_panels() -> None:
    link = FakeLink(starting())

    async def scenario(pilot: Driver) -> None:
        assert "Cutting patches from the clip" in text_of(app, "#starting")
        assert "42 / 120" in text_of(app, "#starting")
        assert not app.screen.query_one("#loss").region.area
        assert "Sort" not in text_of(app, "#footer"), "what it would sort is hidden"
        assert "0.0%" not in text_of(app, "#header"), "of a total that is not known yet"
        link.now = snapshot(1)
        await tick(pilot)
        assert "0.0" in text_of(app, "#loss")
        assert not app.screen.query_one("#starting").region.area

    app = make_app(link)
    drive(app, scenario)


def test_the_first_frame_comes_before_the_engine() -> None:
    calls: list[str] = []
    link = FakeLink(starting())
    app = make_app(link)
    app._on_ready = lambda: calls.append(text_of(app, "#starting"))

    async def scenario(pilot: Driver) -> None:
        await pilot.pause()
        assert len(calls) == 1
        assert "Getting ready" in calls[0]

    drive(app, scenario)


def test_the_palette_and_help_open_and_close() -> None:
    app = make_app(FakeLink(snapshot(4000)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("question_mark")
        assert "Diverging" in screen_text(app)
        await pilot.press("escape")
        await pilot.press("ctrl+p")
        await pilot.press(*"validate", "enter")
        await pilot.press("enter")
        await pilot.pause()

    link = app.model._link
    drive(app, scenario)
    assert isinstance(link, FakeLink)
    assert link.sent == [Validate()]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 1e308])
def test_no_loss_breaks_the_screen(value: float) -> None:
    link = FakeLink(snapshot(100))
    clock = FakeClock()

    async def scenario(pilot: Driver) -> None:
        for step in range(101, 105):
            losses = {"L1": value, "Total": value}
            broken = snapshot(step, losses=losses, smooth_losses=losses, grad_norm=value)
            link.now = broken
            clock.now += 5
            await tick(pilot)
            await pilot.press("l")

    drive(make_app(link, clock), scenario)


@pytest.mark.parametrize("size", [(40, 10), (1, 1), (20, 60), (250, 80), (80, 24)])
def test_any_size_of_terminal_holds(size: tuple[int, int]) -> None:
    link = FakeLink(snapshot(4000, warnings=ALERTS), history(4000))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.resize_terminal(100, 30)
        await pilot.resize_terminal(*size)
        for key in ("s", "l", "question_mark", "escape", "enter", "down", "escape"):
            await pilot.press(key)
        await tick(pilot)

    drive(make_app(link), scenario, size)


def test_only_warnings_that_were_seen_are_put_away_the_grave_ones_first() -> None:
    app = make_app(FakeLink(snapshot(3200, warnings=ALERTS)))

    async def scenario(pilot: Driver) -> None:
        assert "not saved: No space left" in text_of(app, "#notices")
        assert "cannot be read" not in text_of(app, "#notices")
        await pilot.press("w")
        assert "cannot be read" in text_of(app, "#notices")
        await pilot.press("w")
        assert text_of(app, "#notices") == ""

    drive(app, scenario, (80, 24))


@pytest.mark.parametrize(("state", "speaks_of_an_end"), [("running", True), ("done", False)])
def test_a_run_that_is_over_has_no_speed_and_offers_nothing_of_a_live_one(
    state: RunState, speaks_of_an_end: bool
) -> None:
    app = make_app(FakeLink(snapshot(3200, state=state)))

    async def scenario(pilot: Driver) -> None:
        assert ("ETA" in text_of(app, "#header")) is speaks_of_an_end
        assert ("Pause" in text_of(app, "#footer")) is speaks_of_an_end
        assert "Setup" in text_of(app, "#footer")

    drive(app, scenario)


def test_while_it_validates_the_panel_speaks_of_the_last_one_and_v_is_not_offered() -> None:
    task = TaskProgress("validating", 7, 12)
    app = make_app(FakeLink(snapshot(4210, state="validating", task=task)))

    async def scenario(pilot: Driver) -> None:
        assert "Last step 4,000" in text_of(app, "#validation")
        assert "validating 7/12 images" in text_of(app, "#header")
        assert "Validate" not in text_of(app, "#footer")

    drive(app, scenario)


def test_a_paused_run_has_no_speed() -> None:
    app = make_app(FakeLink(snapshot(3200, state="paused")))

    async def scenario(pilot: Driver) -> None:
        assert "– steps/s   ETA –" in text_of(app, "#header")

    drive(app, scenario)


def test_one_word_at_the_last_warning_is_enough() -> None:
    app = make_app(FakeLink(snapshot(3200, warnings=ALERTS)))

    async def scenario(pilot: Driver) -> None:
        first, last = text_of(app, "#notices").splitlines()
        assert "W seen" not in first and last.endswith("W seen")
        assert first.rindex("step ") == last.rindex("step ")

    drive(app, scenario, (160, 50))
