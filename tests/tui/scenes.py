"""Every screen in every state worth a picture, with recorded data: for frames, sizes and resizes.

``python -m tests.tui.scenes FOLDER [PART OF A NAME]`` writes them all as SVG pictures, to be looked at.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot

from tests.tui.comparisons import run_with_pictures
from tests.tui.driving import history_loaded, make_app, picture_drawn
from tests.tui.recorded import FakeLink, Of, snapshot, starting
from tests.tui.recorded_others import unified_snapshot, wqv_snapshot
from tests.tui.recorded_vsrpp import HAPPENED, aggressive_snapshot, vsrpp_snapshot
from tests.tui.replays import make_replay, record_shown
from tests.tui.starting import FakeForm, FakeRuns, entry, live, make_start, settled
from tests.tui.states import (
    NOW,
    STEP,
    completed,
    done,
    edited,
    last_snapshot,
    paused,
    run_of,
    warned,
)
from tests.tui.test_run_end import end_shown
from vsrppp_tui.commands.judge_draft import WITHOUT_VGG, about_vgg
from vsrppp_tui.commands.replay import read_recording
from vsrppp_tui.config.vsrppp import VsrpppConfig
from vsrppp_tui.link.interface import Event, Level, Snapshot, TaskProgress
from vsrppp_tui.tui.screens.board import BoardScreen
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.new_run import Speed

Look = Callable[[Pilot[Any]], Awaitable[None]]

SIZES = ((80, 24), (120, 40), (160, 50), (250, 80))
THEMES = ("dark", "light", "colour-blind", "ansi")


async def _nothing(pilot: Pilot[Any]) -> None:
    await pilot.pause()


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: how the app is made, given an empty folder, and what is done in it."""

    name: str
    make: Callable[[Path], App[Any]]
    look: Look
    settle: Look = _nothing  # after a change of the theme
    scrolls: bool = False  # how far a list is scrolled may depend on the sizes it has had


