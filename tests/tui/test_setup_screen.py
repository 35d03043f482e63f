"""The live setup: finding a key, typing a value, applying it, undoing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, make_app, screen_text, text_of, tick
from tests.tui.recorded import CONFIG, FakeLink, snapshot, starting
from tests.tui.setting import row_of, select, type_value, typed
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.link.interface import Edit
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.widgets.setup_list import SetupList


def test_every_key_is_listed_with_meaning_range_and_effect() -> None:
    app = make_app(FakeLink(snapshot(100)))
    seen: set[str] = set()

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        for _ in range(len(VsrpppConfig.keys())):
            name = app.screen.query_one(SetupList).selected
            seen.add(name)
            info = VsrpppConfig.keys()[name]
            shown = " ".join(text_of(app, "#detail").split())
            assert " ".join(info.meaning.split())[:60] in shown
            assert info.allowed in shown
            assert f"▸ {name} " in text_of(app, "#setup-list")
            await pilot.press("down")

    drive(app, scenario, (100, 30))
    assert seen == set(VsrpppConfig.keys())


def test_an_edit_is_sent_once_and_undone() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "LR_EXPONENT")
        await type_value(pilot, "-4.5")
        await pilot.press("enter")
        assert link.sent == []
        await pilot.press("a")
        assert link.sent == [Edit({"LR_EXPONENT": -4.5})]
        link.answer(True, "LR_EXPONENT = -4.5 applied at step 101")
        link.now = snapshot(101, config={**CONFIG, "LR_EXPONENT": -4.5})
        await tick(pilot)
        assert "applied at step 101" in text_of(app, "#message")
        assert "-4.5" in text_of(app, "#setup-list")
        await pilot.press("u")
        assert link.sent[-1] == Edit({"LR_EXPONENT": -4.0})
        link.answer(True, "applied at step 102")
        await tick(pilot)
        await pilot.press("u")
        assert "Nothing to undo" in text_of(app, "#message")

    drive(app, scenario)


def test_the_rate_itself_may_be_typed_and_its_meaning_is_shown() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "LR_EXPONENT")
        assert "Now -4.0 (= 1e-4 peak learning rate)" in text_of(app, "#detail")
        await type_value(pilot, "5e-4")
        assert "= 5e-4 peak learning rate. Allowed." in text_of(app, "#message")
        await pilot.press("enter", "a")
        assert link.sent == [Edit({"LR_EXPONENT": -3.30103})]

    drive(app, scenario)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("LR_EXPONENT", "3", "LR_EXPONENT = 3 is not allowed"),
        ("LR_EXPONENT", "-x", "LR_EXPONENT = '-x' is not allowed"),
        ("BATCH_SIZE", "2.5", "BATCH_SIZE = 2.5 is not allowed"),
        ("LR_CROP", "7", "LR_CROP = 7 is too small"),
        ("MAX_STEPS", "[", "cannot be read"),
    ],
)
def test_a_wrong_value_is_refused_as_it_is_typed(name: str, text: str, complaint: str) -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, name)
        await type_value(pilot, "")
        await pilot.press(*typed(text))
        assert complaint in " ".join(text_of(app, "#message").split())
        assert "✗ " in row_of(app, name)
        assert text_of(app, "#footer") == "Esc Give up"
        await pilot.press("enter")  # nothing is sent, and the text stays to be put right
        assert app.screen.query_one(SetupList).editor is not None
        await pilot.press("escape")
        assert app.screen.query_one(SetupList).editor is None

    drive(app, scenario)
    assert link.sent == []


def test_a_refused_edit_says_why_and_cannot_be_undone() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "BATCH_SIZE")
        await type_value(pilot, "2")
        await pilot.press("enter", "a")
        link.answer(False, "the run is stopping.")
        await tick(pilot)
        assert "refused: the run is stopping. The changes stay staged." in text_of(app, "#message")
        assert "BATCH_SIZE" in text_of(app, "#staged")
        await pilot.press("u", "u")
        assert "Nothing to undo" in text_of(app, "#message")

    drive(app, scenario)
    assert len(link.sent) == 1


def test_keys_of_the_network_are_locked_and_equal_values_not_sent() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "N_FEATS")
        await pilot.press("enter")
        assert "start a new run" in text_of(app, "#message")
        assert app.screen.query_one(SetupList).editor is None
        await select(pilot, app, "MAX_STEPS")
        await pilot.press("enter", "enter")
        assert "unchanged" in text_of(app, "#message")

    drive(app, scenario)
    assert link.sent == []


def test_pending_keys_say_what_they_wait_for() -> None:
    link = FakeLink(snapshot(100, pending={"BATCH_SIZE": "next epoch"}))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "BATCH_SIZE")
        assert "◷ waits" in text_of(app, "#setup-list")
        link.now = snapshot(101)
        await tick(pilot)
        assert "waits" not in text_of(app, "#setup-list")

    drive(app, scenario)


def test_before_the_configuration_is_known_nothing_can_be_edited() -> None:
    app = make_app(FakeLink(starting()))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "BATCH_SIZE")
        await pilot.press("enter")
        assert "wait until it has started" in screen_text(app)

    drive(app, scenario)


def test_letters_typed_into_a_value_are_no_commands() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "DATASET_ROOT")
        await type_value(pilot, "pvcqus/?ax")
        await pilot.press("enter", "A")

    drive(app, scenario)
    assert link.sent == [Edit({"DATASET_ROOT": "pvcqus/?ax"})]


@given(st.lists(st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "a", "é"])))
def test_the_cursor_stays_inside_the_text(keys: list[str]) -> None:
    edit = LineEdit("start")
    for key in keys:
        edit.key(key, key if len(key) == 1 else None)
        assert 0 <= edit.cursor <= len(edit.text)
        before, under, after = edit.window(4)
        assert len(before + under + after) <= 4 + 1
        assert len(before) < 4
