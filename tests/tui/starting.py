"""Driving the start screen without a terminal, with runs that are made up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.tui.recorded import START
from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.start.app import StartApp
from vsrppp_tui.tui.start.entries import Choice, RunEntry
from vsrppp_tui.tui.start.services import RunServices
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

    def read(self, curves: bool) -> tuple[RunEntry, ...]:
        self.reads.append(curves)
        return tuple(self.entries)

    def delete(self, run_dir: Path, typed: str) -> None:
        if self.refusal:
            raise UserError(self.refusal)
        self.deleted.append((run_dir, typed))
        self.entries = [each for each in self.entries if each.run_dir != run_dir]

    @property
    def services(self) -> RunServices:
        return RunServices(
            self.read,
            self.delete,
            lambda path: f"A page about {path}.",
            lambda path: (12, 3_000_000),
        )


class Clock:
    """Unix time that only moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def make_start(runs: FakeRuns, clock: Clock | None = None, **options: Any) -> StartApp:
    return StartApp(runs.services, place="/data", clock=clock or Clock(), **options)


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


def seen(app: StartApp) -> str:
    """Everything on the present screen."""
    return "\n".join(
        widget.text for widget in app.screen.query(RowWidget) if widget.display and widget.size
    )
