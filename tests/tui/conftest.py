"""The dashboard under test: a clock and a time zone of the test's own, ticks when the test says so."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.tui.recorded import FakeClock


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    # A test calls `tick` itself; the timer would make the moment of an update a matter of luck.
    monkeypatch.setattr("vsrppp_tui.tui.app.TICK_SECONDS", 3600.0)
    monkeypatch.setattr("vsrppp_tui.tui.start.app.TICK_SECONDS", 3600.0)
    # Where pytest puts a test's folder is no part of a picture.
    monkeypatch.setattr(
        "vsrppp_tui.tui.screens.pictures.full_path", lambda _, name: f"/data/runs/demo/{name}"
    )
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
