"""The history of edits: recorded and live ones, and the way back to a value from before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from tests.tui.driving import Driver, drive, history_loaded, make_app, screen_text, text_of, tick
from tests.tui.recorded import CONFIG, START, FakeLink, edit_event, snapshot
from tests.tui.recorded_vsrpp import CONFIG as VSRPP
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from vsrppp_tui.link.interface import Edit, Event, History
from vsrppp_tui.tui.edit_history import KEPT, EditHistory
from vsrppp_tui.tui.screens.edit_history import EditHistoryScreen
from vsrppp_tui.tui.screens.setup import SetupScreen

RECORDED = edit_event(50, "screen", LR_EXPONENT=(-4.0, -4.5), GRAD_CLIP=(0.0, 1.0))
LIVE = edit_event(90, "train_config.json", LR_EXPONENT=(-4.5, -5.0))
NOW = snapshot(100, config={**CONFIG, "LR_EXPONENT": -5.0, "GRAD_CLIP": 1.0})


def test_recorded_and_live_edits_are_listed_newest_first() -> None:
    link = FakeLink(NOW, History((), (), (RECORDED,)))
    link.happened = (LIVE,)
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h")
        assert isinstance(app.screen, EditHistoryScreen)
        rows = [" ".join(row.split()) for row in text_of(app, "#past-edits").splitlines()]
        assert rows == [
            "▸ 11-14 22:14:50 step 90 LR_EXPONENT -4.5 → -5.0 train_config.json",
            "11-14 22:14:10 step 50 GRAD_CLIP 0.0 → 1.0 screen",
            "11-14 22:14:10 step 50 LR_EXPONENT -4.0 → -4.5 screen",
        ]
        assert "3 changes, the newest first" in text_of(app, "#title")
        assert "newest 500 recorded events" in text_of(app, "#message")
        await pilot.press("end")
        detail = " ".join(text_of(app, "#detail").split())
        assert "LR_EXPONENT: -4.0 → -4.5 at step 50" in detail and "Now -5.0." in detail

    drive(app, scenario)


def test_the_value_before_is_staged_and_shown_in_the_setup() -> None:
    link = FakeLink(NOW, History((), (), (RECORDED, LIVE)))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h", "down", "down", "u")
        assert isinstance(app.screen, SetupScreen)
        assert "-5.0 → -4.0" in text_of(app, "#staged")
        assert "▸ LR_EXPONENT" in text_of(app, "#setup-list")
        assert "LR_EXPONENT is staged" in text_of(app, "#message")
        await pilot.press("a")

    drive(app, scenario, (80, 24))
    assert link.sent == [Edit({"LR_EXPONENT": -4.0})]


def test_an_edit_that_comes_meanwhile_moves_nothing_under_the_hand() -> None:
    link = FakeLink(NOW, History((), (), (RECORDED,)))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h", "down")
        assert "▸ 11-14 22:14:10" in text_of(app, "#past-edits")
        link.happened = (LIVE,)
        await tick(pilot)
        rows = text_of(app, "#past-edits").splitlines()
        assert len(rows) == 3 and rows[2].startswith("▸") and "LR_EXPONENT" in rows[2]

    drive(app, scenario)


def test_a_value_that_is_not_allowed_any_more_says_why() -> None:
    event = edit_event(50, "screen", LR_MIN=(1e-3, 1e-6))
    gone = edit_event(60, "screen", OLD_KEY=(1, 2))
    link = FakeLink(vsrpp_snapshot(100, config=VSRPP), History((), (), (event, gone)))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h", "u")
        assert "OLD_KEY is no key of this run any more" in text_of(app, "#message")
        await pilot.press("down", "u")
        assert "LR_MIN = 0.001 is above LR_MAX" in text_of(app, "#message")
        assert isinstance(app.screen, EditHistoryScreen)

    drive(app, scenario, (80, 24))


def test_without_an_edit_and_read_only_there_is_nothing_to_revert() -> None:
    app = make_app(FakeLink(NOW), read_only=True)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h", "u", "up", "end")
        assert "Nothing has been edited" in screen_text(app)
        assert "Read only:" in text_of(app, "#message")
        await pilot.press("h")
        assert isinstance(app.screen, SetupScreen)

    drive(app, scenario, (80, 24))


def test_neither_the_old_value_nor_who_is_left_out() -> None:
    events = (
        edit_event(50, "uid 1000 (attach)", VAL_STEP_EVERY=(500, 250)),
        edit_event(60, "train_config.json", DATASET_ROOT=("dataset", "runs/demo/dataset")),
    )
    app = make_app(FakeLink(NOW, History((), (), events)))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "h")
        first, second = text_of(app, "#past-edits").splitlines()
        assert "DATASET_ROOT    dataset → runs/" in first and first.endswith("train_config.json")
        assert "500 → 250" in second and second.endswith("uid 1000 (attach)")

    drive(app, scenario, (80, 24))


def test_a_key_that_comes_right_behind_h_undoes_nothing() -> None:
    link = FakeLink(NOW, History((), (), (RECORDED,)))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("enter", "enter", "ctrl+u", "minus", "6", "enter", "a")
        link.answer(True, "applied")
        await tick(pilot)
        for key in "hu":
            app.post_message(Key(key, key))
        await pilot.pause()
        await pilot.pause()

    drive(app, scenario)
    assert len(link.sent) == 1, "U was no undo"


EVENTS = st.builds(
    edit_event,
    st.integers(0, 40),
    st.sampled_from(["screen", "file"]),
    A=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)


@given(st.lists(EVENTS), st.lists(EVENTS))
def test_each_edit_is_kept_once_and_in_order(first: list[Event], second: list[Event]) -> None:
    history = EditHistory()
    history.add(first)
    history.add([*second, *first])
    times = [edit.time for edit in history.newest_first]
    assert times == sorted(times, reverse=True)
    assert len(times) == len({(e.time, e.step, e.text) for e in [*first, *second]})


def test_other_events_and_damaged_ones_are_passed_over_and_the_number_is_bounded() -> None:
    history = EditHistory()
    history.add([Event(0, START, 1, "edit", "?"), Event(1, START, 1, "validation", "")])
    history.add([Event(2, START, 1, "edit", "!", data={"changes": {"A": 3}, "who": "x"})])
    assert history.newest_first == []
    history.add(edit_event(n, "x", A=(n, n + 1)) for n in range(KEPT + 10))
    assert len(history.newest_first) == KEPT
    assert history.newest_first[0].step == KEPT + 9
