"""Changes are seen before they are applied, applied all together, and taken back one by one."""

from __future__ import annotations

import pytest
from textual.events import Key

from tests.tui.driving import Driver, drive, make_app, screen_text, text_of, tick
from tests.tui.recorded import CONFIG, FakeLink, snapshot
from tests.tui.recorded_vsrpp import CONFIG as VSRPP
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from tests.tui.setting import row_of, select, set_value, type_value, typed
from vsrppp_tui.link.interface import Edit
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.screens.setup import SetupScreen
from vsrppp_tui.tui.screens.unapplied import UnappliedScreen
from vsrppp_tui.tui.widgets.setup_list import SetupList


def words(text: str) -> str:
    return " ".join(text.split())


def test_two_changes_are_one_edit() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        assert link.sent == []
        staged = text_of(app, "#staged").splitlines()
        heading = "─ ▲ 2 changes staged, not applied yet   A applies both at once ─"
        assert staged[0].startswith(heading)
        assert staged[2].index("4 → 2") == row_of(app, "BATCH_SIZE").index("4 → 2")
        assert words(staged[1]) == "LR_EXPONENT -4.0 → -5.0 live: at the next step"
        assert words(staged[2]) == "BATCH_SIZE 4 → 2 waits for the next epoch"
        assert "▲ 4 → 2" in row_of(app, "BATCH_SIZE")
        assert "▲ 2 staged" in text_of(app, "#title")
        await pilot.press("a", "a", "home")
        assert link.sent == [Edit({"LR_EXPONENT": -5.0, "BATCH_SIZE": 2})]
        assert "sent" in text_of(app, "#staged")
        link.answer(True, "applied at step 101: LR_EXPONENT, BATCH_SIZE")
        link.now = snapshot(101, config={**CONFIG, "LR_EXPONENT": -5.0, "BATCH_SIZE": 2})
        await tick(pilot)
        assert "applied at step 101" in text_of(app, "#message")
        assert text_of(app, "#staged") == ""
        await pilot.press("u")
        assert link.sent[-1] == Edit({"LR_EXPONENT": -4.0, "BATCH_SIZE": 4})

    drive(app, scenario, (80, 24))


def test_enter_type_enter_a_is_all_it_takes() -> None:
    link = FakeLink(snapshot(100))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter", "enter", "ctrl+u", "minus", "5", "enter", "a")

    drive(make_app(link), scenario)
    assert link.sent == [Edit({"LR_EXPONENT": -5.0})]


def test_ctrl_s_applies_as_well_but_not_while_typing() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await pilot.press("enter", "ctrl+s")
        assert link.sent == []
        await pilot.press("escape", "ctrl+s")
        assert len(link.sent) == 1

    drive(app, scenario)


def test_changes_are_taken_back_one_by_one() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await set_value(pilot, app, "LR_EXPONENT", "-6")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        await pilot.press("x")
        assert "BATCH_SIZE" not in text_of(app, "#staged")
        assert "BATCH_SIZE is unchanged: 4" in text_of(app, "#message")
        await pilot.press("u")  # what was taken back too quickly
        assert "4 → 2" in text_of(app, "#staged")
        await pilot.press("u")
        assert "BATCH_SIZE" not in text_of(app, "#staged")
        await pilot.press("u")
        assert "-4.0 → -5.0" in text_of(app, "#staged")
        await pilot.press("u")
        assert text_of(app, "#staged") == ""
        await pilot.press("delete")
        assert "No change of this key is staged" in text_of(app, "#message")
        await pilot.press("a")
        assert "Nothing is staged" in text_of(app, "#message")

    drive(app, scenario)
    assert link.sent == []


def test_the_value_in_effect_takes_a_change_back() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await set_value(pilot, app, "LR_EXPONENT", "-4")
        assert text_of(app, "#staged") == ""
        assert "unchanged" in text_of(app, "#message")

    drive(app, scenario)


def test_keys_that_contradict_each_other_are_judged_together() -> None:
    link = FakeLink(vsrpp_snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "LR_MIN")
        await type_value(pilot, "5e-4")
        assert "LR_MIN = 0.0005 is above LR_MAX = 0.0001" in words(text_of(app, "#message"))
        await pilot.press("escape")
        await set_value(pilot, app, "LR_MAX", "1e-3")
        await set_value(pilot, app, "LR_MIN", "5e-4")  # allowed beside what is staged
        assert text_of(app, "#staged").startswith("─ ▲ 2 changes")
        await select(pilot, app, "LR_MAX")
        await pilot.press("x")
        assert "✗" in text_of(app, "#staged")
        await pilot.press("a")
        assert "refused: LR_MIN" in text_of(app, "#message")
        assert link.sent == []
        await pilot.press("u", "a")
        assert link.sent == [Edit({"LR_MIN": 0.0005, "LR_MAX": 0.001})]

    drive(app, scenario, (80, 24))


