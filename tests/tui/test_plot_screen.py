"""The plot on the whole screen: choosing metrics, zoom, window and cursor, all by keys."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from textual.events import Key

from tests.tui.driving import Driver, drive, history_loaded, make_app, screen_text, text_of, tick
from tests.tui.recorded import START, FakeClock, FakeLink, history, snapshot, starting, validation
from vsrppp_tui.link.interface import Event, History
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.plot.dashes import MOST_CURVES
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.screens.plot import PlotScreen
from vsrppp_tui.tui.widgets.metric_list import MetricList, matching
from vsrppp_tui.tui.widgets.pace import Paced, bytes_of_change
from vsrppp_tui.tui.widgets.plot import PLOT_SECONDS, PlotWidget
from vsrppp_tui.tui.widgets.rows import Row


def recorded(step: int) -> History:
    """The records of the run with all its validations and something of everything that is marked."""
    happened = (
        Event(900, START + 300, 1000, "edit", "LR_EXPONENT -4 -> -4.5"),
        Event(901, START + 900, 3000, "rollback", "from step 3100 to step 3000", "warning"),
    )
    whole = history(step)
    results = tuple(validation(at) for at in range(250, step, 250))
    return replace(whole, validations=results, events=(*whole.events, *happened))


def plotted(step: int = 4000, clock: FakeClock | None = None) -> tuple[DashboardApp, FakeLink]:
    link = FakeLink(snapshot(step), recorded(step))
    return make_app(link, clock), link


async def open_plot(pilot: Driver) -> None:
    await history_loaded(pilot)
    await pilot.press("m")
    assert isinstance(pilot.app.screen, PlotScreen)


def plot(app: DashboardApp) -> PlotWidget:
    return app.screen.query_one(PlotWidget)


def test_m_opens_the_plot_and_escape_leaves_it() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        assert "Loss/Total  0.02701  raw 0.02678" in text_of(app, "#plot")
        assert "newest values, up to step 4,000" in text_of(app, "#title")
        assert "linear · medium smoothing, 100 steps · whole run" in text_of(app, "#words")
        assert "step 0" in text_of(app, "#plot") and "4,000" in text_of(app, "#plot")
        for mark in ("◇ validation", "✎ edit", "↶ rollback"):
            assert mark in text_of(app, "#plot")
        await pilot.press("escape")
        assert isinstance(app.screen, DashboardScreen)

    drive(app, scenario)


def test_any_metric_is_found_by_typing_words_of_it() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("f", *"net psn")
        assert "▸ · Validation/PSNR network" in text_of(app, "#metrics")
        assert "2 of " in text_of(app, "#metrics")
        await pilot.press("enter", "down", "enter", "escape")
        assert not app.screen.query_one(MetricList).display
        assert [curve.name for curve in plot(app).plotter.curves] == [
            "Loss/Total",
            "Validation/PSNR network",
            "Validation/PSNR-Y network",
        ]
        legend = text_of(app, "#plot")
        assert "A ⠒⠒⠒⠒ Loss/Total" in legend and " dB" in legend
        assert "own scales" in legend and "high ┤" in legend
        await pilot.press("n")
        assert "own scales" not in text_of(app, "#plot")
        await pilot.press("slash", "enter")
        assert plot(app).plotter.curves[0].name == "Loss/Total"

    drive(app, scenario)


def test_letters_typed_into_the_filter_are_no_commands() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        before = plot(app).plotter.choice.state()
        await pilot.press("f", *"lswn0mqf", "plus", "minus", "question_mark", "left", "home")
        assert isinstance(app.screen, PlotScreen)
        assert plot(app).plotter.choice.state() == before
        assert "none has these words" in text_of(app, "#metrics")
        await pilot.press("enter", "up", "down", "ctrl+u", "escape")
        assert plot(app).plotter.choice.state() == before

    drive(app, scenario)


def test_keys_that_come_in_one_burst_are_typed_all_the_same() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        for character in "fpsn":
            app.post_message(Key(character, character))
        await pilot.pause()
        assert "Filter psn" in text_of(app, "#metrics")
        assert "medium" in text_of(app, "#words")

    drive(app, scenario)


def test_there_is_room_for_some_curves_and_it_says_so() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("f", *(["down", "enter"] * MOST_CURVES))
        assert f"at most {MOST_CURVES}" in text_of(app, "#metrics")
        assert len(plot(app).plotter.curves) == MOST_CURVES
        for _ in range(MOST_CURVES):
            await pilot.press("up", "enter")
        assert "no metric chosen" in text_of(app, "#plot")

    drive(app, scenario)


def test_the_list_scrolls_to_what_is_marked() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("f", *(["pagedown"] * 15))
        assert "▸ · Machine/Disk left" in text_of(app, "#metrics")
        await pilot.press(*(["pageup"] * 15))
        assert "▸ A Loss/Total" in text_of(app, "#metrics")

    drive(app, scenario, (80, 24))


def test_the_cursor_reads_values_and_what_happened() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("home")
        assert "at step 1" in text_of(app, "#title")
        assert "┊" in text_of(app, "#plot")
        value = app.model.metrics.series("Loss/Total").last[0]
        assert f"Loss/Total  {value:.5f}" in text_of(app, "#plot")
        plot(app).plotter.choice.cursor = 1000.0
        await pilot.press("right", "left")
        assert "edit" in text_of(app, "#title")
        await pilot.press("end")
        assert "newest values" in text_of(app, "#title")
        assert "┊" not in text_of(app, "#plot")
        await pilot.press("right")  # nothing lies to the right of the newest values
        assert "at step 4,000" in text_of(app, "#title")
        await pilot.press("pageup", "left")
        cells = plot(app).plot_width
        assert plot(app).plotter.choice.cursor == (cells - 12 + 0.5) / cells * 4000

    drive(app, scenario)


def test_zoom_pan_and_window() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        span = lambda: plot(app).plotter.span  # noqa: E731
        assert span() == (0, 4000)
        await pilot.press("plus", "plus")
        assert span() == (3000, 4000)
        assert "zoomed in" in text_of(app, "#words")
        await pilot.press("left_square_bracket")
        assert span() == (2500, 3500)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert span() == (3000, 4000)
        await pilot.press("home", *(["left"] * 3))
        assert span()[0] < 3000, "a cursor pushed over the edge takes the steps along"
        await pilot.press("0")
        assert span() == (0, 4000)
        await pilot.press("z")
        assert "last 10%" in text_of(app, "#words") and span() == (3600, 4000)
        await pilot.press("z", "z")
        assert "last 1,000 steps" in text_of(app, "#words") and span() == (3000, 4000)
        await pilot.press("z")
        assert "whole run" in text_of(app, "#words")
        await pilot.press(*(["plus"] * 20))
        assert span()[1] - span()[0] == 10

    drive(app, scenario)


def test_scale_and_smoothing() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("l")
        assert text_of(app, "#words").startswith("log scale")
        seen = []
        for _ in range(4):
            await pilot.press("o")
            seen.append(text_of(app, "#words").split(" · ")[1])
        assert seen == [
            "strong smoothing, 200 steps",
            "not smoothed",
            "light smoothing, 20 steps",
            "medium smoothing, 100 steps",
        ]

    drive(app, scenario)


def test_the_plot_is_as_it_was_left() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("l", "plus", "left", "escape", "m")
        assert "log scale" in text_of(app, "#words") and "zoomed in" in text_of(app, "#words")
        assert "at step" in text_of(app, "#title")

    drive(app, scenario)


def test_new_data_are_drawn_every_three_seconds_and_equal_ones_never() -> None:
    clock = FakeClock()
    app, link = plotted(clock=clock)

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        first = plot(app).rows
        for step in range(4001, 4005):
            link.now = snapshot(step, losses={"Total": 9.0})
            clock.now += PLOT_SECONDS / 5
            await tick(pilot)
            assert plot(app).rows == first
        clock.now += PLOT_SECONDS
        link.now = snapshot(4005)
        await tick(pilot)
        assert plot(app).rows != first
        repainted: list[object] = []
        widget = plot(app)
        widget.refresh = lambda *regions, **_: repainted.extend(regions) or widget  # type: ignore[method-assign]
        clock.now += PLOT_SECONDS
        widget.update()
        assert repainted == []

    drive(app, scenario)


def test_a_picture_that_costs_much_waits_until_it_may() -> None:
    def rows(character: str) -> list[Row]:
        return [((character * 50, "text"),)] * 10

    cost = bytes_of_change(rows("a"), rows("b"))
    assert cost == 10 * (8 + 40 + 50)
    assert bytes_of_change(rows("a"), rows("a")) == 0
    paced = Paced(3.0, rate=cost / 10)
    shown = [
        paced.rows("same", float(now), lambda: rows("a" if now < 3 else "b"))[0][0][0][0]  # noqa: B023
        for now in range(15)
    ]
    assert "".join(shown) == "aaaaaaaaaaaabbb"
    assert paced.rows("key", 14.5, lambda: rows("c")) == rows("c")


def test_a_paused_run_redraws_nothing() -> None:
    clock = FakeClock()
    app, link = plotted(clock=clock)

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        link.now = snapshot(4000, state="paused")
        await tick(pilot)
        rows = plot(app).rows
        for second in range(5):
            clock.now += PLOT_SECONDS
            link.now = snapshot(4000, state="paused", time=START + second)
            await tick(pilot)
        assert plot(app).rows == rows

    drive(app, scenario)


def test_a_run_that_has_not_begun_and_one_of_a_single_step() -> None:
    link = FakeLink(starting())
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("m", "left", "plus", "minus", "end", "z", "l", "n", "left_square_bracket")
        assert "no values yet" in text_of(app, "#plot")
        await pilot.press("0", "l")
        link.now = snapshot(1)
        await tick(pilot)
        assert "Loss/Total" in text_of(app, "#plot")
        assert any("\u2800" < c <= "\u28ff" for c in text_of(app, "#plot").split("│", 1)[1])

    drive(app, scenario)


def test_a_run_of_nothing_but_nan_says_so() -> None:
    nothing = {"Total": math.nan}
    app = make_app(FakeLink(snapshot(500, losses=nothing, smooth_losses=nothing)))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("m")
        assert "no value in these steps" in text_of(app, "#plot")
        assert "Loss/Total  NaN" in text_of(app, "#plot")

    drive(app, scenario)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (160, 50), (250, 80)])
def test_it_fits_with_and_without_the_list(width: int, height: int) -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("f", "down", "enter", "down", "enter")
        widgets = [app.screen.query_one(name) for name in ("#plot", "#metrics", "#footer")]
        for widget in widgets:
            assert widget.region.right <= width and widget.region.bottom <= height
        assert widgets[0].region.right <= widgets[1].region.x
        assert all(len(line) <= width for line in screen_text(app).splitlines())
        await pilot.press("escape")
        assert max(map(len, text_of(app, "#plot").splitlines())) == width - 2

    drive(app, scenario, (width, height))


def test_names_match_by_words_in_any_order() -> None:
    names = ["Loss/Total", "Loss/L1", "Validation/PSNR network"]
    assert matching(names, "") == names
    assert matching(names, " NET psnr") == ["Validation/PSNR network"]
    assert matching(names, "loss l") == ["Loss/Total", "Loss/L1"]
    assert matching(names, "none") == []
    assert matching(["Learning rate", "Gradient norm"], "LR") == ["Learning rate"]


def test_the_bar_of_the_list_has_no_hole() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        await pilot.press("f")
        row = next(
            row for row in app.screen.query_one(MetricList).rows if row and row[0][0] == "▸ "
        )
        assert {style for _, style in row} == {"selected"}
        assert text_of(app, "#footer") == "↑↓ Select   Enter Show or hide   Esc Close"

    drive(app, scenario)


def test_the_footer_names_the_keys_that_do_something_at_80_columns() -> None:
    app, _ = plotted()

    async def scenario(pilot: Driver) -> None:
        await open_plot(pilot)
        assert text_of(app, "#footer") == (
            "F Choose  ←→ Cursor  + − Zoom  Z Window  L Log  O Smooth  ? Help  Esc Back"
        )
        await pilot.press("plus")
        zoomed = text_of(app, "#footer")
        assert "[ ] Pan" in zoomed and "0 Whole" in zoomed and "N Scales" not in zoomed
        await pilot.press("0", "f", "down", "enter", "escape")
        assert "Pan" not in text_of(app, "#footer") and "N Scales" in text_of(app, "#footer")
        await pilot.press("plus")
        zoomed = text_of(app, "#footer")
        assert "[ ] Pan" in zoomed and "0 Whole" in zoomed and "N Scales" in zoomed
        assert zoomed.endswith("? Help  Esc Back")

    drive(app, scenario, (80, 24))
