"""Themes: readable, told apart without hue, and in `ansi` no colour but the terminal's own."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import pytest
from textual.color import Color
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES

from tests.tui.comparisons import run_with_pictures
from tests.tui.driving import Driver, drive, history_loaded, make_app, picture_drawn, text_of, tick
from tests.tui.recorded import FakeLink, events, history, snapshot
from tests.tui.starting import FakeRuns, drive_start, entry, live, make_start
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.screens.pictures import PictureScreen
from vsrppp_tui.tui.screens.theme import ThemeScreen
from vsrppp_tui.tui.settings import Settings, UserSettings
from vsrppp_tui.tui.start.entries import Choice
from vsrppp_tui.tui.themes import THEMES
from vsrppp_tui.tui.widgets.rows import STYLES, RowWidget

RGB_THEMES = [choice.name for choice in THEMES if not choice.theme.ansi]
# Dim text; limits, tracks and gaps; the cloud behind the smoothed curve.
LEAST = {"dim": 3.0, "faint": 3.0, "curve-raw": 3.0}
SCREENS = ([], ["i"], ["i", "space"], ["i", "d"], ["enter"], ["enter", "down", "enter"])
SCREENS += (["question_mark"], ["q"], ["ctrl+p"], ["p"], ["b"], ["b", "down"], ["m"], ["m", "down"])


def luminance(colour: Color) -> float:
    """Relative luminance, WCAG 2.1."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def app_of(run_dir: Path, theme: str = "dark") -> DashboardApp:
    link = run_with_pictures(run_dir)
    return make_app(link, run_dir=run_dir, settings=UserSettings(Path(), Settings(theme=theme)))  # type: ignore[arg-type]


def colours(widget: RowWidget, name: str) -> tuple[Color, Color]:
    """Text and ground of a style as it is drawn."""
    style = widget._style(name)
    assert style.color is not None and style.bgcolor is not None
    return Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)


@pytest.mark.parametrize("theme", RGB_THEMES)
def test_text_stands_out_from_its_ground(theme: str, tmp_path: Path) -> None:
    app = app_of(tmp_path, theme)
    short: list[str] = []

    async def scenario(pilot: Driver) -> None:
        for ground in ("#loss", "#header"):  # the background and the panel colour
            widget = app.screen.query_one(ground, RowWidget)
            for name in STYLES:
                found = contrast(*colours(widget, name))
                if found < LEAST.get(name, 4.5):
                    short.append(f"{name} on {ground}: {found:.2f}")

    drive(app, scenario)
    assert not short


@pytest.mark.parametrize("theme", RGB_THEMES)
def test_the_selected_row_stands_out_from_the_others(theme: str, tmp_path: Path) -> None:
    app = app_of(tmp_path, theme)

    async def scenario(pilot: Driver) -> None:
        for ground in ("#loss", "#header"):
            widget = app.screen.query_one(ground, RowWidget)
            plain = colours(widget, "text")[1]
            assert contrast(colours(widget, "selected")[1], plain) > 1.25
            assert contrast(colours(widget, "cursor")[1], plain) > 3

    drive(app, scenario)


def test_the_colour_blind_theme_needs_no_hue(tmp_path: Path) -> None:
    app = app_of(tmp_path, "colour-blind")

    async def scenario(pilot: Driver) -> None:
        widget = app.screen.query_one("#loss", RowWidget)
        bright = {name: luminance(colours(widget, name)[0]) for name in ("good", "curve")}
        bright |= {name: luminance(colours(widget, name)[0]) for name in ("warning", "text")}
        steps = sorted(bright.values())
        ratios = [(b + 0.05) / (a + 0.05) for a, b in pairwise(steps)]
        assert min(ratios) > 1.25, bright
        assert bright["warning"] / bright["good"] > 2
        assert colours(widget, "error")[1] != colours(widget, "text")[1], "a ground of its own"

    drive(app, scenario)


def test_only_our_themes_are_offered_and_the_settings_choose(tmp_path: Path) -> None:
    names = {"dark", "light", "colour-blind", "ansi"}
    assert {choice.name for choice in THEMES} == names
    assert not names & BUILTIN_THEMES.keys()
    for name in names:
        app = app_of(tmp_path, name)
        assert app.theme == name
        assert set(app.available_themes) == names
    assert make_app(FakeLink(snapshot(4210))).theme == "dark"


def test_the_theme_that_is_kept_goes_into_the_settings_and_one_looked_at_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "settings.json"
    settings = UserSettings(path)
    app = make_app(FakeLink(snapshot(4210)), settings=settings)

    async def choose(pilot: Driver, *keys: str) -> str:
        app.action_change_theme()
        await pilot.pause()
        await pilot.press(*keys)
        for _ in range(100):
            await tick(pilot)
            if path.exists() and app.theme in path.read_text():
                break
            await asyncio.sleep(0.01)
        return path.read_text() if path.exists() else ""

    async def scenario(pilot: Driver) -> None:
        assert await choose(pilot, "down", "down", "escape") == ""
        assert '"theme": "light"' in await choose(pilot, "down", "enter")
        assert '"theme": "dark"' in await choose(pilot, "up", "enter"), "back to the first one too"

    drive(app, scenario)


