"""One part large and swapped in place, differences from GT, and the path of the file."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from textual.drivers.headless_driver import HeadlessDriver

from tests.tui.comparisons import (
    Pixels,
    after_validation,
    run_with_pictures,
    with_pictures,
    write_pictures,
)
from tests.tui.driving import Driver, drive, make_app, picture_drawn, text_of, tick
from tests.tui.recorded import FakeLink, starting
from tests.tui.test_picture_cells import cells
from tests.tui.test_picture_screen import open_pictures, pictured, press
from tests.tui.test_row_widget import Written
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.comparison import GAINS, GT, KI, LR, amplified, difference
from vsrppp_tui.tui.half_blocks import fixed_colours
from vsrppp_tui.tui.picture_rows import full_path
from vsrppp_tui.tui.screens.pictures import PictureScreen
from vsrppp_tui.tui.widgets.rows import RowWidget


def parts_of(run_dir: Path, step: int = 1000, sample: int = 0) -> list[Pixels]:
    path = run_dir / with_pictures(step).pictures[sample]
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return np.split(np.asarray(picture, np.uint8), 3, axis=1)


def seen(app: DashboardApp) -> Pixels:
    """The screen pixels of the picture, without the empty cells beside it."""
    rows = []
    for line in pictured(app).lines:
        row = cells(line[1:])  # the first piece is the empty cells on the left
        rows += [[cell[1] for cell in row], [cell[2] for cell in row]]
    return np.array(rows, np.uint8)


def marked(app: DashboardApp) -> str:
    """The name with the mark of what is seen large."""
    (name,) = [text for text, style in pictured(app).rows[0] if style == "selected"]
    return name.strip()


def place(app: DashboardApp) -> str:
    return " ".join(text_of(app, "#place").split())


def test_parts_are_swapped_in_place_and_the_pixels_are_those_of_the_file(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    keys = [
        ("space", KI), ("space", GT), ("space", KI),
        ("f", GT), ("f", LR), ("space", GT), ("space", LR), ("f", KI), ("space", LR),
    ]  # fmt: skip
    names = {LR: "▸ LR (bilinear)", KI: "▸ KI (network)", GT: "▸ GT"}

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "space", "z", "z", "z", "z", "right", "down")
        where = place(app)
        assert where == "zoom 8 15×9 at 34,35 of 75×75 px"
        parts = parts_of(tmp_path)
        await press(pilot, "escape")
        for key, part in keys:
            await press(pilot, key)
            assert marked(app) == names[part]
            assert place(app) == where, "the same region, equally near"
            region = parts[part][35:44, 34:49]
            large = np.repeat(np.repeat(region, 8, 0), 8, 1)
            assert np.array_equal(seen(app), large[: len(seen(app)), : seen(app).shape[1]])

    drive(app, scenario)


def test_the_whole_picture_is_large_by_whole_pixels(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        beside = len(pictured(app).lines)
        await press(pilot, "space")
        assert place(app) == "whole, 75×75 px"
        assert np.array_equal(seen(app)[:75], parts_of(tmp_path)[KI])
        assert len(pictured(app).lines) > beside, "more lines than side by side"
        await press(pilot, "f", "escape")
        assert len(pictured(app).lines) == beside

    drive(app, scenario, (160, 50))


def test_a_swap_writes_only_the_cells_that_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(monkeypatch)
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        written.bytes = 0
        await press(pilot, "space")
        first = written.bytes
        written.bytes = 0
        await press(pilot, "space")
        assert 0 < written.bytes < first / 2
        written.bytes = 0
        for _ in range(5):
            await tick(pilot)
        assert written.bytes == 0

    drive(app, scenario, (160, 50))


def test_a_swap_waits_for_nothing(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "space")
        screen = app.screen
        assert isinstance(screen, PictureScreen)
        before = pictured(app).lines
        screen.action_swap()
        assert not screen.drawing
        assert pictured(app).lines != before

    drive(app, scenario)


def test_differences_are_amplified_and_their_scale_is_told(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "d")
        names = pictured(app).text
        assert "|LR − GT|  11.87 dB" in names
        assert "|KI − GT|  16.48 dB  ✓ +4.61 dB" in names
        assert place(app).endswith("difference ×4 black 0, white 64 of 255 and more")
        await press(pilot, "space")
        assert marked(app) == "▸ |KI − GT|"
        parts = [part.astype(int) for part in parts_of(tmp_path)]
        for part, key in ((KI, "space"), (LR, "f"), (KI, "x")):
            distance = np.abs(parts[part] - parts[GT]).max(axis=2)
            expected = np.minimum(4 * distance, 255)
            assert np.array_equal(seen(app)[:75], np.repeat(expected[..., None], 3, 2))
            await press(pilot, key)
        assert "difference ×8 black 0, white 32 of 255 and more" in place(app)
        await press(pilot, "x", "x")
        assert place(app).endswith("difference ×1 black 0, white 255")
        await press(pilot, "d")
        assert marked(app) == "▸ KI (network)"
        assert "difference" not in place(app)
        await press(pilot, "x", "d")
        assert "difference ×1 " in place(app), "no scale is changed where none is seen"

    drive(app, scenario, (160, 50))


@given(
    arrays(np.uint8, (3, 4, 3)), arrays(np.uint8, (3, 4, 3)), st.sampled_from(GAINS)
)  # fmt: skip
def test_a_difference_is_grey_and_symmetric(one: Pixels, other: Pixels, gain: int) -> None:
    grey = amplified(difference(one, other), gain)
    assert grey.shape == one.shape
    assert (grey == grey[..., :1]).all()
    assert np.array_equal(grey, amplified(difference(other, one), gain))
    assert ((grey[..., 0] == 0) == (one == other).all(axis=2)).all()


def test_escape_goes_back_one_by_one(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "d", "space")
        assert "Esc Side by side" in text_of(app, "#footer")
        await press(pilot, "escape")
        assert isinstance(app.screen, PictureScreen)
        assert "LR (bilinear)" in pictured(app).text
        await pilot.press("escape")
        assert app.screen.query("#loss")
        await press(pilot, "i", "space")
        await pilot.press("q")
        assert app.screen.query("#loss")

    drive(app, scenario)


def test_nothing_moves_while_one_steps_through_everything(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    keys = [
        "space",
        "n",
        "f",
        "up",
        "f",
        "d",
        "space",
        "x",
        "plus",
        "plus",
        "right",
        "0",
        "y",
        "d",
        "down",
        "escape",
        "n",
        "end",
    ]

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        places = {widget.id: widget.region for widget in app.screen.query(RowWidget)}
        titles = set()
        for key in keys:
            await press(pilot, key)
            assert {w.id: w.region for w in app.screen.query(RowWidget)} == places
            titles.add(text_of(app, "#title").index("sample"))
        assert max(titles) - min(titles) <= 2, "only by the digits of the step"

    drive(app, scenario, (80, 24))


def test_a_newer_validation_leaves_the_large_picture_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = run_with_pictures(tmp_path)
    app = make_app(link, run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        await press(pilot, "n", "space", "plus", "plus", "left", "space")
        before, where = pictured(app).lines, place(app)
        write_pictures(tmp_path, with_pictures(1250))
        link.now = after_validation(1250)
        await tick(pilot)
        await picture_drawn(pilot)
        assert pictured(app).lines == before
        assert "] newer" in text_of(app, "#title")
        await press(pilot, "right_square_bracket")
        assert "step 1,250 (newest)   sample 2 of 3" in text_of(app, "#title")
        assert place(app) == where
        assert marked(app) == "▸ GT"

    drive(app, scenario)


def test_the_picture_stands_in_the_middle_with_its_names(tmp_path: Path) -> None:
    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        for key in ("space", "plus", "0", "escape", "d"):
            await press(pilot, key)
            view = pictured(app)
            above = len(view.rows) - 1
            below = view.content_size.height - len(view.rows) - len(view.lines)
            assert below - above in (0, 1)
            large = key in ("space", "plus", "0")
            assert [at for at, row in enumerate(view.rows) if row] == [0 if large else above]

    drive(app, scenario, (160, 50))


def copied(written: list[str]) -> list[str]:
    marks = [text.split("\x1b]52;c;")[1].split("\a")[0] for text in written if "\x1b]52" in text]
    return [base64.b64decode(mark).decode() for mark in marks]


@pytest.mark.parametrize("tmux", [False, True])
@pytest.mark.parametrize("depth", [0, 12])
def test_the_path_is_shown_and_copied(
    tmp_path: Path, depth: int, tmux: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.delenv("TMUX", raising=False)
    if tmux:
        monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,4242,0")
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    monkeypatch.setattr("vsrppp_tui.tui.screens.pictures.full_path", full_path)
    run_dir = tmp_path.joinpath(*["runs-of-may"] * depth) if depth else tmp_path
    run_dir.mkdir(parents=True, exist_ok=True)
    app = make_app(run_with_pictures(run_dir), run_dir=run_dir)
    path = str(run_dir / with_pictures(1000).pictures[0])

    async def scenario(pilot: Driver) -> None:
        await open_pictures(pilot)
        width = 158
        shown = text_of(app, "#file")
        assert shown == path or (shown[0] == "…" and path.endswith(shown[1:]))
        assert len(shown) <= width
        await press(pilot, "y")
        assert copied(written) == [path]
        assert "✓ Path sent to the clipboard (OSC 52)" in text_of(app, "#mean")
        assert ("set-clipboard" in text_of(app, "#mean")) == tmux
        if len(path) > width:
            assert text_of(app, "#place") + text_of(app, "#file") == path
        await press(pilot, "n")
        assert text_of(app, "#mean").startswith("Mean PSNR of 12 images")

    drive(app, scenario, (160, 50))


def test_keys_without_a_picture_do_no_harm() -> None:
    app = make_app(FakeLink(starting()))

    async def scenario(pilot: Driver) -> None:
        await pilot.press("i")
        for key in ["space", "f", "d", "x", "y", "end", "plus", "left", "0", "escape"]:
            await press(pilot, key)
            assert isinstance(app.screen, PictureScreen)
            assert "There is no validation yet" in " ".join(text_of(app, "#picture").split())
            assert "clipboard" not in text_of(app, "#mean")

    drive(app, scenario)


@given(arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))))
def test_no_fixed_colour_is_nearer_than_the_one_taken(pixels: Pixels) -> None:
    steps = [0, 95, 135, 175, 215, 255]
    cube = [(r, g, b) for r in steps for g in steps for b in steps]
    palette = np.array([*cube, *((grey,) * 3 for grey in range(8, 239, 10))])
    taken = palette[fixed_colours(pixels).astype(int) - 16]
    best = np.square(palette - pixels[..., None, :].astype(int)).sum(-1).min(-1)
    assert np.array_equal(np.square(taken - pixels.astype(int)).sum(-1), best)
