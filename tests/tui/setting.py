"""Finding a key in the live setup and typing a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tui.driving import Driver, text_of
from tests.tui.recorded_vsrpp import vsrpp_snapshot
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import read_values
from vsrppp_tui.link.interface import Snapshot
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.widgets.setup_list import SetupList

_UNIFIED = Path(__file__).parents[2] / "configs" / "train_general_5frames.yaml"

NAMES = {"-": "minus", "/": "slash", "?": "question_mark", ".": "full_stop"}


def typed(text: str) -> list[str]:
    """The keys that type a text, by Textual's names."""
    return [NAMES.get(character, character) for character in text]


async def select(pilot: Driver, app: DashboardApp, name: str) -> None:
    names = app.screen.query_one(SetupList)
    await pilot.press("home")
    for _ in range(60):
        if names.selected == name:
            return
        await pilot.press("down")
    raise AssertionError(f"{name} is not in the list")


async def type_value(pilot: Driver, text: str) -> None:
    await pilot.press("enter", "end", "ctrl+u", *typed(text))


async def set_value(pilot: Driver, app: DashboardApp, name: str, text: str) -> None:
    """Select a key, type a value, stage it."""
    await select(pilot, app, name)
    await type_value(pilot, text)
    await pilot.press("enter")


def unified_snapshot(step: int, **changes: Any) -> Snapshot:
    """The recorded run as one of a YAML file, whose keys have dots and entries."""
    config = build_config(read_values(_UNIFIED)).to_file()
    return vsrpp_snapshot(step, **({"config": config} | changes))


def row_of(app: DashboardApp, name: str) -> str:
    """The row of a key in the list."""
    rows = text_of(app, "#setup-list").splitlines()
    return next(row for row in rows if row[2:].startswith(f"{name} "))
