"""Strips of the activity over the run: cells that stand still, gaps, exact widths, few bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, history_loaded, make_app, text_of, tick
from tests.tui.recorded import FakeClock, FakeLink, blocks, snapshot
from tests.tui.test_row_widget import Written
from vsrppp_tui.link.interface import History, Snapshot
from vsrppp_tui.tui.heat import FIRST_STRETCH, SHADES, columns, shade, stretch_for, strip_row
from vsrppp_tui.tui.widgets.rows import row_width

STEPS = st.lists(st.integers(0, 3000), min_size=1, max_size=80, unique=True).map(sorted)
PERCENT = st.one_of(st.floats(0, 100), st.sampled_from([math.nan, math.inf, -math.inf]))
WIDTHS = st.integers(1, 80)


def strip_of(steps: list[int], values: list[float], width: int) -> tuple[int, list[float]]:
    stretch = stretch_for(steps[-1], width)
    made = columns(np.array(steps, float), np.array(values, float), stretch, width)
    return stretch, made.tolist()


@given(STEPS, WIDTHS, st.data())
def test_finished_cells_stand_still_until_the_stretch_grows(
    steps: list[int], width: int, data: st.DataObject
) -> None:
    values = data.draw(st.lists(PERCENT, min_size=len(steps), max_size=len(steps)))
    kept = data.draw(st.integers(1, len(steps)))
    early, before = strip_of(steps[:kept], values[:kept], width)
    late, after = strip_of(steps, values, width)
    if early == late:
        finished = len(before) - 1
        assert before[:finished] == pytest.approx(after[:finished], abs=0, nan_ok=True)
    else:
        assert late > early


@given(STEPS, WIDTHS, st.data())
def test_every_step_has_its_cell(steps: list[int], width: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(PERCENT, min_size=len(steps), max_size=len(steps)))
    stretch, cells = strip_of(steps, values, width)
    assert len(cells) <= width
    assert len(cells) == max(1, math.ceil(steps[-1] / stretch))
    assert stretch == FIRST_STRETCH or 2 * len(cells) >= width, "no more than half is empty"
    if stretch > 2 * FIRST_STRETCH:
        assert 3 * len(cells) >= 2 * width, "nor more than a third, later on"
    for cell in cells:
        assert math.isnan(cell) or 0 <= cell <= 100


@given(st.lists(PERCENT, max_size=100), WIDTHS)
def test_a_strip_has_its_width(percents: list[float], width: int) -> None:
    row = strip_row(percents, width)
    assert row_width(row) == width
    assert "".join(text for text, _ in row).rstrip() == "".join(
        shade(percent)[0] for percent in percents[:width]
    )


def test_a_cell_is_the_mean_of_its_stretch() -> None:
    steps = [1, 5, 6, 7, 10, 11]
    assert strip_of(steps, [10, 30, 40, 50, 60, 70], 4) == (5, [20, 50, 70])
    assert strip_of([*steps, 40], [10, 30, 40, 50, 60, 70, 90], 4) == (10, [38, 70, 70, 90])


def test_not_a_number_is_a_gap_and_no_reading_holds_the_last() -> None:
    nan = math.nan
    _, cells = strip_of([1, 6, 12, 30], [50, nan, 60, 70], 10)
    assert cells == pytest.approx([50, nan, 60, 60, 60, 70], nan_ok=True)
    _, late = strip_of([12, 13], [nan, 60], 10)
    assert late == pytest.approx([nan, nan, 60], nan_ok=True), "it began later"
    row = strip_row([50, nan, 10], 5)
    assert "".join(text for text, _ in row) == "▄·▁  "


def test_no_reading_at_all() -> None:
    assert columns(np.empty(0), np.empty(0), 5, 10).tolist() == []
    assert strip_row((), 3) == (("   ", "text"),)


def test_shades_keep_to_the_meanings() -> None:
    assert [shade(value) for value in (0, 19.9, 20, 30, 80, 80.1, 100)] == [
        ("▁", "warning"),
        ("▁", "warning"),
        ("▂", "curve"),
        ("▃", "curve"),
        ("▆", "curve"),
        ("▇", "high"),
        ("▇", "high"),
    ]
    assert len({mark for _, mark, _ in SHADES}) == len(SHADES), "told apart without colour"


def run_until(step: int, **changes: Any) -> FakeLink:
    """A run whose records hold the activity."""
    snapshots = tuple(snapshot(at) for at in range(10, step, 10))
    return FakeLink(snapshot(step, **changes), History(snapshots, (), ()))


def strips_of(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line.startswith("Block_") and "%" in line]
    return {line[:8]: line[-23:] for line in lines}


def test_every_block_has_its_strip_in_the_dashboard() -> None:
    app = make_app(run_until(4210))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        strips = strips_of(text_of(app, "#blocks"))
        assert len(strips) == 30
        assert strips["Block_12"].strip() == "▁" * 18, "4210 steps, 240 a cell; cold all along"
        assert set(strips["Block_06"].strip()) == {"▇"}
        subtitle = str(app.screen.query_one("#blocks").border_subtitle)
        assert subtitle == "▁ cold ▂ low ▃▄▅▆ healthy ▇ above · 240 steps/cell"

    drive(app, scenario, (160, 50))


def test_a_narrow_panel_has_none() -> None:
    app = make_app(run_until(4210))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        assert "▁" not in text_of(app, "#blocks")
        assert "a cell" not in str(app.screen.query_one("#blocks").border_subtitle)

    drive(app, scenario, (80, 24))


def still(step: int, **changes: Any) -> Snapshot:
    """Snapshots whose bars do not move, so that strips alone are written."""
    return snapshot(step, **({"blocks": blocks(0)} | changes))


def test_strips_cost_next_to_nothing_while_a_cell_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    clock = FakeClock()
    link = FakeLink(still(5130), History(tuple(still(at) for at in range(10, 5130, 10)), (), ()))
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        panel = app.screen.query_one("#blocks")
        drawn: list[Any] = []
        monkeypatch.setattr(panel, "refresh", lambda *regions, **_: drawn.extend(regions))
        for at in range(1, 40):
            link.now = still(5130 + 8 * at)
            clock.now += 1.0
            await tick(pilot)
        assert written.bytes > 0
        assert all(region.width <= 2 for region in drawn), "single cells"
        assert len(drawn) <= 2 * 30, "once for each block, when the next stretch begins"

    drive(app, scenario, (160, 50))


def test_strips_wait_for_the_records() -> None:
    bare = tuple(snapshot(at, blocks=()) for at in range(10, 4210, 10))
    app = make_app(FakeLink(snapshot(4210), History(bare, (), ())))

    async def scenario(pilot: Driver) -> None:
        assert not strips_of(text_of(app, "#blocks"))["Block_12"].strip()
        await history_loaded(pilot)
        assert strips_of(text_of(app, "#blocks"))["Block_12"].strip() == "·" * 17 + "▁"

    drive(app, scenario, (160, 50))


def test_wide_cells_are_worked_out_a_few_times_each() -> None:
    clock, link = FakeClock(), run_until(4210)
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        asked: list[str] = []
        newest = app.model.metrics.newest

        def counted(names: Sequence[str]) -> Any:
            asked.extend(names)
            return newest(names)

        app.model.metrics.newest = counted  # type: ignore[method-assign]
        for at in range(1, 241):  # two cells of 240 steps
            link.now = snapshot(4210 + 2 * at)
            clock.now += 1.0
            await tick(pilot)
        strips = [name for name in asked if name == "Activity/Block_01"]
        assert 5 <= len(strips) <= 9
        link.now = snapshot(2000, seq=9000)
        clock.now += 4.0
        await tick(pilot)
        assert len(strips_of(text_of(app, "#blocks"))["Block_12"].strip()) == 17, "it went back"

    drive(app, scenario, (160, 50))
