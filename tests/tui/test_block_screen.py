"""All blocks full screen: selection, views, the cold ones alone, the history and what it means."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, history_loaded, make_app, screen_text, text_of, tick
from tests.tui.recorded import FakeClock, FakeLink, blocks, history, snapshot, starting
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from tests.tui.test_row_widget import Written
from vsrppp_tui.link.interface import FUSE, BlockReading, History, Snapshot
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.block_story import LONGEST_MEANING, meaning, story_of
from vsrppp_tui.tui.metrics import Series
from vsrppp_tui.tui.screens.blocks import BlockScreen
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.widgets.block_history import _numbers, curve_rows
from vsrppp_tui.tui.widgets.block_list import BlockList
from vsrppp_tui.tui.widgets.rows import row_width

BY_TRUNK = {**snapshot(1).config, "SORT_BY_ACTIVITY": False}
SIZES = ((80, 24), (120, 40), (160, 50), (250, 80))


def at(step: int, **changes: object) -> Snapshot:
    return snapshot(step, **({"config": BY_TRUNK} | changes))


def recorded_run(step: int = 4210, **changes: object) -> FakeLink:
    """A run whose Block_03 turned cold at step 2000."""

    def chilled(at_step: int) -> tuple[BlockReading, ...]:
        made = blocks(at_step)
        if at_step < 2000:
            return made
        return (*made[:2], replace(made[2], percent=9.0, value=0.002, cold=True), *made[3:])

    snapshots = tuple(at(n, blocks=chilled(n)) for n in range(10, step, 10))
    return FakeLink(at(step, **({"blocks": chilled(step)} | changes)), History(snapshots, (), ()))


async def open_blocks(pilot: Driver, *keys: str) -> None:
    await history_loaded(pilot)
    await press(pilot, "b", "home", *keys)


async def press(pilot: Driver, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


def selected(app: DashboardApp) -> str:
    (line,) = (line for line in text_of(app, "#block-list").splitlines() if "▸" in line)
    return line.split()[1]


def test_arrows_select_and_the_history_follows() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        assert selected(app) == "Block_01"
        await press(pilot, "down", "down")
        assert selected(app) == "Block_03"
        text = text_of(app, "#block-history")
        assert text.startswith("Block_03  backward trunk  ❄ cold since step 2,000")
        assert "mean size of what it adds 0.002" in text
        assert "now 9%" in text and "lowest 9% at step 2,000" in text
        assert "cold 53% of the steps" in text
        assert "Cold: it adds under 20%" in text and "early in the run this is normal" in text
        await press(pilot, "up", "up", "up")
        assert selected(app) == "Block_01"
        assert "❄" not in text_of(app, "#block-history")

    drive(app, scenario)


def test_it_opens_at_the_first_cold_block_or_the_first_of_all() -> None:
    link = recorded_run()
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await press(pilot, "b")
        assert selected(app) == "Block_03"
        assert "Cold: it adds under 20%" in text_of(app, "#block-history")
        await press(pilot, "escape")
        warm = tuple(replace(block, percent=50.0, cold=False) for block in blocks(4211))
        link.now = at(4211, blocks=warm)
        await tick(pilot)
        await press(pilot, "b")
        assert selected(app) == "Block_01"
        assert "none cold (under 20%)" in text_of(app, "#title"), "what there could be"

    drive(app, scenario)


def test_pages_and_ends_keep_the_selection_in_sight() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        seen = [selected(app)]
        for key in ("pagedown", "pagedown", "pagedown", "pagedown", "pageup", "home", "end"):
            await press(pilot, key)
            seen.append(selected(app))
        assert seen[0] == "Block_01" and seen[4] == "Block_30"
        assert seen[5] not in ("Block_01", "Block_30")
        assert seen[6:] == ["Block_01", "Block_30"]
        assert text_of(app, "#block-list").splitlines()[-1].startswith("▸ Block_30")
        await press(pilot, "home")
        assert text_of(app, "#block-list").startswith("Backward trunk"), "its heading is in sight"

    drive(app, scenario, (80, 24))


def test_only_the_cold_ones() -> None:
    link = recorded_run()
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot, "end")
        with_all = app.screen.query_one("#block-history").size.height
        await press(pilot, "c")
        text = text_of(app, "#block-list")
        assert [line.split("Block_")[1][:2] for line in text.splitlines() if "Block_" in line] == [
            "03",
            "07",
            "12",
            "22",
        ]
        assert selected(app) in text
        assert "C All blocks" in text_of(app, "#footer")
        assert "cold ones only: ❄ 4 of 30 blocks" in text_of(app, "#title")
        assert app.screen.query_one("#block-history").size.height > with_all
        warm = tuple(replace(block, percent=50.0, cold=False) for block in blocks(4211))
        link.now = at(4211, blocks=warm)
        await tick(pilot)
        assert "No block is cold" in text_of(app, "#block-list")
        await press(pilot, "down", "pagedown", "end", "s")
        await press(pilot, "c")
        assert "Block_01" in text_of(app, "#block-list")

    drive(app, scenario)


def test_views_go_round_and_keep_the_selection() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot, "down", "down")
        titles = []
        for _ in range(4):
            titles.append(text_of(app, "#title").split("   ")[1])
            assert selected(app) == "Block_03"
            await press(pilot, "s")
        assert titles == [
            "by trunk, by position",
            "by trunk, by activity",
            "flat, by position",
            "flat, by activity",
        ]

    drive(app, scenario, (160, 50))


def test_it_opens_in_the_view_of_the_dashboard_and_goes_back() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await press(pilot, "s", "s", "b")
        assert "flat, by position" in text_of(app, "#title")
        await press(pilot, "s", "escape")
        assert isinstance(app.screen, DashboardScreen)
        assert "flat, by position" in str(app.screen.query_one("#blocks").border_title)
        for back in ("b", "q"):
            await press(pilot, "b")
            assert isinstance(app.screen, BlockScreen)
            await press(pilot, back)
            assert isinstance(app.screen, DashboardScreen)

    drive(app, scenario)


def test_the_state_of_the_run_stays_in_a_narrow_title() -> None:
    link = recorded_run()
    link.now = vsrpp_snapshot(4210, state="paused")
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        assert "❄ 1 fuse layer cold" in text_of(app, "#title")
        assert "paused" in text_of(app, "#title")

    drive(app, scenario, (80, 24))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_wider_than_the_screen(size: tuple[int, int]) -> None:
    link = recorded_run()
    link.now = vsrpp_snapshot(4210)
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot, "end")
        assert selected(app) == "Fusion"
        for selector in ("#block-list", "#block-history", "#title", "#footer"):
            widget = app.screen.query_one(selector)
            assert all(len(line) <= size[0] - 2 for line in text_of(app, selector).splitlines())
            assert len(text_of(app, selector).splitlines()) <= widget.content_size.height
        assert "fuse layer" in text_of(app, "#block-history")
        assert "output of the most active fuse layer" in " ".join(screen_text(app).split())
        assert "step 0" in text_of(app, "#block-history")

    drive(app, scenario, size)


def test_a_storm_of_sizes_is_safe() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        for size in ((40, 12), (250, 80), (20, 6), (80, 24), (161, 50), (3, 3), (120, 40)):
            await pilot.resize_terminal(*size)
            await press(pilot, "down")
        assert selected(app) == "Block_08"
        assert "╵1,000" in text_of(app, "#block-history")

    drive(app, scenario)


def test_before_the_first_step_and_after_one() -> None:
    link = FakeLink(starting())
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "b", "down", "c", "s", "end")
        assert "No activity yet" in text_of(app, "#block-list")
        await press(pilot, "c")
        link.now = at(1)
        await history_loaded(pilot)
        assert selected(app) == "Block_07"
        history = text_of(app, "#block-history")
        assert "now" in history
        assert "lowest" not in history, "one reading tells nothing about the run"

    drive(app, scenario)


def test_a_run_going_on_writes_little_and_a_pause_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    written, clock, link = Written(monkeypatch), FakeClock(), recorded_run()
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot, "s")
        assert "by activity" in text_of(app, "#title")
        written.bytes = 0
        for n in range(1, 61):
            link.now = at(4210 + 2 * n)
            clock.now += 0.5
            await tick(pilot)
        assert 0 < written.bytes / 30 < 1500, "bytes a second"
        link.now = paused = at(4400, state="paused")
        await tick(pilot)
        written.bytes = 0
        for n in range(40):
            clock.now += 0.5
            link.now = replace(paused, seq=9000 + n)
            await tick(pilot)
            assert isinstance(app.screen, BlockScreen)
            app.screen.follow()  # even where another part of the screen has news
            await pilot.pause()
        assert written.bytes == 0

    drive(app, scenario, (160, 50))


def test_the_cold_line_of_the_dashboard_names_the_key() -> None:
    app = make_app(FakeLink(snapshot(4210), history(4210)))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        (line,) = (n for n in text_of(app, "#blocks").splitlines() if "cold:" in n)
        assert line.endswith("B why?")
        await pilot.resize_terminal(80, 24)
        await tick(pilot)
        subtitle = str(app.screen.query_one("#blocks").border_subtitle)
        assert subtitle == "❄ 3 cold: B explains", "where the line has no room"

    drive(app, scenario, (160, 50))


def series(steps: list[float], values: list[float]) -> Series:
    array = np.array(values, float)
    return Series(np.array(steps, float), array, array, array)


def test_since_when_it_is_cold() -> None:
    story = story_of(series([10, 20, 30, 40], [50, 10, 15, 5]))
    assert story is not None
    assert (story.cold_since, story.cold_share) == (20, 0.75)
    assert (story.lowest, story.lowest_step, story.highest, story.highest_step) == (5, 40, 50, 10)
    warm_again = story_of(series([10, 20, 30], [5, 10, 60]))
    assert warm_again is not None and warm_again.cold_since is None
    assert story_of(series([], [])) is None
    assert story_of(series([1, 2], [math.nan, math.inf])) is None


READINGS = st.lists(
    st.tuples(st.integers(1, 10**6), st.one_of(st.floats(0, 100), st.just(math.nan))),
    max_size=60,
    unique_by=lambda reading: reading[0],
).map(sorted)


@given(READINGS, st.integers(10, 200), st.integers(0, 20))
def test_any_curve_has_its_size(readings: list[tuple[int, float]], width: int, height: int) -> None:
    steps, values = [step for step, _ in readings], [value for _, value in readings]
    rows = curve_rows(series(steps, values), max(steps, default=1), 19, width, height)
    assert len(rows) in (0, height)
    assert all(row_width(row) <= width for row in rows)
    story = story_of(series(steps, values))
    if story is not None:
        assert story.lowest <= story.highest
        assert 0 <= story.cold_share <= 1


@pytest.mark.parametrize("height", range(2, 30))
def test_every_line_across_the_curve_has_its_name(height: int) -> None:
    rows = curve_rows(series([], []), 4000, 19, 79, height)[:-1]
    lines = {}
    for label, axis, *cells in rows:
        dots = "".join(text for text, _ in cells)
        if "\u2800" < dots[:1] <= "\u28ff":
            assert axis[0] == "┤", "no line without a name"
            lines[label[0].strip()] = len(dots.split())
    assert lines["cold 20%"] == 15, "its own dashes: one dot every four cells"
    assert all(dashes == 30 for name, dashes in lines.items() if "cold" not in name)
    if height >= 8:
        assert set(lines) == {"healthy to 80%", "healthy from 30%", "cold 20%"}


def test_extremes_that_read_the_same_are_said_once() -> None:
    level = story_of(series([10 * n for n in range(1, 20)], [3 + 0.01 * n for n in range(19)]))
    block = BlockReading("Block_12", "body", 7.6e-4, 3.1, True)
    text = "".join(text for text, _ in _numbers(block, level, 78))
    assert text == "now 3%   all along 3%   cold 100% of the steps"
    varied = story_of(series([10 * n for n in range(1, 20)], [3 + n for n in range(19)]))
    for width, step in ((100, "at step 190"), (76, "at 190")):
        text = "".join(text for text, _ in _numbers(block, varied, width))
        assert f"lowest 3% at step 10   highest 21% {step}   cold" in text


def test_the_curve_stands_under_the_strips() -> None:
    app = make_app(recorded_run())

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot, "down", "down")
        row = next(line for line in text_of(app, "#block-list").splitlines() if "▸" in line)
        curve = text_of(app, "#block-history").splitlines()
        bottom = next(line for line in curve if line.lstrip().startswith("0% ┤"))
        start, end = row.index("▁"), len(row.rstrip())
        dots = [x for x, cell in enumerate(bottom) if "⠀" < cell <= "⣿"]
        assert abs(min(dots) - start) <= 1 and abs(max(dots) - end) <= 1

    drive(app, scenario, (160, 50))


def test_what_an_activity_means() -> None:
    def of(percent: float, trunk: str = "body", value: float = 0.1, step: int = 900) -> str:
        return meaning(BlockReading("b", trunk, value, percent, percent < 20), step, 1000)

    assert of(5) == LONGEST_MEANING
    assert "early" in of(5, step=50) and "early" not in of(5)
    assert of(25).startswith("Under the healthy band")
    assert of(50).startswith("In the healthy band")
    assert of(95).startswith("Above the healthy band")
    assert all("Under 20% it would be cold" in of(percent) for percent in (25, 50, 95))
    assert "no number" in of(0, value=math.nan)
    assert of(95, FUSE).startswith("Its percentage")
    assert of(5, FUSE).startswith("Cold")


def test_other_networks() -> None:
    body = tuple(replace(block, trunk="body") for block in blocks(900)[:23])
    link = FakeLink(at(900, blocks=body))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        assert text_of(app, "#block-list").startswith("Body trunk")
        assert "23 blocks" in text_of(app, "#title")
        assert len(app.screen.query_one(BlockList).names) == 23
        link.now = at(910, blocks=body[:2])
        await tick(pilot)
        assert app.screen.query_one(BlockList).names == ["Block_01", "Block_02"]

    drive(app, scenario)


def test_the_order_moves_seldom() -> None:
    clock = FakeClock()
    now = at(4210, config={**BY_TRUNK, "SORT_BY_ACTIVITY": True})
    link = FakeLink(now)
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await open_blocks(pilot)
        names = app.screen.query_one(BlockList).names
        for seconds in (4.0, 4.0):
            link.now = replace(link.now, seq=link.now.seq + 1, blocks=tuple(reversed_activity(now)))
            clock.now += seconds
            await tick(pilot)
            assert app.screen.query_one(BlockList).names == names
        link.now = replace(link.now, seq=link.now.seq + 1, step=4220)
        clock.now += 4.0
        await tick(pilot)
        assert app.screen.query_one(BlockList).names != names
        await press(pilot, "s", "s", "s")
        link.now = replace(now, seq=link.now.seq + 1)
        clock.now += 4.0
        await tick(pilot)
        await press(pilot, "s")
        assert app.screen.query_one(BlockList).names == names, "a new view is in order at once"

    drive(app, scenario)


def reversed_activity(now: Snapshot) -> list[BlockReading]:
    percents = [block.percent for block in now.blocks][::-1]
    return [
        replace(block, percent=percent, cold=percent < 20)
        for block, percent in zip(now.blocks, percents, strict=True)
    ]


def test_a_limit_is_seen_also_where_the_curve_lies_on_its_row() -> None:
    """A curve at 22% shares the row of the limit at 20%, and is not taken for it."""
    rows = curve_rows(series(range(0, 4000, 10), [22.0] * 400), 4000, 19, 99, 17)
    (limit,) = ["".join(text for text, _ in row) for row in rows if "cold 20%" in row[0][0]]
    dots = [ord(character) - 0x2800 for character in limit if "\u2800" < character <= "\u28ff"]
    assert len({each.bit_count() for each in dots}) > 1, (
        "dots of the limit within the curve's cells"
    )
