"""The picture screen: which picture is seen, how near, and what stands there when there is none."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tests.tui.comparisons import (
    after_validation,
    run_with_pictures,
    with_pictures,
    write_pictures,
)
from tests.tui.driving import (
    Driver,
    drive,
    history_loaded,
    make_app,
    picture_drawn,
    screen_text,
    text_of,
    tick,
)
from tests.tui.recorded import FakeLink, snapshot, starting
from tests.tui.test_row_widget import Written
from vsrppp_tui.link.interface import History
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.widgets.picture import PictureView
from vsrppp_tui.tui.widgets.rows import RowWidget


async def open_pictures(pilot: Driver) -> None:
    await history_loaded(pilot)
    await press(pilot, "i")


async def press(pilot: Driver, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await picture_drawn(pilot)


def pictured(app: DashboardApp) -> PictureView:
    return app.screen.query_one(PictureView)


def sentence(app: DashboardApp) -> str:
    assert not pictured(app).lines
    return " ".join(text_of(app, "#picture").split())


def test_the_newest_picture_is_named_measured_and_drawn(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        text = screen_text(app)
        assert "step 1,000 (newest)" in text
        assert "sample 1 of 3" in text
        assert "validation_images/step_001000/comparison_000.png" in text
        assert "Mean PSNR of 12 images  bilinear 28.31 dB  network 28.69 dB" in text
        # PSNR of this very picture, as numpy says it.
        assert "LR (bilinear)  11.87 dB" in text
        assert "KI (network)  16.48 dB" in text
        assert len(pictured(app).lines) == 19  # 38 pixels: a third of 118 columns, square
        await pilot.press("escape")
        assert app.screen.query("#loss")

    drive(app, scenario)


def test_arrows_and_letters_step_through_samples_and_validations(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    steps = [
        ("right", "step_001000/comparison_001"),
        ("n", "step_001000/comparison_002"),
        ("n", "step_001000/comparison_000"),
        ("left", "step_001000/comparison_002"),
        ("b", "step_001000/comparison_001"),
        ("up", "step_000750/comparison_001"),
        ("left_square_bracket", "step_000500/comparison_001"),
        ("up", "step_000500/comparison_001"),
        ("pagedown", "step_000750/comparison_001"),
        ("N", "step_000750/comparison_000"),
        ("down", "step_001000/comparison_000"),
        ("right_square_bracket", "step_001000/comparison_000"),
    ]

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        drawn = {pictured(app).lines}
        for key, name in steps:
            await press(pilot, key)
            assert f"validation_images/{name}.png" in text_of(app, "#file"), key
            drawn.add(pictured(app).lines)
        assert len(drawn) > 3, "the pictures differ"

    drive(app, scenario)


def test_a_newer_validation_is_announced_and_does_not_take_the_place_of_the_one_looked_at(
    tmp_path: Path,
) -> None:
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        before = pictured(app).lines
        for step in (1250, 1500):
            write_pictures(tmp_path, with_pictures(step))
            link.now = after_validation(step)
            await tick(pilot)
            await picture_drawn(pilot)
        assert "step 1,000 (3 of 5)" in text_of(app, "#title")
        assert "] newer" in text_of(app, "#title")
        assert pictured(app).lines == before
        await press(pilot, "right_square_bracket")
        assert "step 1,250 (4 of 5)" in text_of(app, "#title")
        assert pictured(app).lines != before
        await press(pilot, "end")
        assert "step 1,500 (newest)" in text_of(app, "#title")
        assert "newer" not in text_of(app, "#title")

    drive(app, scenario)


def test_a_second_validation_at_the_same_step_shows_its_own_picture(tmp_path: Path) -> None:
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        before = pictured(app).lines
        again = replace(with_pictures(1000), time=1_800_000_000.0)
        for at, name in enumerate(again.pictures):
            (tmp_path / name).write_bytes((tmp_path / again.pictures[at - 1]).read_bytes())
        link.now = snapshot(1000, seq=7777, validation=again)
        await tick(pilot)
        await picture_drawn(pilot)
        assert "sample 1 of 3" in text_of(app, "#title")
        assert app.model.validations.results[-1] == again
        assert pictured(app).lines != before

    drive(app, scenario)


def test_zoom_keeps_its_place_in_every_picture_and_arrows_move_about(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    def seen() -> str:
        return text_of(app, "#place").strip()

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        assert seen() == "whole, 75×75 px"
        await press(pilot, "minus")
        assert seen() == "whole, 75×75 px"
        await press(pilot, "plus", "plus")
        assert seen() == "zoom 2  19×34 at 28,20 of 75×75 px"
        await press(pilot, "plus")
        assert seen() == "zoom 4  10×17 at 32,29 of 75×75 px"
        await press(pilot, "equals_sign", "plus")
        assert seen() == "zoom 8  5×9 at 35,33 of 75×75 px"
        await press(pilot, "minus")
        await press(pilot, "right", "down", "down")
        assert seen() == "zoom 4  10×17 at 34,37 of 75×75 px"
        await press(pilot, "n", "left_square_bracket")
        assert "step_000750/comparison_001" in text_of(app, "#file")
        assert seen() == "zoom 4  10×17 at 34,37 of 75×75 px"
        await press(pilot, *["right"] * 60)
        assert seen() == "zoom 4  10×17 at 65,37 of 75×75 px"
        await press(pilot, "left")
        assert seen() == "zoom 4  10×17 at 63,37 of 75×75 px"
        await press(pilot, "0")
        assert seen() == "whole, 75×75 px"
        for zoom in ("zoom 1 ", "zoom 2 ", "zoom 4 ", "zoom 8 ", "whole"):
            await press(pilot, "z")
            assert seen().startswith(zoom)

    drive(app, scenario)


def test_a_resize_fits_the_picture_again(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        for size, lines in (((80, 24), 13), ((160, 50), 26), ((10, 5), 0), ((80, 12), 6)):
            await pilot.resize_terminal(*size)
            await picture_drawn(pilot)
            assert len(pictured(app).lines) == lines

    drive(app, scenario)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "is missing: it has been deleted, or could not be written."),
        (lambda path: path.write_bytes(path.read_bytes()[:900]), "is truncated"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text("no picture"), "is not a PNG file"),
        (lambda path: flip(path), "a PNG checksum does not match"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    ],
    ids=["deleted", "truncated", "empty", "text", "flipped", "folder"],
)
def test_what_cannot_be_shown_says_why(tmp_path: Path, spoil, says: str, capfd) -> None:  # type: ignore[no-untyped-def]
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    name = with_pictures(1000).pictures[0]
    spoil(tmp_path / name)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        assert sentence(app).startswith(f"{name} ")
        assert says in sentence(app)
        await press(pilot, "plus", "z", "minus", "n")
        assert pictured(app).lines, "the next sample is there"
        await press(pilot, "b")
        assert says in sentence(app)

    drive(app, scenario)
    assert capfd.readouterr().err == "", "a word of the decoder would spoil the screen"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def test_another_picture_than_three_parts_says_so(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    cv2.imwrite(str(tmp_path / with_pictures(1000).pictures[0]), np.zeros((20, 40, 3), np.uint8))

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        assert "is not a comparison of three pictures" in sentence(app)

    drive(app, scenario)


def test_no_validation_and_no_pictures_say_so(tmp_path: Path) -> None:
    link = FakeLink(starting())
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await press(pilot, "i", "right", "up", "plus", "z", "0")
        assert "There is no validation yet" in sentence(app)
        link.now = after_validation(250, samples=0)
        await tick(pilot)
        assert sentence(app) == "This validation has no pictures."

    drive(app, scenario)


def test_without_colour_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        assert "Pictures need colour, and NO_COLOR is set" in sentence(app)
        assert len(text_of(app, "#picture").strip().splitlines()) == 2
        assert "Large" not in text_of(app, "#footer")
        await press(pilot, "n", "space", "d", "plus")
        assert "validation_images/step_001000/comparison_001.png" in text_of(app, "#file")

    drive(app, scenario, (80, 24))


def test_nothing_is_written_while_the_picture_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(monkeypatch)
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        written.bytes = 0
        for at in range(1, 20):
            link.now = snapshot(1000 + at, validation=with_pictures(1000))
            await tick(pilot)
        assert written.bytes == 0
        await press(pilot, "n")
        assert written.bytes > 1000

    drive(app, scenario, (160, 50))


def test_only_lines_that_changed_are_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
    drawn: list[int] = []
    draw = PictureView.render_line

    def counted(self: PictureView, y: int) -> object:
        drawn.append(y)
        return draw(self, y)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        monkeypatch.setattr(PictureView, "render_line", counted)
        await press(pilot, "n")  # another colour of the disc; ground and bar are the same
        assert 0 < len(set(drawn)) < 16
        above = len(pictured(app).rows)
        assert max(drawn) < above + 17, "the bar is in the lines 17 to 20 of the picture"

    drive(app, scenario, (160, 50))


def test_what_is_written_is_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that was sent every change holds what the screen holds, colours included."""
    pyte = pytest.importorskip("pyte")
    monkeypatch.setenv("COLORTERM", "truecolor")
    terminal = pyte.Screen(80, 24)
    stream = pyte.Stream(terminal)
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda self: False))
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: stream.feed(data))
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "n", "plus", "z", "right", "0", "up", "b", "minus", "z")
        await press(pilot, "space", "space", "f", "0", "space", "d", "x", "space", "n", "y")
        for y, strip in enumerate(app.screen._compositor.render_strips()):
            cells = [(c, segment.style) for segment in strip for c in segment.text]
            for x, (character, style) in enumerate(cells):
                cell = terminal.buffer[y][x]
                assert cell.data == character
                assert cell.bg == style.bgcolor.triplet.hex.strip("#"), (x, y)
                if character != " ":
                    assert cell.fg == style.color.triplet.hex.strip("#"), (x, y)

    drive(app, scenario, (80, 24))