def press(*keys: str) -> Look:
    """Wait for the history, then press keys."""

    async def look(pilot: Pilot[Any]) -> None:
        await history_loaded(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return look


def _dashboard(name: str, now: Snapshot, *keys: str, scrolls: bool = False) -> Scene:
    return Scene(name, lambda _folder: run_of(now), press(*keys), scrolls=scrolls)


def _recipe(
    name: str, of: Of, *keys: str, more: Sequence[Event] = (), scrolls: bool = False
) -> Scene:
    return Scene(name, lambda _folder: run_of(of(STEP), of, *more), press(*keys), scrolls=scrolls)


def _pictures(name: str, *keys: str) -> Scene:
    async def look(pilot: Pilot[Any]) -> None:
        await history_loaded(pilot)
        await pilot.press("i")
        await picture_drawn(pilot)
        for key in keys:
            await pilot.press(key)
            await picture_drawn(pilot)

    return Scene(
        name,
        lambda folder: make_app(run_with_pictures(folder), run_dir=folder),
        look,
        settle=picture_drawn,
    )


async def _board(pilot: Pilot[Any]) -> None:
    await history_loaded(pilot)
    line = "ssh -N -L 45809:127.0.0.1:45809 me@server.example.org"
    await pilot.app.push_screen(BoardScreen(45809, line))
    await pilot.pause()


async def _theme(pilot: Pilot[Any]) -> None:
    await history_loaded(pilot)
    await pilot.app.run_action("change_theme")
    await pilot.pause()


async def _summary(pilot: Pilot[Any]) -> None:
    await history_loaded(pilot)
    pilot.app.model._link.now = last_snapshot()
    await end_shown(pilot)


def _record(_folder: Path) -> App[Any]:
    return make_replay(lambda: read_recording(DEMO / "history.jsonl"), run_dir=DEMO)


async def _replay(pilot: Pilot[Any]) -> None:
    await record_shown(pilot)
    await pilot.press("space", *["pagedown"] * 7)
    await pilot.pause()


def _start(name: str, runs: Sequence[RunEntry], *keys: str, **answers: Any) -> Scene:
    """The start screen with these runs, after some keys; one that begins with a slash is pasted."""

    async def look(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            if key.startswith("/"):
                pilot.app.screen.query_one("#form").post_message(Paste(key))
            else:
                await pilot.press(key)
            await settled(pilot)
            await settled(pilot)

    return Scene(
        name, lambda _folder: make_start(FakeRuns([*runs]), form=FakeForm(**answers)), look
    )


DEMO = Path(__file__).parents[1] / "data_of_runs" / "demo"
_STAGE_TWO = ("enter", "down", "enter", "slash", *"batch_size", "enter", "up", "enter", "escape")
RECIPES = (
    _dashboard("vsrppp", NOW),
    _recipe("vsrpp", vsrpp_snapshot),
    _recipe("unified", unified_snapshot),
    _recipe("wqv", wqv_snapshot),
)
STATES = (
    Scene("starting", lambda _folder: make_app(FakeLink(starting())), _nothing),
    Scene("paused", paused, press()),
    _dashboard(
        "validating", snapshot(STEP, state="validating", task=TaskProgress("Validating", 7, 12))
    ),
    Scene("warnings", warned, press()),
    Scene("done", done, press()),
    _recipe("aggressive", aggressive_snapshot, more=HAPPENED),
)
_SEVERAL = ("f", *"ra", "enter", "down", "enter", "down", "enter")
SCREENS = (
    _dashboard("help", NOW, "question_mark"),
    _dashboard("leave", NOW, "q"),
    Scene("board", lambda _folder: run_of(NOW), _board),
    _dashboard("setup", snapshot(STEP, pending={"BATCH_SIZE": "next epoch"}), "enter"),
    _dashboard("setup-staged", NOW, "enter", *_STAGE_TWO),
    _dashboard("setup-wrong", NOW, "enter", *_STAGE_TWO, "enter", "x"),
    _recipe("setup-found", unified_snapshot, "enter", "slash", *"batch"),
    _dashboard("setup-unapplied", NOW, "enter", *_STAGE_TWO, "escape"),
    Scene(
        "setup-read-only", lambda _folder: make_app(FakeLink(NOW), read_only=True), press("enter")
    ),
    Scene("edits", edited, press("enter", "h", "down")),
    _recipe("setup-unified", unified_snapshot, "enter", "pagedown", scrolls=True),
    _dashboard("blocks", NOW, "b", scrolls=True),
    _dashboard("blocks-cold", NOW, "b", "c", "down", scrolls=True),
    _recipe("blocks-vsrpp", vsrpp_snapshot, "b", "end", scrolls=True),
    _dashboard("metrics", NOW, "m"),
    _dashboard("metrics-several", NOW, "m", *_SEVERAL, "escape", "pageup", "pageup"),
    _dashboard("metrics-list", NOW, "m", *_SEVERAL, scrolls=True),
    _dashboard("metrics-zoomed", NOW, "m", "l", "o", "pageup", "plus", "plus"),
    _pictures("pictures"),
    _pictures("pictures-zoomed", "+", "+", "right", "down"),
    _pictures("pictures-large", "space", "f"),
    _pictures("pictures-large-zoomed", "space", "plus", "plus", "plus", "plus", "y"),
    _pictures("pictures-difference", "d", "x"),
    Scene("theme", lambda _folder: run_of(NOW), _theme),
    Scene("summary", completed, _summary),
    Scene("replay", _record, _replay),
)
_NAN = tuple((at, math.nan if 40 < at < 60 else 1 / (5 + at)) for at in range(120))
RUNS = (
    live("runs/space_96x30", step=48_250, best=81.4),
    live("runs/toon_7frames", state="validating", recipe="vsrpp", best=77.9),
    entry("runs/vsrppp", state="dead", losses=_NAN),
    entry("runs/demo", state="done", step=600, total_steps=600, best=76.0),
    entry("~/film/runs/wqv_x4", recipe="wqv", state="failed", losses=(), best=None, step=0,
          total_steps=0, resumable=False),
    entry("/mnt/shared/runs/general_5frames", state="running", host="gpu-7"),
)  # fmt: skip
_VGG: tuple[tuple[Level, str], ...] = (("warning", about_vgg(VsrpppConfig())),)
_NO_SET = (
    "/d/clips/ is no dataset for this recipe: it lacks Patches/GT, Patches/LR, Val/GT. "
    "It holds videos: choose one of them."
)
_FAST = Speed(2.0e12, 2_300_000_000, "4 samples of 180x180 pixels")
STARTS = (
    _start("start", RUNS, "down", "down"),
    _start("start-empty", ()),
    _start("start-delete", RUNS, "down", "down", "delete", *"vsrp"),
    _start(
        "start-done", [entry("runs/done", state="done", step=1_000, total_steps=1_000)], "enter"
    ),
    _start(
        "new",
        (),
        "n",
        "/data/film set",
        "down",
        "down",
        "down",
        "6",
        "4",
        notices=_VGG,
        first=WITHOUT_VGG,
    ),
    _start("new-measured", (), "n", "/data/film set", "down", "ctrl+t", speed=_FAST),
    _start("new-wrong", (), "n", "/d/", "tab", problems={"/d/clips/": _NO_SET}),
    _start("new-nothing", (), "n"),
)
SCENES = (*RECIPES, *STATES, *SCREENS, *STARTS)


def _all(part: str) -> Iterator[tuple[Scene, tuple[int, int], str]]:
    for scene in SCENES:
        for size in SIZES:
            for theme in THEMES:
                if part in f"{scene.name}-{size[0]}x{size[1]}-{theme}":
                    yield scene, size, theme


async def photograph(scene: Scene, folder: Path, size: tuple[int, int], theme: str) -> str:
    """A scene as SVG."""
    app = scene.make(folder)
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.pause()
        await scene.look(pilot)
        return app.export_screenshot()


def main(out: Path, part: str = "") -> None:
    """Write the pictures whose names contain `part`."""
    os.environ |= {"TZ": "UTC", "TEXTUAL_ANIMATIONS": "none"}
    time.tzset()
    out.mkdir(parents=True, exist_ok=True)
    for scene, size, theme in _all(part):
        with tempfile.TemporaryDirectory() as folder:
            picture = asyncio.run(photograph(scene, Path(folder), size, theme))
        picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
        (out / f"{scene.name}-{size[0]}x{size[1]}-{theme}.svg").write_text(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