def test_the_choice_shows_each_theme_on_the_screen_behind(tmp_path: Path) -> None:
    app = app_of(tmp_path)

    async def scenario(pilot: Driver) -> None:
        panel = app.screen.query_one("#loss", RowWidget)
        seen = {str(panel._style("accent"))}
        app.action_change_theme()
        await pilot.pause()
        assert isinstance(app.screen, ThemeScreen)
        for name in ("light", "colour-blind", "ansi"):
            await pilot.press("down")
            await pilot.pause()
            assert app.theme == name
            assert f"▸ {name}" in text_of(app, "#theme-list")
            seen.add(str(panel._style("accent")))
        assert len(seen) == 4
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "dark"
        assert app.screen.query("#loss")
        app.action_change_theme()
        await pilot.pause()
        await pilot.press("up", "up", "enter")
        await pilot.pause()
        assert app.theme == "colour-blind"
        assert app.screen.query("#loss")
        app.action_change_theme()
        await pilot.pause()
        assert "▸ colour-blind" in text_of(app, "#theme-list"), "it begins at the one in force"

    drive(app, scenario)


class Terminal:
    """What is written, and the colours in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.text = ""
        monkeypatch.setenv("COLORTERM", "truecolor")
        monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
        monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: self.take(data))

    def take(self, data: str) -> None:
        self.text += data

    @property
    def codes(self) -> set[str]:
        """The parameters of all SGR sequences, colours of 256 and RGB as a whole."""
        found: set[str] = set()
        for sequence in re.findall(r"\x1b\[([\d;]*)m", self.text):
            pattern = r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+"
            found |= set(re.findall(pattern, sequence))
        return found


async def walk(app: DashboardApp, pilot: Driver, keys: list[str]) -> None:
    """Open a screen by its keys, let news come, and go back."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
        if isinstance(app.screen, PictureScreen):
            await picture_drawn(pilot)
    await tick(pilot)
    for _ in range(4):
        if len(app.screen_stack) > 1:
            await pilot.press("escape")
            await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("begin", ["ansi", "light"])
def test_ansi_sends_the_colours_of_the_terminal_alone(
    begin: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(monkeypatch)
    app = app_of(tmp_path, begin)

    async def scenario(pilot: Driver) -> None:
        if begin != "ansi":
            app.theme = "ansi"
            await pilot.pause()
            await pilot.pause()
            terminal.text = ""
        await history_loaded(pilot)
        for keys in SCREENS:
            await walk(app, pilot, list(keys))
        app.action_change_theme()
        await pilot.pause()
        assert not [code for code in terminal.codes if code[1:].startswith("8;2")]
        assert "7" in terminal.codes, "what is selected is reversed"
        assert "2" in terminal.codes, "what is dim is dim"

    drive(app, scenario, size)


def test_ansi_draws_pictures_in_the_fixed_colours_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(monkeypatch)
    app = app_of(tmp_path, "ansi")

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("i")
        await picture_drawn(pilot)
        assert "256 colours in this theme" in text_of(app, "#place")
        fixed = {int(code.split(";")[2]) for code in terminal.codes if code[1:3] == "8;"}
        assert len(fixed) > 5
        assert min(fixed) >= 16, "the first 16 are the user's own, and can be anything"

    drive(app, scenario)


@pytest.mark.parametrize("theme", [choice.name for choice in THEMES])
def test_without_colours_selection_and_cursor_are_seen(
    theme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(monkeypatch)
    app = app_of(tmp_path, theme)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        widget = app.screen.query_one("#loss", RowWidget)
        assert widget._style("selected").reverse
        cursor = widget._style("cursor")
        assert cursor.reverse and cursor.underline
        assert widget._style("error").bold
        for keys in SCREENS:
            await walk(app, pilot, list(keys))
        assert terminal.codes <= {"0", "1", "2", "3", "4", "7", "9"}, "attributes, and no colour"
        assert "7" in terminal.codes and "2" in terminal.codes
        assert "4" in terminal.codes, "the row of the palette is underlined"

    drive(app, scenario)


def test_marks_and_words_tell_what_colours_tell(tmp_path: Path) -> None:
    """Every piece in the colour of a state has a mark or a word of its own."""
    link = FakeLink(snapshot(4210), history(4210))
    link.happened = events(4210)
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        await history_loaded(pilot)
        for widget in app.screen.query(RowWidget):
            for row in widget.rows:
                told = {style for _, style in row} & {"good", "warning", "error"}
                text = "".join(piece for piece, _ in row)
                assert not told or re.search(r"[✓✗⚠❄▶⏸▲═⬆⬇★!…]|▸|■", text), (widget.id, text)

    drive(app, scenario, (160, 50))


def test_the_start_screen_has_the_theme_of_the_settings_and_ansi_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal(monkeypatch)
    settings = UserSettings(Path(), Settings(theme="ansi"))
    app = make_start(FakeRuns([entry(), live()]), settings=settings)

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down", "ctrl+p")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        app.action_change_theme()
        await pilot.pause()
        assert app.theme == "ansi"
        assert terminal.codes
        assert not [code for code in terminal.codes if code[1:].startswith("8;2")]

    drive_start(app, scenario)
