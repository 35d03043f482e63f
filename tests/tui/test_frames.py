"""Frames of every screen against those in `frames`, and what holds for a frame of any size."""

from __future__ import annotations

import asyncio
import difflib
import random
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.tui.frames import FRAMES, Frame, frame_of, record_of
from tests.tui.scenes import SCENES, SIZES, THEMES, Scene
from vsrppp_tui.tui.widgets.rows import RowWidget, row_width

_EXTREMES = ((1, 1), (10, 3), (40, 12), (63, 19), (79, 23), (300, 100))


def run_scene(scene: Scene, folder: Path, size: tuple[int, int], seen: Any) -> None:
    """Play a scene, then hand pilot over to `seen`."""

    async def play() -> None:
        app = scene.make(folder)
        async with app.run_test(size=size) as pilot:
            await scene.look(pilot)
            await seen(pilot)

    asyncio.run(play())


def compare(request: pytest.FixtureRequest, name: str, frame: str) -> None:
    """Hold a frame against the recorded one, or record it."""
    path = FRAMES / f"{name}.txt"
    if request.config.getoption("--frames-update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(frame)
    known = path.read_text() if path.exists() else ""
    if frame != known:
        changes = difflib.unified_diff(known.splitlines(), frame.splitlines(), lineterm="", n=0)
        text = "\n".join(list(changes)[:80])
        pytest.fail(f"{path.name} differs (--frames-update records anew):\n{text}", pytrace=False)


def case(scene: Scene, size: tuple[int, int]) -> Any:
    return pytest.param(scene, size, id=f"{scene.name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(
    ("scene", "size"), [case(scene, size) for scene in SCENES for size in SIZES]
)
def test_frame(
    request: pytest.FixtureRequest, tmp_path: Path, scene: Scene, size: tuple[int, int]
) -> None:
    """At every size in every theme."""
    frames: dict[str, Frame] = {}

    async def seen(pilot: Pilot[Any]) -> None:
        assert_everything_fits(pilot.app)
        for theme in THEMES:
            pilot.app.theme = theme
            await pilot.pause()
            await scene.settle(pilot)
            frames[theme] = frame_of(pilot.app, tmp_path)

    run_scene(scene, tmp_path, size, seen)
    compare(request, f"{scene.name}-{size[0]}x{size[1]}", record_of(frames))


def assert_everything_fits(app: App[Any]) -> None:
    """No row is longer than its widget, and no two panels stand on the same cells."""
    placed = app.screen._compositor.visible_widgets
    shown = [w for w in app.screen.query(RowWidget) if w in placed and w.region.area]
    for widget in shown:
        width, height = widget.content_size
        for row in widget.rows[:height]:
            text = "".join(text for text, _ in row)
            assert row_width(row) <= width, f"{widget!r}: {row_width(row)} > {width}: {text!r}"
    for place, widget in enumerate(shown):
        for other in shown[:place]:
            here, there = (
                region.intersection(clip) for region, clip in (placed[widget], placed[other])
            )
            assert not here.overlaps(there), f"{widget!r} on {other!r}"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_storm_of_resizes_ends_in_the_frame_it_began_with(tmp_path: Path, scene: Scene) -> None:
    async def storm(pilot: Pilot[Any]) -> None:
        before = frame_of(pilot.app, tmp_path)
        sizes = [*_EXTREMES, *SIZES]
        random.Random(0).shuffle(sizes)
        for size in (*sizes, (120, 40)):
            await pilot.resize_terminal(*size)
        await pilot.pause(0.05)
        if not scene.scrolls:
            assert frame_of(pilot.app, tmp_path) == before

    run_scene(scene, tmp_path, (120, 40), storm)
