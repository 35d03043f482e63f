"""Driving the start screen without a terminal, with runs that are made up."""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from tests.tui.recorded import START
from tests.tui.replays import recorded_run
from vsrppp_tui.commands.judge_draft import NO_SOURCE
from vsrppp_tui.commands.summary import facts_of, summary
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.start.app import StartApp
from vsrppp_tui.tui.start.entries import Choice, RunEntry
from vsrppp_tui.tui.start.new_run import (
    Completion,
    Costs,
    Draft,
    Field,
    Judgement,
    Recipe,
    Speed,
)
from vsrppp_tui.tui.start.services import FormServices, RunServices
from vsrppp_tui.tui.widgets.rows import RowWidget

NOW = START + 100_000.0


def entry(name: str = "runs/one", **changes: Any) -> RunEntry:
    values: dict[str, Any] = {
        "run_dir": Path("/data") / name,
        "name": name,
        "state": "stopped",
        "recipe": "vsrppp",
        "live": False,
        "step": 12_345,
        "total_steps": 100_000,
        "last_at_work": NOW - 7_300,
        "resumable": True,
        "resumes_at": 12_300,
        "best": 78.25,
        "losses": tuple((step, 1.0 / (1 + step)) for step in range(0, 12_000, 100)),
    }
    return RunEntry(**{**values, **changes})


def live(name: str = "runs/live", **changes: Any) -> RunEntry:
    return entry(name, **{"state": "running", "live": True, "last_at_work": NOW, **changes})


@dataclass
class FakeRuns:
    """Runs that no disk knows; `services` is what the app is given."""

    entries: list[RunEntry] = field(default_factory=list)
    reads: list[bool] = field(default_factory=list)
    deleted: list[tuple[Path, str]] = field(default_factory=list)
    refusal: str = ""
    undeletable: str = ""  # told before the name is asked for
    gate: threading.Event | None = None  # a deletion waits for it
    uncountable: threading.Event | None = None  # from then on the files cannot be counted

    def read(self, curves: bool) -> tuple[RunEntry, ...]:
        self.reads.append(curves)
        return tuple(self.entries)

    def delete(self, run_dir: Path, typed: str) -> None:
        if self.gate is not None:
            self.gate.wait(20)
        if self.refusal:
            raise UserError(self.refusal)
        self.deleted.append((run_dir, typed))
        self.entries = [each for each in self.entries if each.run_dir != run_dir]

    def describe(self, run_dir: Path) -> str:
        """What a real run that was recorded came to."""
        record = recorded_run()
        return "\n".join(summary(record.snapshots[-1], facts_of(record), run_dir))

    def count(self, run_dir: Path) -> tuple[int, int]:
        if self.undeletable:
            raise UserError(self.undeletable)
        if self.uncountable is not None:
            self.uncountable.wait(20)
            raise FileNotFoundError(2, "No such file or directory", str(run_dir))
        return 12, 3_000_000

    @property
    def services(self) -> RunServices:
        return RunServices(
            self.read,
            self.delete,
            self.describe,
            self.count,
        )


RECIPES = (
    Recipe(
        "vsrppp",
        "VSR+++ for video",
        "runs/vsrppp",
        (
            Field("N_FEATS", "Features", "96", "4 to 1,024 (channels)"),
            Field("N_BLOCKS", "Blocks", "30", "2 to 512, a multiple of 2"),
            Field("BATCH_SIZE", "Batch", "4", "1 to 1,024 (samples)"),
            Field("ACCUMULATION_STEPS", "Accumulate", "3", "1 to 1,024 micro-batches make a step"),
            Field("LR_CROP", "Crop", "0", "LR pixels of a random square; 0: all of it"),
            Field("MAX_STEPS", "Steps", "100000", "1 to 100,000,000 (steps)"),
            Field(
                "PERCEPTUAL_WEIGHT",
                "VGG19 term",
                "0.1",
                "its weight in the loss; 0: off, no VGG19",
            ),
        ),
    ),
    Recipe(
        "wqv",
        "single pictures",
        "runs/wqv",
        (
            Field("NUM_FEAT", "Features", "64", "a whole number"),
            Field("SCALE", "Enlarge", "4", "one of 2, 4, 8", ("2", "4", "8")),
        ),
    ),
)
COSTS = Costs(5_855_142, 1_900_000_000, "1.8 GB of it grows with batch and crop",
              80_000_000_000, "NVIDIA H100", 4.0e12, 100_000)  # fmt: skip


