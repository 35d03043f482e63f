"""The form for a new run: typing, pasting, completing, judging, measuring, starting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot

from tests.tui.starting import RECIPES, FakeForm, FakeRuns, drive_start, make_start, seen, settled
from vsrppp_tui.commands.judge_draft import NO_SOURCE
from vsrppp_tui.tui.start.app import StartApp
from vsrppp_tui.tui.start.entries import Choice, New
from vsrppp_tui.tui.start.form_rows import FormRows
from vsrppp_tui.tui.start.new_run import Draft, Speed
from vsrppp_tui.tui.start.new_screen import NewScreen
from vsrppp_tui.tui.widgets.rows import RowWidget

Scenario = Callable[[Pilot[Choice]], Awaitable[None]]


def in_form(
    scenario: Scenario,
    form: FakeForm | None = None,
    size: tuple[int, int] = (100, 30),
    app: StartApp | None = None,
) -> Choice | None:
    """Run `scenario` with the form open and judged."""
    app = app or make_start(FakeRuns(), form=form)

    async def opened(pilot: Pilot[Choice]) -> None:
        if not isinstance(pilot.app.screen, NewScreen):
            await pilot.press("n")
        await settled(pilot)
        await settled(pilot)
        await scenario(pilot)

    return drive_start(app, opened, size)


async def type_text(pilot: Pilot[Choice], text: str) -> None:
    names = {"/": "slash", ".": "full_stop", " ": "space", "-": "minus", "_": "underscore"}
    await pilot.press(*(names.get(character, character) for character in text))
    await settled(pilot)
    await settled(pilot)


async def paste(pilot: Pilot[Choice], text: str) -> None:
    pilot.app.screen.query_one(FormRows).post_message(Paste(text))
    await settled(pilot)
    await settled(pilot)


def shown(pilot: Pilot[Choice]) -> str:
    assert isinstance(pilot.app, StartApp)
    return seen(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50), (250, 80)])
def test_all_of_it_fits(size: tuple[int, int]) -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press("down")
        text = shown(pilot)
        for word in ("Source", "/data/set", "1,204 pairs", "Recipe", "Run folder", "Features"):
            assert word in text
        for word in ("VGG19 term", "Start training", "5,855,142 parameters", "1.9 GB of 80.0 GB"):
            assert word in text
        for word in ("unknown until measured: Ctrl+T", "vsrppp train --run-dir runs/vsrppp", "Esc"):
            assert word in text
        for widget in pilot.app.screen.query(RowWidget):
            for line in widget.text.split("\n"):
                assert len(line) <= widget.content_size.width, line
        costs = pilot.app.screen.query_one("#costs", RowWidget)
        assert "…" not in costs.text, "the least important words give way whole"
        assert costs.region.y <= 18, "what it costs stands beside the fields also on a tall screen"

    in_form(scenario, size=size)


def test_a_value_is_replaced_by_what_is_typed_and_shows_in_the_command() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press("down", "down", "down", "6", "4")
        await settled(pilot)
        await settled(pilot)
        assert "--set N_FEATS=64 --set DATASET_ROOT=/data/set" in shown(pilot)
        assert "2,602,285 parameters" in shown(pilot)
        await pilot.press("enter", "backspace", "2")  # 30 becomes 32
        await settled(pilot)
        await settled(pilot)
        assert form.judged[-1].values == (("N_FEATS", "64"), ("N_BLOCKS", "32"))

    in_form(scenario, form)


def test_keys_typed_without_a_pause_keep_their_order() -> None:
    """Bindings would be run a queue later than typed characters."""
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        driver = pilot.app._driver
        assert driver is not None
        keys = ["down", "down", "down", "1", "6", "enter", "4", "enter", "enter", "2", "enter"]
        for key in keys:  # `Pilot.press` would wait after each
            event = Key(key, key if len(key) == 1 else None)
            event.set_sender(pilot.app)
            driver.send_message(event)
        await settled(pilot)
        await settled(pilot)
        typed = dict(form.judged[-1].values)
        assert typed == {"N_FEATS": "16", "N_BLOCKS": "4", "ACCUMULATION_STEPS": "2"}

    in_form(scenario, form)


def test_another_recipe_has_its_own_fields_and_folder() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down", "right")
        await settled(pilot)
        await settled(pilot)
        text = shown(pilot)
        assert "runs/wqv" in text and "Enlarge" in text and "Blocks" not in text
        await pilot.press("down", "down", "down", "left")  # 4 becomes 2
        await settled(pilot)
        await settled(pilot)
        assert form.judged[-1] == Draft("", "wqv", "runs/wqv", (("SCALE", "2"),))

    in_form(scenario, form)


@pytest.mark.parametrize("text", ["/data/a clip.mp4", "'/data/a clip.mp4'\n", "/data/a\\ clip.mp4 ",
                                  "file://" + quote("/data/a clip.mp4")])  # fmt: skip
def test_a_dropped_file_is_the_source_wherever_the_cursor_is(text: str) -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down")
        await paste(pilot, text)
        assert form.judged[-1].source == "/data/a clip.mp4"

    in_form(scenario, form)


def test_tab_completes_and_then_goes_through_the_entries() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await type_text(pilot, "/d/tw")
        await pilot.press("tab")
        await settled(pilot)
        assert "/d/two.mp4" in shown(pilot)
        await paste(pilot, "/d/")
        form.problems["/d/"] = "no dataset"
        for expected in ("/d/clips/", "/d/one.mp4", "/d/two.mp4", "/d/clips/"):
            await pilot.press("tab")
            await settled(pilot)
            assert expected in shown(pilot)
            assert f"▸ {expected.rpartition('/d/')[2]}" in shown(pilot)
        await pilot.press("down", "tab")
        assert "▸ Run folder" in shown(pilot)

    in_form(scenario, form)


def test_enter_goes_down_and_starts_at_the_end() -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press(*["enter"] * 10)
        assert "▸ [ Start training ]" in shown(pilot)
        await pilot.press("enter")
        await settled(pilot)

    assert in_form(scenario) == New(Draft("/data/set", "vsrppp", "runs/vsrppp", ()))


def test_a_start_waits_for_the_newest_judgement_and_goes_to_what_is_wrong() -> None:
    form = FakeForm(problems={"": NO_SOURCE, "/x": "There is nothing at /x."})

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down", "ctrl+s")
        await settled(pilot)
        assert f"✗ {NO_SOURCE}" in shown(pilot)
        assert "▸ Source ✗" in shown(pilot)
        pilot.app.screen.query_one(FormRows).post_message(Paste("/x"))
        await pilot.press("ctrl+s")  # before anything was judged
        await settled(pilot)
        await settled(pilot)
        assert "✗ There is nothing at /x." in shown(pilot)
        assert pilot.app.return_value is None

    assert in_form(scenario, form) is None


def test_time_is_told_once_measured() -> None:
    form = FakeForm(speed=Speed(2.0e12, 2_300_000_000, "4 samples of 180x180 pixels"))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press("ctrl+t")
        await settled(pilot)
        text = shown(pilot)
        assert (
            "about 2.0 s a step, 2 d 7 h in all (measured with 4 samples of 180x180 pixels)" in text
        )
        assert "2.3 GB measured with libraries, of 80.0 GB" in text
        await pilot.press("down", "down", "down", "8")
        await settled(pilot)
        await settled(pilot)
        assert "before the change" in shown(pilot)
        assert "about 158 MB" in shown(pilot)

    in_form(scenario, form, (160, 50))


def test_leaving_ends_a_measurement_and_keeps_what_was_filled_in() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert "taking a few steps" in shown(pilot)
        await pilot.press("escape")
        for _ in range(200):
            if form.cancelled[0].is_set():
                break
            await asyncio.sleep(0.01)
        assert form.cancelled[0].is_set()
        await settled(pilot)
        assert "Recent runs" in shown(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert "/data/set" in shown(pilot)

    in_form(scenario, form)


def test_notices_are_said_before_the_start() -> None:
    form = FakeForm(notices=(("warning", "The VGG19 weights are not on this machine."),))

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        assert "⚠ The VGG19 weights are not on this machine." in shown(pilot)

    in_form(scenario, form)


def test_what_could_not_begin_comes_back_with_everything() -> None:
    draft = Draft("/data/set", "wqv", "runs/mine", (("SCALE", "8"),))
    app = make_start(FakeRuns(), draft=draft, message="The VGG19 weights could not be downloaded.")

    async def scenario(pilot: Pilot[Choice]) -> None:
        text = shown(pilot)
        assert "✗ The VGG19 weights could not be downloaded." in text
        assert "/data/set" in text and "runs/mine" in text
        await pilot.press("ctrl+s")
        await settled(pilot)

    assert in_form(scenario, app=app) == New(draft)


def test_a_start_ends_a_measurement() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await paste(pilot, "/data/set")
        await pilot.press("ctrl+t", "ctrl+s")
        await pilot.pause()

    assert isinstance(in_form(scenario, form), New)
    assert form.cancelled[0].is_set()


def test_a_long_sentence_is_shown_whole() -> None:
    long = "The VGG19 weights are needed, and they could not be downloaded. " * 5 + "The end."
    form = FakeForm(problems={"": long})

    async def scenario(pilot: Pilot[Choice]) -> None:
        assert "The end." in shown(pilot)
        assert pilot.app.screen.query_one("#message").size.height > 2
        await pilot.press("up", *["down"] * 12)
        assert "▸ [ Start training ]" in shown(pilot)
        await paste(pilot, "/data/set")
        assert pilot.app.screen.query_one("#message").size.height == 2

    in_form(scenario, form, (80, 24))


def test_what_a_value_takes_is_told_whole_in_a_small_terminal() -> None:
    async def scenario(pilot: Pilot[Choice]) -> None:
        text = shown(pilot)
        for field in RECIPES[0].fields:
            assert field.allowed in text
        assert "\n  [ Start training ]" in text

    in_form(scenario, size=(80, 24))


def test_the_vgg19_term_is_turned_off_by_typing_0() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        while "▸ VGG19 term" not in shown(pilot):
            await pilot.press("down")
        await type_text(pilot, "0")
        assert form.judged[-1].values == (("PERCEPTUAL_WEIGHT", "0"),)
        assert "0: off, no VGG19" in shown(pilot)

    in_form(scenario, form)


def test_a_choice_is_taken_by_typing_it() -> None:
    form = FakeForm()

    async def scenario(pilot: Pilot[Choice]) -> None:
        await pilot.press("down", "right", "down", "down", "down")
        assert "▸ Enlarge" in shown(pilot)
        await type_text(pilot, "8")
        assert form.judged[-1].values == (("SCALE", "8"),)
        await type_text(pilot, "7")
        assert form.judged[-1].values == (("SCALE", "8"),)

    in_form(scenario, form)
