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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot

from tests.tui.comparisons import run_with_pictures
from tests.tui.driving import history_loaded, make_app, picture_drawn
from tests.tui.recorded import (
    ALERTS,
    WARNED,
    FakeLink,
    Of,
    edit_event,
    event,
    history,
    numbered,
    snapshot,
    starting,
)
from tests.tui.recorded_others import unified_snapshot, wqv_snapshot
from tests.tui.recorded_vsrpp import HAPPENED, aggressive_snapshot, vsrpp_snapshot
from tests.tui.replays import make_replay, record_shown
from tests.tui.starting import FakeForm, FakeRuns, entry, live, make_start, settled
from tests.tui.test_run_end import end_shown
from vsrppp_tui.commands.replay import read_recording
from vsrppp_tui.commands.summary import facts_of, summary
from vsrppp_tui.link.interface import CheckpointInfo, Event, History, Level, Snapshot, TaskProgress
from vsrppp_tui.tui.screens.board import BoardScreen
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.new_run import Speed

Look = Callable[[Pilot[Any]], Awaitable[None]]

STEP = 4210
LAST = 100_000
LATEST = "checkpoints/latest.pth"
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


def run_of(now: Snapshot, of: Of = snapshot, *more: Event) -> App[Any]:
    """The dashboard of the run that is `of(n)` at step n and now at `now`; `more` has happened to it."""
    record = history(now.step, of=of)
    happened = numbered(*record.events, *more)
    link = FakeLink(now, replace(record, events=happened))
    link.happened = happened
    return make_app(link)


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


def _paused(_folder: Path) -> App[Any]:
    return run_of(snapshot(STEP, state="paused"), snapshot, event(STEP, "paused", "by dashboard"))


def _warnings(_folder: Path) -> App[Any]:
    """The disk has become full: the newest checkpoint is that of the validation before."""
    machine = replace(NOW.machine, disk_free=310_000_000)
    saved = CheckpointInfo(3_750, "checkpoints/latest.pth")
    now = replace(NOW, warnings=ALERTS, machine=machine, checkpoint=saved)
    record = history(STEP)
    kept = [each for each in record.events if (each.kind, each.step) != ("checkpoint", 4_000)]
    link = FakeLink(now, replace(record, events=numbered(*kept, *WARNED)))
    link.happened = link.recorded.events
    return make_app(link)


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


def _edited(_folder: Path) -> App[Any]:
    before = (
        edit_event(900, "dashboard", LR_EXPONENT=(-3.5, -4.0), BATCH_SIZE=(2, 4)),
        edit_event(2_750, "train_config.json", DATASET_ROOT=("dataset", "runs/demo/dataset")),
        edit_event(4_100, "uid 1000 (attach)", VAL_STEP_EVERY=(500, 250)),
    )
    return make_app(FakeLink(NOW, replace(history(STEP), events=before)))


def _last(**changes: Any) -> Snapshot:
    return snapshot(LAST, state="done", checkpoint=CheckpointInfo(LAST, LATEST), **changes)


def _complete_record() -> History:
    """Thinned, as that of a long run is."""
    record = history(LAST, every=500)
    ended = (
        event(LAST, "checkpoint", f"saved {LATEST}"),
        event(LAST, "finished", f"done at step {LAST}"),
    )
    events = numbered(*record.events, *ended)[-500:]
    return History((snapshot(1), *record.snapshots, _last()), record.validations, events)


def _done(_folder: Path) -> App[Any]:
    """With the warning that stays when all is over: files that could not be read."""
    record = _complete_record()
    unreadable = [each for each in WARNED if each.data["key"] == "unreadable"]
    happened = numbered(*record.events, *unreadable)
    link = FakeLink(_last(warnings=ALERTS[1:]), replace(record, events=happened))
    link.happened = happened[-200:]
    return make_app(link)


def completed(folder: Path) -> App[Any]:
    """A run that completes while it is looked at: see `_summary`."""
    record = _complete_record()
    run_dir = folder / "demo"
    (run_dir / "checkpoints").mkdir(parents=True)
    for name in ("checkpoint_best.pth", "latest.pth"):
        (run_dir / "checkpoints" / name).touch()
    lines = summary(_last(), facts_of(record), run_dir)
    lines = [line.replace(str(run_dir), "runs/demo") for line in lines]
    link = FakeLink(snapshot(LAST - 1), record)
    return make_app(link, tell_end=lambda _last: lines)


async def _summary(pilot: Pilot[Any]) -> None:
    await history_loaded(pilot)
    pilot.app.model._link.now = _last()
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
NOW = snapshot(STEP)
_STAGE_TWO = ("enter", "down", "enter", "slash", *"batch_size", "enter", "up", "enter", "escape")
RECIPES = (
    _dashboard("vsrppp", NOW),
    _recipe("vsrpp", vsrpp_snapshot),
    _recipe("unified", unified_snapshot),
    _recipe("wqv", wqv_snapshot),
)
STATES = (
    Scene("starting", lambda _folder: make_app(FakeLink(starting())), _nothing),
    Scene("paused", _paused, press()),
    _dashboard(
        "validating", snapshot(STEP, state="validating", task=TaskProgress("Validating", 7, 12))
    ),
    Scene("warnings", _warnings, press()),
    Scene("done", _done, press()),
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
    Scene("edits", _edited, press("enter", "h", "down")),
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
_VGG: tuple[tuple[Level, str], ...] = (("warning", "The VGG19 weights are not on this machine."),)
_FAST = Speed(2.0e12, 2_300_000_000, "4 samples of 180x180")
STARTS = (
    _start("start", RUNS, "down", "down"),
    _start("start-empty", ()),
    _start("start-delete", RUNS, "down", "down", "delete", *"vsrp"),
    _start("start-done", [entry("runs/done", state="done", step=100_000)], "enter"),
    _start("new", (), "n", "/data/film set", "down", "down", "down", "6", "4", notices=_VGG),
    _start("new-measured", (), "n", "/data/film set", "down", "ctrl+t", speed=_FAST),
    _start("new-wrong", (), "n", "/d/", "tab", problems={"/d/clips/": "That is no dataset."}),
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