def test_a_length_that_is_behind_is_refused_while_it_is_typed() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "MAX_STEPS")
        await type_value(pilot, "100")
        assert "MAX_STEPS = 100 is not beyond step 100" in text_of(app, "#message")

    drive(app, scenario)


def test_few_values_are_chosen_and_numbers_stepped() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "SORT_BY_ACTIVITY")
        await pilot.press("space")
        assert "true → false" in text_of(app, "#staged")
        await pilot.press("right")
        assert text_of(app, "#staged") == ""
        await select(pilot, app, "PRECISION")
        await pilot.press("left")
        assert "auto → fp32" in text_of(app, "#staged")
        await pilot.press("enter", "right", "right", "enter")
        assert "auto → bf16" in text_of(app, "#staged")
        await pilot.press("x")
        await select(pilot, app, "LR_EXPONENT")
        await pilot.press("space")
        assert "it has no list of values" in text_of(app, "#message")
        await pilot.press("enter", "down", "down", "up", "enter")
        assert "-4.0 → -4.1" in text_of(app, "#staged")
        await select(pilot, app, "GRAD_CLIP")
        await pilot.press("enter", "down", "enter")  # nothing below its range
        assert "GRAD_CLIP is unchanged" in text_of(app, "#message")

    drive(app, scenario)
    assert link.sent == []


def test_leaving_with_staged_changes_asks() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await pilot.press("escape")
        assert isinstance(app.screen, UnappliedScreen)
        assert "1 change is staged" in screen_text(app)
        assert "LR_EXPONENT  -4.0 → -5.0" in text_of(app, "#question")
        await pilot.press("escape")
        assert isinstance(app.screen, SetupScreen) and "staged" in text_of(app, "#staged")
        await pilot.press("q", "a")  # applies, and leaves once the run has taken it
        assert isinstance(app.screen, SetupScreen)
        link.answer(False, "the run is stopping.")
        await tick(pilot)
        assert isinstance(app.screen, SetupScreen)
        assert "refused: the run is stopping." in text_of(app, "#message")
        await pilot.press("escape", "enter")
        link.answer(True, "applied at step 101")
        await tick(pilot)
        assert isinstance(app.screen, DashboardScreen)
        await pilot.press("enter")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        await pilot.press("escape", "d")
        assert isinstance(app.screen, DashboardScreen)
        await pilot.press("enter", "escape")
        assert isinstance(app.screen, DashboardScreen)

    drive(app, scenario)
    assert link.sent == [Edit({"LR_EXPONENT": -5.0})] * 2


def test_an_edit_from_elsewhere_shows_at_once_and_leaves_what_is_typed_alone() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        await select(pilot, app, "LR_EXPONENT")
        await type_value(pilot, "-4.7")
        link.now = snapshot(101, config={**CONFIG, "LR_EXPONENT": -5.0, "BATCH_SIZE": 8})
        await tick(pilot)
        assert "-4.7" in row_of(app, "LR_EXPONENT")
        assert "-4.0 when you began and is -5.0 now" in words(text_of(app, "#message"))
        assert "8 → 2" in text_of(app, "#staged")
        assert "⚠ was 4 when staged" in text_of(app, "#staged")
        await pilot.press("enter", "a")
        assert link.sent == [Edit({"BATCH_SIZE": 2, "LR_EXPONENT": -4.7})]
        link.answer(True, "applied")
        await tick(pilot)
        await pilot.press("u")  # to what was in effect when it was applied
        assert link.sent[-1] == Edit({"BATCH_SIZE": 8, "LR_EXPONENT": -5.0})

    drive(app, scenario)


def test_a_staged_change_that_another_screen_has_made_is_done_with() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        link.now = snapshot(101, config={**CONFIG, "LR_EXPONENT": -5.0})
        await tick(pilot)
        assert "1 change staged" in text_of(app, "#staged")
        assert "LR_EXPONENT" not in text_of(app, "#staged")
        await pilot.press("a")

    drive(app, scenario)
    assert link.sent == [Edit({"BATCH_SIZE": 2})]