def costs_of(draft: Draft, sized: bool) -> Costs:
    """`COSTS` are those of 96 features; parameters and work grow with their square.

    Args:
        draft: what is filled in.
        sized: whether the size of its samples is known.
    """
    typed = dict(draft.values).get("N_FEATS", "96")
    share = int(typed) / 96 if typed.isdecimal() else 1.0
    assert COSTS.memory is not None and COSTS.work is not None
    return replace(
        COSTS,
        parameters=round(COSTS.parameters * share**2),
        memory=round(COSTS.memory * share) if sized else None,
        memory_parts=f"{1.8 * share:.1f} GB of it grows with batch and crop",
        work=COSTS.work * share**2 if sized else None,
    )


@dataclass
class FakeForm:
    """Answers of the form's questions; `problems` by source."""

    problems: dict[str, str] = field(default_factory=lambda: {"": NO_SOURCE})
    judged: list[Draft] = field(default_factory=list)
    entries: tuple[str, ...] = ("clips/", "one.mp4", "two.mp4")
    notices: tuple[tuple[Level, str], ...] = ()
    first: str = ""  # before anything can be measured
    about: str = "Source"  # what the problems are about
    speed: Speed | None = None
    cancelled: list[threading.Event] = field(default_factory=list)

    def judge(self, draft: Draft) -> Judgement:
        self.judged.append(draft)
        problem = self.problems.get(draft.source, "")
        values = (*draft.values, *([("DATASET_ROOT", draft.source)] if draft.source else ()))
        words = ["train", "--run-dir", draft.run_dir]
        words += [word for key, value in values for word in ("--set", f"{key}={value}")]
        return Judgement(
            source=() if problem else ("Patches: 1,204 pairs, GT 540x540; 12 validation images",),
            problem=problem,
            field=self.about if problem else "",
            notices=self.notices,
            costs=costs_of(draft, sized=not problem),
            commands=() if problem else (f"vsrppp {shlex.join(words)}",),
            first=self.first,
        )

    def measure(self, draft: Draft, cancelled: threading.Event) -> Speed:
        self.cancelled.append(cancelled)
        if self.speed is None:
            cancelled.wait(20)
            raise UserError("The measurement was given up.")
        return self.speed

    def complete(self, text: str) -> Completion:
        head, slash, prefix = text.rpartition("/")
        found = tuple(each for each in self.entries if each.startswith(prefix))
        sure = found[0] if len(found) == 1 else prefix
        return Completion(f"{head}{slash}{sure}", found)

    @property
    def services(self) -> FormServices:
        return FormServices(lambda: RECIPES, self.judge, self.measure, self.complete)


class Clock:
    """Unix time that only moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def make_start(
    runs: FakeRuns, clock: Clock | None = None, form: FakeForm | None = None, **options: Any
) -> StartApp:
    services = (form or FakeForm()).services
    return StartApp(runs.services, services, place="/data", clock=clock or Clock(), **options)


def drive_start(
    app: StartApp,
    scenario: Callable[[Pilot[Choice]], Awaitable[None]],
    size: tuple[int, int] = (100, 30),
) -> Choice | None:
    """Run `scenario` once the runs are shown; returns what the app ended with."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await scenario(pilot)

    asyncio.run(run())
    return app.return_value


async def settled(pilot: Pilot[Any]) -> None:
    """Until every thread has delivered, and what it found is drawn."""
    assert isinstance(pilot.app, StartApp)
    await pilot.pause()
    for _ in range(500):
        pilot.app.tick()
        await pilot.pause()
        if not pilot.app.background.under_way:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a thread never delivered")


def at_once(app: StartApp, *keys: str) -> None:
    """Keys that are all there before the first is handled, as a paste or a slow connection has them."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


def seen(app: StartApp) -> str:
    """Everything on the present screen."""
    return "\n".join(
        widget.text for widget in app.screen.query(RowWidget) if widget.display and widget.size
    )
