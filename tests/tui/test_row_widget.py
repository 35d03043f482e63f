"""Rows reach the terminal only where they changed."""

from __future__ import annotations

import re

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.screen import Screen

from tests.tui.driving import Driver, drive, history_loaded, make_app, screen_text, text_of, tick
from tests.tui.recorded import CONFIG, FakeClock, FakeLink, events, history, snapshot
from tests.tui.setting import set_value
from vsrppp_tui.tui.lean import LeanCompositor
from vsrppp_tui.tui.sgr import LeanColours
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, changed_regions

ROWS = st.lists(
    st.tuples(st.text("ab━ ", max_size=6), st.sampled_from(["text", "dim"])), max_size=6
).map(tuple)


def cells(row: Row, width: int) -> list[tuple[str, str]]:
    flat = [(character, style) for text, style in row for character in text]
    return (flat + [(" ", "text")] * width)[:width]


@given(ROWS, ROWS, st.integers(1, 30))
def test_the_regions_cover_every_change_and_stay_inside(old: Row, new: Row, width: int) -> None:
    regions = changed_regions(old, new, 3, width)
    covered = {x for region in regions for x in range(region.x, region.right)}
    pairs = enumerate(zip(cells(old, width), cells(new, width), strict=True))
    assert {x for x, (a, b) in pairs if a != b} <= covered
    assert covered <= set(range(width))
    assert all(region.y == 3 and region.height == 1 for region in regions)


def test_equal_rows_and_wide_characters() -> None:
    row: Row = (("名前 ", "text"), ("1", "dim"))
    assert changed_regions(row, row, 0, 20) == []
    (region,) = changed_regions(row, (("名前 ", "text"), ("2", "dim")), 0, 20)
    assert region.contains(5, 0)


class Written:
    """Counts what the app sends to its terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        self._colours = LeanColours()
        monkeypatch.setenv("COLORTERM", "truecolor")  # the longest colour sequences there are
        monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
        monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: self.count(data))

    def count(self, data: str) -> None:
        self.bytes += len((self._colours.lean(data) + self._colours.rest()).encode())


def drawn_on(monkeypatch: pytest.MonkeyPatch) -> pyte.Screen:
    """The terminal of 120x40 that the app draws on."""
    terminal = pyte.Screen(120, 40)
    stream = pyte.Stream(terminal)
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: stream.feed(data))
    return terminal


def test_training_writes_little_and_a_pause_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    clock = FakeClock()
    link = FakeLink(snapshot(4210), history(4210))
    link.happened = events(4210)
    ticks = 48

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        written.bytes = 0
        for at in range(1, ticks + 1):  # four snapshots a second, three steps each
            link.now = snapshot(4210 + 3 * at)
            clock.now += 0.25
            await tick(pilot)
        assert 0 < written.bytes / ticks * 4 < 6_000, "bytes a second"

        link.now = paused = snapshot(4400, state="paused")
        await tick(pilot)
        written.bytes = 0
        for at in range(1, 40):
            clock.now += 0.25
            # The machine may still be looked at, and the object may be a new one.
            link.now = snapshot(4400, seq=5000 + at, state="paused", machine=snapshot(at).machine)
            link.now = link.now if at % 2 else paused
            await tick(pilot)
        assert written.bytes == 0

    drive(make_app(link, clock), scenario, (160, 50))


def test_a_screen_in_front_is_not_written_again_for_the_one_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = Written(monkeypatch)
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        written.bytes = 0
        for at in range(1, 10):
            link.now = snapshot(4210 + at)
            await tick(pilot)
        assert written.bytes == 0
        await pilot.press("escape")
        assert "4,219" in text_of(app, "#header")

    drive(app, scenario)


def test_a_new_name_repaints_its_side_of_the_frame_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    app = make_app(FakeLink(snapshot(4210), history(4210)))

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        panel = app.screen.query_one("#loss", RowWidget)
        for names in ({"title": "Other"}, {"subtitle": "words"}):
            written.bytes = 0
            panel.entitle(**names)
            await pilot.pause()
            assert 0 < written.bytes < 4 * panel.outer_size.width
        written.bytes = 0
        panel.entitle(title="Other", subtitle="words")
        await pilot.pause()
        assert written.bytes == 0
        drawn = [
            "".join(piece.text for piece in strip)
            for strip in app.screen._compositor.render_strips()
        ]
        region = panel.region
        assert drawn[region.y][region.x : region.right].startswith("╭─ Other ─")
        assert drawn[region.bottom - 1][region.x : region.right].endswith("─ words ─╯")

    drive(app, scenario, (160, 50))


class Rows(Screen[None]):
    """Two widgets of rows, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LeanCompositor()

    def compose(self) -> ComposeResult:
        yield RowWidget(id="rows")
        yield RowWidget(id="below")