def test_a_staged_change_that_contradicts_an_edit_from_elsewhere_says_so() -> None:
    link = FakeLink(vsrpp_snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_MIN", "5e-5")
        link.now = vsrpp_snapshot(101, config={**VSRPP, "LR_MAX": 1e-5})
        await tick(pilot)
        assert "1 change that cannot be applied: LR_MIN = 5e-05 is above" in text_of(app, "#staged")

    drive(app, scenario, (120, 40))


def test_many_changes_leave_room_for_the_list() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)
    names = ["LR_EXPONENT", "WEIGHT_DECAY", "GRAD_CLIP", "EMA_DECAY", "PERCEPTUAL_WEIGHT"]

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        for name in names:
            await set_value(pilot, app, name, "0.0" if name == "WEIGHT_DECAY" else "0")
            await pilot.press(
                "enter",
                "ctrl+u",
                *(["0", ".", "5"] if name != "LR_EXPONENT" else ["minus", "6"]),
                "enter",
            )
        staged = text_of(app, "#staged").splitlines()
        assert len(staged) == 4 and "… and 3 staged before" in staged[1]
        assert app.screen.query_one("#setup-list").size.height >= 5
        assert "▸ PERCEPTUAL_WEIGHT" in text_of(app, "#setup-list")

    drive(app, scenario, (80, 24))


def test_the_question_names_the_changes_and_counts_those_it_has_no_room_for() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        for name in (
            "GRAD_CLIP",
            "ACCUMULATION_STEPS",
            "VAL_STEP_EVERY",
            "SAVE_STEP_EVERY",
            "LR_CROP",
        ):
            await set_value(pilot, app, name, "32")
        await pilot.press("escape")
        lines = text_of(app, "#question").splitlines()
        assert words(lines[1]) == "GRAD_CLIP 0.0 → 32.0" and lines[4] == "  … and 2 more"
        assert app.screen.query_one("#question").size.height == len(lines)
        assert app.screen.query_one(".question-box").region.bottom <= 20

    drive(app, scenario, (60, 20))


def test_a_screen_that_only_looks_says_so_and_edits_nothing() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link, read_only=True)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        assert "◇ read only" in text_of(app, "#title")
        assert "Read only:" in text_of(app, "#message")
        assert "Edit" not in text_of(app, "#footer")
        assert "applies at the next step" not in text_of(app, "#detail")
        assert "may be typed" not in text_of(app, "#detail")
        await pilot.press("enter", "1", "space", "a", "x", "u", "enter")
        assert "Read only:" in text_of(app, "#message")
        await pilot.press("escape")
        assert isinstance(app.screen, DashboardScreen)

    drive(app, scenario)
    assert link.sent == []


def test_a_run_that_has_ended_is_not_edited() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "BATCH_SIZE", "2")
        link.now = snapshot(101, state="done")
        await tick(pilot)
        await pilot.press("a")
        assert "refused: The run has ended" in text_of(app, "#message")
        await pilot.press("enter")
        assert "The run has ended" in text_of(app, "#message")

    drive(app, scenario)
    assert link.sent == []


def test_the_help_opens_over_the_setup() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter", "question_mark")
        assert "Keys: Live setup" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.screen, SetupScreen)

    drive(app, scenario)


def test_keys_that_come_all_at_once_are_taken_in_their_order() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        # As a slow line delivers them: nothing is worked off in between.
        for key in ("slash", *"grad", "enter", "ctrl+u", *"0.5", "enter", "escape", "up", "a"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert "▸ LR_EXPONENT" not in text_of(app, "#setup-list")

    drive(app, scenario)
    assert link.sent == [Edit({"GRAD_CLIP": 0.5})]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (typed("-5"), "-5"),  # takes the place of -4.0
        (typed("5e-4"), "5e-4"),
        (["backspace", "5"], "-4.5"),  # edits it
        (["home", "delete", *typed("-6")], "-64.0"),
        (["up", "7"], "7"),  # a step is a value that is taken whole, too
    ],
)
def test_what_is_typed_first_takes_the_place_of_the_value(keys: list[str], text: str) -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "LR_EXPONENT")
        await pilot.press("enter", *keys)
        editor = app.screen.query_one(SetupList).editor
        assert editor is not None and editor.text == text

    drive(app, scenario)
