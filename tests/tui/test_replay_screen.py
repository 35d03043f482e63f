"""The dashboard of a record: going anywhere shows what playing there shows; keys; how it is left."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, screen_text, text_of, tick
from tests.tui.recorded import ALERTS, edit_event
from tests.tui.replays import (
    BREAK,
    LAST,
    Seconds,
    make_model,
    make_replay,
    record_shown,
    recorded_run,
)
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import History
from vsrppp_tui.tui.app import ScreenEnd
from vsrppp_tui.tui.replay_app import ReplayApp
from vsrppp_tui.tui.replay_model import ReplayModel
from vsrppp_tui.tui.widgets.rows import RowWidget

SIZES = [(80, 24), (120, 40), (160, 50), (250, 80)]
SHARES = st.floats(0, 1, allow_nan=False)


def all_of(model: ReplayModel) -> list[object]:
    """Everything that panels read, in a form that can be compared; NaN is NaN."""
    metrics = model.metrics
    series = {name: metrics.series(name) for name in metrics.names()}
    return [
        model.snapshot.step,
        model.snapshot.time,
        model.marks.between(0, math.inf),
        {name: [part.tobytes() for part in one] for name, one in series.items()},
        model.validations.results,
        model.past_edits.newest_first,
        model.log.tail(500),
        model.alerts,
    ]


@settings(max_examples=40, deadline=None)
@given(SHARES, st.lists(SHARES, max_size=6), st.integers(1, 12))
def test_going_anywhere_is_the_same_as_playing_there(
    share: float, visits: list[float], looks: int
) -> None:
    clock = Seconds()
    played = make_model(speed=1.0, clock=clock)
    duration = played.replay.duration
    for look in range(1, looks + 1):
        clock.now = share * duration * look / looks
        played.poll()
    jumped = make_model(speed=1.0)
    for visit in visits:
        jumped.steer(lambda link, to=visit: link.seek(to * duration))  # type: ignore[misc]
    jumped.steer(lambda link: link.seek(share * duration))
    assert jumped.replay.position == pytest.approx(played.replay.position)
    assert all_of(jumped) == all_of(played)


def panels(app: ReplayApp) -> dict[str, str]:
    """What the panels show that are on the screen."""
    widgets = [widget for widget in app.screen.query(RowWidget) if widget.size.height]
    return {str(widget.id): widget.text for widget in widgets}


def rows_at(share: float, visits: list[float], size: tuple[int, int]) -> dict[str, str]:
    app = make_replay(speed=1.0)
    found: dict[str, str] = {}

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press("space")  # hold
        for visit in [*visits, share]:
            model = app.model
            assert isinstance(model, ReplayModel)
            model.steer(lambda link, to=visit: link.seek(to * link.duration))  # type: ignore[misc]
            app.screen.follow()  # type: ignore[attr-defined]
            await pilot.pause()
        found.update(panels(app))

    drive(app, scenario, size)
    return found


@pytest.mark.parametrize("size", SIZES[::3])
def test_every_panel_shows_what_it_shows_without_detours(size: tuple[int, int]) -> None:
    for share in (0.0, 0.31, 0.7):
        assert rows_at(share, [0.5, 1.0, 0.1], size) == rows_at(share, [], size)


def test_the_future_is_not_known() -> None:
    model = make_model(speed=1.0)
    model.steer(lambda link: link.seek(link.duration))
    whole = model.metrics.series("Loss/Total").steps
    assert whole[-1] == LAST
    model.steer(lambda link: link.seek(link.duration / 3))
    step = model.snapshot.step
    assert 10 < step < BREAK
    for name in model.metrics.names():
        assert model.metrics.series(name).steps[-1] <= step
    assert model.metrics.series("Loss/Total").steps[-1] == step
    assert all(result.step <= step for result in model.validations.results)
    assert all(line.step is None or line.step <= step for line in model.log.tail(500))


@pytest.mark.parametrize("size", [*SIZES, (40, 10)])
def test_the_bar_names_state_speed_time_and_step(size: tuple[int, int]) -> None:
    app = make_replay()
    clock = app.model.clock

    async def scenario(pilot: Driver) -> None:
        assert "being read" in text_of(app, "#replay")
        assert size[1] < 20 or "Reading the record" in screen_text(app)
        await record_shown(pilot)
        assert clock() is not None
        row = text_of(app, "#replay")
        assert "▶ play" in row and "×" in row and "0%" in row and "14 Nov 22:13:" in row
        await pilot.press("end")
        row = text_of(app, "#replay")
        assert "■ end" in row and "100%" in row and "15 Nov" in row and "1,000" in row
        assert "✓ done" in text_of(app, "#header")
        bar = app.screen.query_one("#replay")
        footer = app.screen.query_one("#footer")
        assert bar.region.height == 1 and bar.region.bottom == footer.region.y

    drive(app, scenario, size)


def test_keys_move_in_the_record() -> None:
    app = make_replay(speed=1.0)
    model = app.model
    assert isinstance(model, ReplayModel)
    link = model.replay

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)

        async def share(*keys: str) -> float:
            await pilot.press(*keys)
            return round(100 * link.position / link.duration, 6)

        assert await share("space") == 0 and not link.playing
        assert "‖ held" in text_of(app, "#replay")
        assert await share("right", "right") == 2
        assert await share("left") == 1
        assert await share("pagedown") == 11
        assert await share("shift+right") == 21
        assert await share("pageup", "shift+left") == 1
        assert await share("end") == 100
        assert await share("home") == 0
        assert link.speed == 1.0
        await pilot.press("greater_than_sign", "full_stop")
        assert link.speed == 4.0
        await pilot.press("less_than_sign", "comma", "comma")
        assert link.speed == 0.5
        assert "×0.5" in text_of(app, "#replay")
        await pilot.press("space")
        assert link.playing

    drive(app, scenario)


def test_it_follows_the_clock_and_stays_at_the_end() -> None:
    clock = Seconds()
    app = make_replay(speed=10.0, clock=clock)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        before = text_of(app, "#header")
        clock.now = 12.0
        await tick(pilot)
        assert text_of(app, "#header") != before
        clock.now = 1e6
        await tick(pilot)
        assert "The run is complete" in text_of(app, "#notices")
        await tick(pilot)
        assert app.is_running
        await pilot.press("space")
        await tick(pilot)
        header = text_of(app, "#header")
        assert "↻ replay ×10" in header and "was running" in header and "▶" not in header

    drive(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("key", ["p", "v", "c"])
def test_what_steers_a_run_says_that_this_is_a_record(key: str, size: tuple[int, int]) -> None:
    app = make_replay()

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press("end", key)
        await tick(pilot)
        assert "This is a record" in text_of(app, "#replay")
        await pilot.press("home")
        assert "This is a record" not in screen_text(app)

    drive(app, scenario, size)


@pytest.mark.parametrize("keys", [("q",), ("d",), ("ctrl+q",), ("end", "q")])
def test_leaving_needs_no_question(keys: tuple[str, ...]) -> None:
    app = make_replay()

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press(*keys)

    assert drive(app, scenario) is ScreenEnd.DETACHED
    assert app.problem is None


def test_a_record_that_ended_stopped_stays_on_the_screen() -> None:
    whole = recorded_run()
    last = replace(whole.snapshots[-1], state="stopped", warnings=ALERTS)
    app = make_replay(replace(whole, snapshots=(*whole.snapshots[:-1], last)))

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press("end")
        await tick(pilot)
        assert app.is_running
        assert "■ stopped" in text_of(app, "#header")
        await pilot.press("home")
        assert "was running" in text_of(app, "#header")

    drive(app, scenario)


def test_other_screens_open_in_a_record() -> None:
    app = make_replay()

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press("end", "enter")
        assert "LR_EXPONENT" in screen_text(app)
        await pilot.press("escape", "i")
        assert "validation at" in screen_text(app)
        await pilot.press("escape", "question_mark", "escape")
        assert "■ end" in text_of(app, "#replay")

    drive(app, scenario)


def test_the_edits_of_a_record_are_those_up_to_its_moment() -> None:
    record = recorded_run()
    edits = tuple(edit_event(step, "screen", GRAD_CLIP=(0.0, step / 1e3)) for step in (50, 90))
    app = make_replay(replace(record, events=(*edits, *record.events)), speed=1.0)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        await pilot.press("end", "enter", "h")
        assert "2 changes" in text_of(app, "#title")
        model = app.model
        assert isinstance(model, ReplayModel)
        model.steer(lambda link: link.seek(link.duration * 0.001))
        assert len(model.past_edits.newest_first) < 2

    drive(app, scenario)


def test_a_record_that_cannot_be_shown_says_why() -> None:
    def read() -> History:
        raise UserError("Nothing in it can be shown.")

    app = make_replay(read)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)

    assert drive(app, scenario) is ScreenEnd.FAILED
    assert app.problem == "Nothing in it can be shown."


def test_one_step_is_a_record_too() -> None:
    only = History(recorded_run().snapshots[:1])
    app = make_replay(only)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        assert "■ end" in text_of(app, "#replay")
        await pilot.press("left", "right", "home", "end", "space", "comma", "space")
        assert "step      10" in text_of(app, "#replay")

    drive(app, scenario)


def test_the_footer_says_what_the_key_that_plays_would_do() -> None:
    app = make_replay(speed=1.0)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        said = []
        for key in ("home", "space", "end"):
            await pilot.press(key)
            await tick(pilot)
            said.append(text_of(app, "#footer").split("  ")[0])
        assert said == ["Space Hold", "Space Play", "Space Again"]

    drive(app, scenario)
