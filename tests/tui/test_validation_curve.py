"""The curve over the validations: what it shows of sensible and of strange values, and when it is drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, history_loaded, make_app, text_of, tick
from tests.tui.recorded import FakeLink, history, snapshot, validation
from vsrppp_tui.link.interface import BestResult, History, ValidationResult
from vsrppp_tui.tui.plot.small_plot import (
    BEST,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    SmallPlot,
    draw_small_plot,
)
from vsrppp_tui.tui.plot.strokes import ABOVE
from vsrppp_tui.tui.widgets.rows import Row, row_width
from vsrppp_tui.tui.widgets.validation import ValidationPanel
from vsrppp_tui.tui.widgets.validation_rows import result_rows, waiting_rows

VALUES = st.one_of(
    st.floats(0, 100),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0]),
)


def text_of_rows(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def drawn(
    values: list[float], level: list[float] | float = 50.0, best: int | None = None,
    width: int = 40, height: int = 9,
) -> list[str]:  # fmt: skip
    """Values at the steps 100, 200 and so on; `best` is a place among them."""
    steps = [100.0 * (place + 1) for place in range(len(values))]
    levels = level if isinstance(level, list) else [level] * len(values)
    shown = SmallPlot(
        "Quality, %",
        "network",
        "bilinear",
        np.array(steps),
        np.array(values, float),
        np.array(levels, float),
        None if best is None else steps[best],
    )
    rows = draw_small_plot(shown, (0.0, steps[-1]), width, height)
    assert all(row_width(row) <= width for row in rows)
    return text_of_rows(rows)


def dots_at(line: str) -> list[int]:
    return [x for x, character in enumerate(line) if "\u2801" <= character <= "\u28ff"]


@given(
    st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=60),
    st.integers(0, 90),
    st.integers(0, 20),
    st.integers(0, 59),
)
def test_any_values_in_any_room(
    pairs: list[tuple[float, float]], width: int, height: int, best: int
) -> None:
    values, level = ([pair[at] for pair in pairs] for at in range(2))
    lines = drawn(values, level, min(best, len(values) - 1), width, height)
    assert len(lines) == (height if width >= LEAST_WIDTH and height >= LEAST_HEIGHT else 0)


def test_the_baseline_is_a_level_line_from_edge_to_edge() -> None:
    lines = drawn([48, 52, 56, 60], 50.0, width=50)
    level = [line for line in lines[1:-1] if len(dots_at(line)) > 15]
    assert len(level) == 1
    dots = dots_at(level[0])
    assert max(dots) >= 47, "to the right edge"
    assert "network" in lines[0] and "bilinear" in lines[0]
    assert lines[-1].split() == ["└", "step", "0", "╵200", "400"]


def test_the_best_one_is_marked_where_it_stands() -> None:
    lines = drawn([48, 60, 56, 52], best=1)
    rows = [line for line in lines[1:-1] if BEST in line]
    assert len(rows) == 1 and lines.index(rows[0]) <= 2, "high up"
    middle = 5 + (40 - 5) / 2
    assert abs(rows[0].index(BEST) - middle) <= 2, "in the middle of the steps"
    assert f"{BEST} best" in lines[0]
    assert not any(BEST in line for line in drawn([48, 60]))
    assert not any(BEST in line for line in drawn([48, math.nan], best=1)), "it has no place"


def test_one_validation_is_a_point() -> None:
    lines = drawn([55.0], 50.0)
    above = [line for line in lines[1:-1] if 0 < len(dots_at(line)) < 3]
    assert len(above) == 1, "two dots, above the level of the baseline"


def test_a_constant_is_a_level_line() -> None:
    lines = drawn([50.0] * 5, 50.0)
    assert sum(bool(dots_at(line)) for line in lines[1:-1]) == 1


def test_not_a_number_is_a_gap_and_all_of_them_are_said() -> None:
    whole, broken = drawn([50, 52, 54, 56, 58]), drawn([50, 52, math.nan, 56, 58])
    assert sum(len(dots_at(line)) for line in broken) < sum(len(dots_at(line)) for line in whole)
    assert "no number yet" in "\n".join(drawn([math.nan] * 3, math.nan))
    assert "no number yet" not in "\n".join(drawn([math.nan] * 3, 50.0)), "the baseline is one"


def test_a_perfect_picture_lies_beyond_the_axis() -> None:
    lines = drawn([30, 35, math.inf], 28.0)
    assert ABOVE in lines[1]
    assert "inf" not in "\n".join(lines)


def network(step: int, quality: float) -> ValidationResult:
    now = validation(step)
    return replace(now, network=replace(now.network, quality=quality))


@pytest.mark.parametrize(
    ("size", "curves"),
    [((80, 24), ""), ((100, 30), "Quality"), ((120, 40), "Quality"), ((160, 50), "Quality, %"),
     ((250, 80), "PSNR, dB")],
)  # fmt: skip
def test_where_there_is_room(size: tuple[int, int], curves: str) -> None:
    app = make_app(FakeLink(snapshot(4210), history(4210)))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        text = text_of(app, "#validation")
        assert "28.31" in text and "29.75" in text, "the numbers stay at every size"
        assert (BEST in text) == bool(curves)
        assert curves in text

    drive(app, scenario, size)


def test_it_is_drawn_when_a_validation_comes_and_not_else() -> None:
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        panel = app.screen.query_one(ValidationPanel)
        before = panel.rows
        link.now = snapshot(4240)
        await tick(pilot)
        assert panel.rows == before, "a step changes nothing"
        link.now = snapshot(4250)
        await tick(pilot)
        assert panel.rows != before

    drive(app, scenario, (160, 50))


def test_a_run_that_goes_back_forgets_what_came_after() -> None:
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        link.now = snapshot(1010)
        await tick(pilot)
        lines = text_of(app, "#validation").splitlines()
        assert lines[-1].rstrip().endswith("1,000")
        assert "3,750" not in "\n".join(lines)

    drive(app, scenario, (250, 80))


@pytest.mark.parametrize("quality", [math.nan, math.inf, 0.0, -3.0])
def test_strange_qualities_in_the_panel(quality: float) -> None:
    results = tuple(network(step, quality) for step in range(250, 1001, 250))
    now = snapshot(1010, validation=results[-1], best=BestResult(1000, quality))
    app = make_app(FakeLink(now, History((), results, ())))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        for size in ((80, 24), (80, 50), (120, 40), (160, 50), (250, 80)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "PSNR" in text_of(app, "#validation")

    drive(app, scenario, (160, 50))


@pytest.mark.parametrize(
    ("step", "due"),
    [(0, "step 250"), (249, "step 250"), (250, "step 500"), (99_900, "step 100,000")],
)
def test_before_the_first_one_it_says_when_that_comes(step: int, due: str) -> None:
    rows = waiting_rows(snapshot(step, validation=None), 37)
    assert any(line.endswith(due) for line in text_of_rows(rows))
    assert not any(
        "step" in line for line in text_of_rows(waiting_rows(snapshot(step, config={}), 37))
    )


def test_high_panels_show_earlier_validations() -> None:
    now = validation(4000)
    earlier = [validation(step) for step in range(250, 4000, 250)]
    rows = text_of_rows(result_rows(snapshot(4210), now, earlier, 58, 14))
    assert len(rows) == 14
    assert [row.split()[0] for row in rows[-3:]] == ["3,750", "3,500", "3,250"]
    low = text_of_rows(result_rows(snapshot(4210), now, earlier, 58, 9))
    assert not any(row.startswith("Before") for row in low)