@pytest.mark.parametrize("height", [0, 1, 2])
def test_rows_may_change_while_their_widget_shrinks(
    monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    terminal = drawn_on(monkeypatch)
    app = make_app(FakeLink(snapshot(4210)))

    async def scenario(pilot: Driver) -> None:
        app.push_screen(Rows())
        await pilot.pause()
        upper, lower = app.screen.query(RowWidget).results(RowWidget)
        upper.styles.height, lower.styles.height = 3, 1
        upper.show([(("a" * 9, "text"),)] * 3)
        lower.show([(("below", "text"),)])
        await pilot.pause()
        upper.show([((letter * 9, "text"),) for letter in "bcd"])
        upper.styles.height = height
        await pilot.pause()
        upper.refresh(Region(0, 2, 9, 1))  # of a row that it had before
        await pilot.pause()
        shown = [*["b" * 9, "c" * 9][:height], "below", ""]
        assert [line.rstrip() for line in terminal.display[: height + 2]] == shown

    drive(app, scenario)


def test_an_equal_snapshot_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    link = FakeLink(snapshot(4210))
    drawn: list[int] = []
    draw = RowWidget.render_line

    def counted(self: RowWidget, y: int) -> object:
        drawn.append(y)
        return draw(self, y)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        monkeypatch.setattr(RowWidget, "render_line", counted)
        for seq in range(1, 5):
            link.now = snapshot(4210, seq=10_000 + seq)
            await tick(pilot)

    drive(make_app(link), scenario)
    assert drawn == []


def test_what_is_written_cell_by_cell_is_what_a_full_frame_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The terminal after many small updates holds the same text as the screen drawn at once."""
    terminal = drawn_on(monkeypatch)
    clock = FakeClock()
    link = FakeLink(snapshot(4210), history(4210))
    app = make_app(link, clock)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        for at in range(30):
            link.now = snapshot(4210 + 97 * at)
            clock.now += 1.0
            await tick(pilot)
            if at % 7 == 0:
                await pilot.press("s")
        drawn = app.screen._compositor.render_strips()
        shown = ["".join(segment.text for segment in strip) for strip in drawn]
        assert [line.rstrip() for line in terminal.display] == [line.rstrip() for line in shown]

    drive(app, scenario)


def colours(written: str) -> set[tuple[str, str, str]]:
    found = re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", written)
    return {(red, green, blue) for red, green, blue in found}


def test_no_color_writes_no_colour_in_small_updates_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    clock = FakeClock()
    link = FakeLink(snapshot(4210))

    async def scenario(pilot: Driver) -> None:
        for at in range(8):
            link.now = snapshot(4211 + 50 * at)
            clock.now += 1.0
            await tick(pilot)

    drive(make_app(link, clock), scenario)
    assert len(written) > 4
    assert not colours("".join(written))


def test_rows_follow_the_theme() -> None:
    app = make_app(FakeLink(snapshot(4210)))

    async def scenario(pilot: Driver) -> None:
        panel = app.screen.query_one("#loss", RowWidget)
        dark = [segment.style for segment in panel.render_line(0)]
        app.theme = "light"
        await pilot.pause()
        light = [segment.style for segment in panel.render_line(0)]
        assert dark != light

    drive(app, scenario)


def test_a_widget_that_shrank_draws_nothing_where_it_was() -> None:
    """Its changed rows are noted, then it is laid out anew: they are others' to draw."""
    link = FakeLink(snapshot(100))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await pilot.press("enter")
        await set_value(pilot, app, "LR_EXPONENT", "-5")
        await pilot.press("a")
        link.answer(True, "applied at step 101: LR_EXPONENT")
        link.now = snapshot(101, config={**CONFIG, "LR_EXPONENT": -5.0})
        await tick(pilot)
        await set_value(pilot, app, "LR_EXPONENT", "-4")
        await pilot.press("x")
        assert text_of(app, "#staged") == ""
        assert "Now -5.0" in screen_text(app)

    drive(app, scenario, (160, 50))