def test_validations_of_a_run_that_goes_back_are_dropped(tmp_path: Path) -> None:
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "up")
        assert "step 750 (2 of 3)" in text_of(app, "#title")
        link.now = snapshot(
            600, seq=9000, validation=with_pictures(1000)
        )  # still the last one told
        await tick(pilot)
        await picture_drawn(pilot)
        assert "step 500 (newest)" in text_of(app, "#title")

    drive(app, scenario)


def test_records_and_live_validations_are_joined_once_a_step() -> None:
    results = [with_pictures(step) for step in (250, 500, 750, 500, 750, 1000, 1250)]
    link = FakeLink(after_validation(1000), History((), tuple(results), ()))
    app = make_app(link)

    async def scenario(pilot: Driver) -> None:
        link.now = after_validation(1100)
        await history_loaded(pilot)
        assert [result.step for result in app.model.validations.results] == [
            250,
            500,
            750,
            1000,
            1100,
        ]

    drive(app, scenario)


def test_the_first_frame_loads_neither_cv2_nor_numpy() -> None:
    code = (
        "import sys, vsrppp_tui.tui.app\n"
        "sys.exit(any(name in sys.modules for name in ('cv2', 'numpy', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_other_screens_still_show_rows(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await pilot.press("i")
        assert "I Pictures" in app.screen.query_one("#footer", RowWidget).text
        await pilot.press("question_mark")
        assert "Keys: Pictures" in screen_text(app)

    drive(app, scenario)
