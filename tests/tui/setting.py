"""Finding a key in the live setup and typing a value."""

from __future__ import annotations

from tests.tui.driving import Driver, text_of
from vsrppp_tui.tui.app import DashboardApp
from vsrppp_tui.tui.widgets.setup_list import SetupList

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


def row_of(app: DashboardApp, name: str) -> str:
    """The row of a key in the list."""
    rows = text_of(app, "#setup-list").splitlines()
    return next(row for row in rows if row[2:].startswith(f"{name} "))
