"""The block panel: every block where there is room, steady numbers, honest marks."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, make_app, text_of, tick
from tests.tui.recorded import ALERTS, FakeLink, blocks, snapshot
from vsrppp_tui.link.interface import FUSE, BlockReading
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.steady import Steady, trend_mark
from vsrppp_tui.tui.views import VIEWS, SteadyBlocks, sections
from vsrppp_tui.tui.widgets.block_rows import lay_out
from vsrppp_tui.tui.widgets.rows import Row, row_width


def reading(name: str, percent: float, trunk: str = "backward") -> BlockReading:
    return BlockReading(name, trunk, percent / 100, percent, percent < 20, 0.0)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
@pytest.mark.parametrize(("width", "height"), [(35, 16), (48, 30), (60, 34), (100, 70)])
def test_thirty_blocks_fit_every_usual_terminal(view, width: int, height: int) -> None:  # type: ignore[no-untyped-def]
    steady = SteadyBlocks()
    shown = steady.show(blocks(4000))
    rows = lay_out(sections(shown, view, steady), [], steady.ranked(shown), width, height)
    text = "\n".join("".join(piece for piece, _ in row) for row in rows)
    assert len(rows) <= height
    assert all(row_width(row) <= width for row in rows)
    for block in shown:
        assert block.name.removeprefix("Block_") in text
    assert text.count("❄") >= 3


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=130),
    st.integers(1, 140),
    st.integers(1, 60),
    st.sampled_from(VIEWS),
    st.integers(1, 4),
)
def test_any_network_fits_any_panel(percents, width, height, view, trunks) -> None:  # type: ignore[no-untyped-def]
    readings = [reading(f"Block_{i:02d}", p, f"trunk {i % trunks}") for i, p in enumerate(percents)]
    steady = SteadyBlocks()
    shown = steady.show(readings)
    rows = lay_out(sections(shown, view, steady), [], steady.ranked(shown), width, height)
    assert len(rows) <= height


def test_too_many_blocks_still_name_the_cold_ones() -> None:
    steady = SteadyBlocks()
    shown = steady.show([reading(f"Block_{i:03d}", 5 if i == 77 else 50) for i in range(500)])
    rows = lay_out(sections(shown, VIEWS[0], steady), [], steady.ranked(shown), 36, 16)
    text = "\n".join("".join(piece for piece, _ in row) for row in rows)
    assert "1 cold: Block_077" in text
    assert "of 500 blocks" in text


def test_a_block_that_dies_is_cold_at_zero_in_the_next_snapshot() -> None:
    link = FakeLink(snapshot(4000))
    app = make_app(link)
    alive = snapshot(4001).blocks
    dead = replace(alive[4], value=0.0, percent=0.0, cold=True)

    async def scenario(pilot: Driver) -> None:
        assert "Block_05" not in cold_line(text_of(app, "#blocks"))
        link.now = snapshot(4001, blocks=(*alive[:4], dead, *alive[5:]))
        await tick(pilot)
        text = text_of(app, "#blocks")
        assert "Block_05" in cold_line(text)
        row = next(line for line in text.splitlines() if "Block_05 " in line and "❄" in line)
        assert " 0%" in row

    drive(app, scenario, (160, 50))


def cold_line(text: str) -> str:
    return next(line for line in text.splitlines() if "cold:" in line)


def test_noise_moves_neither_numbers_nor_order() -> None:
    steady = SteadyBlocks()
    first = steady.show([reading("a", 50.0), reading("b", 51.4)])
    again = steady.show([reading("a", 51.5), reading("b", 50.1)])
    assert again == first
    assert [block.name for block in steady.ranked(again)] == ["b", "a"]
    later = steady.show([reading("a", 60.0), reading("b", 50.1)])
    assert [block.name for block in steady.ranked(later)] == ["a", "b"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_steady_number_is_never_far_from_the_truth(values: list[float]) -> None:
    steady = SteadyBlocks()
    for value in values:
        (block,) = steady.show([reading("a", value)])
        assert abs(block.percent - value) <= 2.0 + 1e-9
        assert block.cold == (block.percent < 20)


def test_ends_of_the_scale_are_shown_as_such() -> None:
    steady = Steady(margin=5)
    assert [steady.percent("x", value) for value in (98.0, 99.9, 96.0, 2.0, 0.3)] == [
        98,
        100,
        100,
        2,
        0,
    ]


def test_an_arrow_does_not_flicker_at_its_threshold() -> None:
    assert trend_mark(0.021) == "⬆"
    assert trend_mark(0.018) == "═"
    assert trend_mark(0.018, "⬆") == "⬆"
    assert trend_mark(0.012, "⬆") == "═"
    assert trend_mark(-0.03) == "⬇"
    assert trend_mark(None) == " "


def test_the_ranking_is_that_of_the_numbers_shown() -> None:
    steady = SteadyBlocks()
    noise = random.Random(5)
    for _ in range(30):
        shown = steady.show([reading(f"b{n}", noise.uniform(0, 100)) for n in range(12)])
        percents = [block.percent for block in steady.ranked(shown)]
        assert percents == sorted(percents, reverse=True)


def as_text(rows: list[Row]) -> str:
    return "\n".join("".join(piece for piece, _ in row) for row in rows)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
@pytest.mark.parametrize("blocks_of_trunk", [2, 23, 30, 64, 96])
@pytest.mark.parametrize(("width", "height"), [(35, 16), (48, 29), (56, 35), (86, 65)])
def test_every_block_of_any_network_is_in_sight(view, blocks_of_trunk, width, height) -> None:  # type: ignore[no-untyped-def]
    readings = [
        reading(f"Block_{n:02d}", 5 if n == 2 else 50, "backward" if 2 * n < 60 else "forward")
        for n in range(1, blocks_of_trunk + 1)
    ]
    layers = [reading(name, 80, FUSE) for name in ("Backward_Fuse", "Forward_Fuse", "Fusion")]
    steady = SteadyBlocks()
    shown = steady.show([*readings, *layers])
    rows = lay_out(sections(shown, view, steady), shown[-3:], steady.ranked(shown), width, height)
    text = as_text(rows)
    assert len(rows) <= height
    assert all(row_width(row) <= width for row in rows)
    for name in (f"{n:02d}" for n in range(1, blocks_of_trunk + 1)):
        assert re.search(rf"(^| |_){name}[ ❄▁▂▃▄▅▆▇]", text, re.M), name
    assert "❄" in text
    assert "Fuse" in text


def test_tiles_are_as_high_as_the_block_is_active() -> None:
    steady = SteadyBlocks()
    shown = steady.show([reading(f"Block_{n:02d}", n * 1.5) for n in range(1, 65)])
    text = as_text(lay_out(sections(shown, VIEWS[0], steady), [], steady.ranked(shown), 35, 16))
    assert "05❄" in text and "15▂" in text and "40▅" in text and "64▇" in text
    assert "13 cold" in text
    assert "▃▄▅▆ healthy 30 to 80%" in text
    assert "▇ above" in text and "⬆ ⬇ ═ trend" in text


def test_a_few_blocks_are_not_listed_twice() -> None:
    steady = SteadyBlocks()
    shown = steady.show([reading(f"Block_{n:02d}", 90 - n) for n in range(1, 9)])
    for height in (16, 40):
        rows = lay_out(sections(shown, VIEWS[0], steady), [], steady.ranked(shown), 35, height)
        assert as_text(rows).count("89%") == 1
        assert "⬆ ⬇ ═ trend" in as_text(rows)


def test_trunks_are_named_in_the_title_where_there_is_no_row_for_it() -> None:
    app = make_app(FakeLink(snapshot(4210)))
    warned = make_app(FakeLink(snapshot(4210, warnings=ALERTS)))

    def title(of: DashboardApp) -> str:
        return str(of.screen.query_one("#blocks").border_title)

    async def with_headings(pilot: Driver) -> None:
        assert title(app) == "Blocks · by trunk, by activity"

    async def without(pilot: Driver) -> None:
        assert title(warned) == "Blocks · back | forw, by activity"
        await pilot.press("s")
        assert title(warned) == "Blocks · flat, by position"
        await pilot.press("s", "s")
        assert title(warned) == "Blocks · back | forw, by position"

    drive(app, with_headings, (80, 24))
    drive(warned, without, (80, 24))
