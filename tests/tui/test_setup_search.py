"""Finding a key: headings, search, entries of maps, and a detail that leaves nothing out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, make_app, text_of, tick
from tests.tui.recorded import FakeLink, snapshot
from tests.tui.recorded_others import unified_snapshot
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from tests.tui.setting import row_of, select, set_value, typed
from vsrppp_tui.config.key import KeyInfo
from vsrppp_tui.config.recipes import CONFIG_CLASSES
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.link.interface import Edit, Snapshot
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.setup_keys import matching, value_in, with_entries
from vsrppp_tui.tui.text import shorten_name
from vsrppp_tui.tui.value_steps import next_choice, stepped
from vsrppp_tui.tui.widgets.rows import row_width
from vsrppp_tui.tui.widgets.setup_columns import columns
from vsrppp_tui.tui.widgets.setup_list import SetupList

KINDS = list(CONFIG_CLASSES.values())
CONFIG = unified_snapshot(100).config
KEYS = len(VsrpppConfig.keys())
WORDS = ["rate", "LR", "step", "batch", "small_540", "e", "data", "zzz", "VALIDATION"]


def rank(info: KeyInfo, words: list[str]) -> int:
    """0: all words are in the name; 1: in the meaning as well as the name; 2: the heading helps."""
    texts = [info.name, f"{info.name} {info.meaning}", f"{info.name} {info.meaning} {info.group}"]
    return next(n for n, text in enumerate(texts) if all(w in text.casefold() for w in words))


@given(st.sampled_from(KINDS), st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3))))
def test_a_search_finds_names_first_then_meanings_then_headings(
    kind: type, words: list[str]
) -> None:
    rows = with_entries(kind.keys(), CONFIG)
    found = matching(rows.values(), " ".join(words))
    folded = " ".join(words).casefold().split()
    order = list(rows)
    places = [(rank(rows[name], folded), order.index(name)) for name in found]
    assert places == sorted(places)


def test_what_is_called_by_the_word_stands_before_what_stands_under_it() -> None:
    kind = CONFIG_CLASSES["recipe vsrpp, YAML (Unified)"]
    found = matching(with_entries(kind.keys(), CONFIG).values(), "batch")
    assert found[0] == "TRAINING.batch_size"
    assert found.index("TRAINING.batch_size.large_720") < found.index("NUM_WORKERS")


@given(st.sampled_from(KINDS), st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_another_word_never_finds_more(kind: type, first: str, second: str) -> None:
    rows = kind.keys().values()
    assert set(matching(rows, f"{first} {second}")) <= set(matching(rows, first))


def test_without_a_search_every_key_is_listed_with_the_entries_after_their_map() -> None:
    kind = CONFIG_CLASSES["recipe vsrpp, YAML (Unified)"]
    rows = list(with_entries(kind.keys(), CONFIG))
    known = kind.keys()
    assert [name for name in rows if name in known] == list(known)
    place = rows.index("TRAINING.batch_size")
    formats = ["small_540", "medium_169", "large_720"]
    assert rows[place + 1 : place + 4] == [f"TRAINING.batch_size.{name}" for name in formats]
    assert value_in(CONFIG, "TRAINING.batch_size.large_720") == 2
    assert value_in(CONFIG, "TRAINING.batch_size.nothing", 7) == 7
    assert value_in(CONFIG, "TRAINING.total_steps.nothing") is None


NUMBERS = st.floats(min_value=1e-9, max_value=1e9) | st.floats(min_value=-1e9, max_value=-1e-9)


@given(NUMBERS, st.sampled_from([-1, 1]))
def test_a_step_moves_the_right_way_and_not_far(value: float, by: int) -> None:
    moved = stepped(value, by, whole=False)
    assert (moved - value) * by > 0
    assert abs(moved - value) <= 0.11 * abs(value) or abs(value) < 1e-7


@given(st.integers(-(10**9), 10**9), st.sampled_from([-1, 1]))
def test_a_whole_number_stays_whole(value: int, by: int) -> None:
    moved = stepped(value, by, whole=True)
    assert isinstance(moved, int) and (moved - value) * by >= 1


def test_choices_go_round() -> None:
    assert [next_choice(("a", "b"), value, 1) for value in ("a", "b", "c")] == ["b", "a", "a"]
    assert [next_choice(("a", "b"), value, -1) for value in ("a", "b", "c")] == ["b", "a", "b"]


def test_the_list_is_filtered_while_a_search_is_typed() -> None:
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter", "slash", *typed("val"))
        names = app.screen.query_one(SetupList)
        assert names.selected == "VAL_STEP_EVERY"
        assert f"/ val   {len(names.names)} of {KEYS} match" in text_of(app, "#title")
        await pilot.press(*typed(" saving"), "down")
        assert names.selected == "SAVE_STEP_EVERY"
        assert "─ Validation and saving ─" in text_of(app, "#setup-list")
        await pilot.press("enter", "ctrl+u", *typed("100"), "enter", "a")
        assert link.sent == [Edit({"SAVE_STEP_EVERY": 100})]
        link.answer(True, "applied")
        await tick(pilot)
        assert "/ val saving" in text_of(app, "#title")
        await pilot.press("escape")  # shows all, the key found still selected
        assert names.selected == "SAVE_STEP_EVERY" and len(names.names) == KEYS
        await pilot.press("escape")
        assert isinstance(app.screen, DashboardScreen)

    drive(app, scenario, (80, 24))


def test_a_search_that_finds_nothing_says_so() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter", "slash", *typed("qqq"))
        assert f"0 of {KEYS}" in text_of(app, "#title")
        assert "No key matches. Esc shows all." in text_of(app, "#setup-list")
        await pilot.press("enter", "space", "x", "up", "end", "slash", "backspace", "tab")
        assert text_of(app, "#detail") == ""
        await pilot.press("escape")
        assert "LR_EXPONENT" in text_of(app, "#setup-list")

    drive(app, scenario, (80, 24))


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (60, 20)], ids=str)
@pytest.mark.parametrize(
    "now",
    [snapshot(100), vsrpp_snapshot(100), unified_snapshot(100)],
    ids=["vsrppp", "vsrpp", "yaml"],
)
def test_the_detail_of_every_key_is_whole(now: Snapshot, size: tuple[int, int]) -> None:
    app = make_app(FakeLink(now))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        names = app.screen.query_one(SetupList)
        detail = app.screen.query_one("#detail")
        heights = set()
        for name in names.names:
            assert names.selected == name
            info = with_entries(names._edits.keys, {})[name]
            text = " ".join(text_of(app, "#detail").split())
            assert info.meaning in text and f"Takes {info.allowed}" in text
            assert name in text and "default" in text and info.unit in text and info.advice in text
            assert len(text_of(app, "#detail").splitlines()) <= detail.content_size.height
            assert all(len(line) <= size[0] - 2 for line in text_of(app, "#detail").splitlines())
            assert "▸ " in text_of(app, "#setup-list")
            heights.add(detail.size.height)
            await pilot.press("down")
        assert len(heights) == 1, "nothing jumps from key to key"

    drive(app, scenario, size)


def test_an_entry_of_a_map_is_edited_alone() -> None:
    link = FakeLink(unified_snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "TRAINING.batch_size.small_540", "6")
        row = row_of(app, "TRAINING.batch_size.small_540")
        assert "▲ 4 → 6" in row and "◐ next epoch" in row and len(row) <= 78
        await pilot.press("a")
        assert link.sent == [Edit({"TRAINING.batch_size.small_540": 6})]
        link.answer(True, "applied")
        sizes = {"small_540": 6, "medium_169": 4, "large_720": 2}
        pending = {"TRAINING.batch_size": "next epoch"}
        config = {**CONFIG, "TRAINING.batch_size": sizes}
        link.now = unified_snapshot(101, config=config, pending=pending)
        await tick(pilot)
        assert "◷ waits" in row_of(app, "TRAINING.batch_size.small_540")
        assert "→ 6" in row_of(app, "TRAINING.batch_size.small_540")
        detail = " ".join(text_of(app, "#detail").split())
        assert "From the next epoch on 6; until then the value before holds. Default 4." in detail
        assert "Now" not in detail
        await pilot.press("u")
        assert link.sent[-1] == Edit({"TRAINING.batch_size.small_540": 4})

    drive(app, scenario, (80, 24))


def test_an_entry_that_is_gone_drops_what_was_typed() -> None:
    link = FakeLink(unified_snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "TRAINING.batch_size.large_720", "3")
        await select(pilot, app, "TRAINING.batch_size.small_540")
        await pilot.press("enter", "6")
        link.now = unified_snapshot(101, config={**CONFIG, "TRAINING.batch_size": 4})
        await tick(pilot)
        assert "is no key of this run any more" in text_of(app, "#message")
        assert "⚠ was 2 when staged" in text_of(app, "#staged")
        await pilot.press("a")
        assert "has one value for all" in text_of(app, "#message")
        await pilot.press("u", "enter")

    drive(app, scenario, (80, 24))
    assert link.sent == []


def test_what_differs_from_the_default_is_marked() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "DATASET_ROOT")
        assert "≠ runs/demo" in row_of(app, "DATASET_ROOT")
        assert "≠ not the default" in text_of(app, "#detail")
        assert "≠" not in row_of(app, "SEED")

    drive(app, scenario)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)], ids=str)
def test_a_list_that_goes_on_says_so_and_repeats_its_heading(size: tuple[int, int]) -> None:
    app = make_app(FakeLink(unified_snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        names = app.screen.query_one(SetupList)
        for name in names.names:
            rows = text_of(app, "#setup-list").splitlines()
            assert any(row.startswith("▸ ") for row in rows), name
            shown = [row for row in rows if not row.startswith("─ ")]
            first, last = names.seen
            assert len(shown) == last - first + 1
            assert names.names[first - 1].split(".")[-1] in shown[0]
            assert f"{first} to {last} of {len(names.names)}" in text_of(app, "#title")
            if rows[0].startswith("─ "):
                assert rows[0].startswith(f"─ {names._edits.keys[names.names[first - 1]].group} ─")
                assert not rows[1].startswith("─ ")
            await pilot.press("down")

    drive(app, scenario, size)


def test_a_list_that_fits_says_nothing_of_places() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        assert " of 23" not in text_of(app, "#title")

    drive(app, scenario, (160, 50))


def test_the_selected_row_is_marked_to_the_edge() -> None:
    app = make_app(FakeLink(unified_snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        row = app.screen.query_one(SetupList).rows[1]
        assert row_width(row) == 118 and {style for _, style in row} == {"selected"}

    drive(app, scenario)


def test_toggle_is_offered_where_it_works() -> None:
    app = make_app(FakeLink(snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "LR_EXPONENT")
        assert "Toggle" not in text_of(app, "#footer")
        await select(pilot, app, "SORT_BY_ACTIVITY")
        assert "Space Toggle" in text_of(app, "#footer")

    drive(app, scenario)


@given(st.integers(20, 250), st.integers(1, 60), st.integers(1, 80), st.integers(1, 30))
def test_the_columns_leave_nothing_over_the_edge(
    width: int, name: int, value: int, unit: int
) -> None:
    at = columns(width, name, value, unit)
    used = 2 + at.name + 2 + at.value + at.unit + at.badge + at.meaning
    assert used <= max(width, 2 + at.name + 2 + 12 + 13)
    assert at.meaning == 0 or at.meaning >= 32
    assert width < 120 or at.value_room(value) >= min(value, 24)
    assert width < 240 or name > 40 or at.unit > unit


def test_a_short_value_has_its_unit_behind_it_and_a_long_one_takes_its_cells() -> None:
    app = make_app(FakeLink(unified_snapshot(100)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await select(pilot, app, "TRAINING.total_steps")
        assert row_of(app, "TRAINING.total_steps").split()[2:4] == ["100000", "steps"]
        await select(pilot, app, "TRAINING.batch_size")
        assert "{small_540: 4, medium_169… ◐" in row_of(app, "TRAINING.batch_size")

    drive(app, scenario, (80, 24))


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "TRAINING.gradient_accumulation.small_540"),
        (34, "….gradient_accumulation.small_540"),
        (30, "….small_540"),
        (6, "…l_540"),
    ],
)
def test_a_name_is_cut_at_a_dot(width: int, shown: str) -> None:
    assert shorten_name("TRAINING.gradient_accumulation.small_540", width) == shown
