"""How often the screen looks: within its budget, soon again where looks cost little, and without flutter."""

from __future__ import annotations

import asyncio
import math
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.driving import Driver, drive, make_app
from tests.tui.recorded import FakeLink, snapshot
from vsrppp_tui.tui.look_pace import BUDGET, LookPace

SHORTEST, LONGEST = 0.5, 2.0


def after(pace: LookPace, cost: float, looks: int = 100) -> float:
    for _ in range(looks):
        pace.looked(cost)
    return pace.seconds


@pytest.mark.parametrize(
    ("cost", "seconds"),
    [(0.0, 0.5), (0.0024, 0.5), (0.0036, 0.75), (0.0049, 1.0), (0.0070, 1.5), (0.1, 2.0)],
)
def test_looks_come_as_often_as_the_budget_allows(cost: float, seconds: float) -> None:
    assert after(LookPace(SHORTEST), cost) == pytest.approx(seconds)


@given(st.floats(0.0, LONGEST * BUDGET))
def test_the_budget_holds(cost: float) -> None:
    seconds = after(LookPace(SHORTEST), cost)
    assert SHORTEST <= seconds <= LONGEST
    assert cost / seconds <= BUDGET * 1.001


@given(st.lists(st.floats(0.0, 1.0), max_size=50), st.floats(0.0, 0.0024))
def test_looks_come_often_again_once_they_cost_little(costs: list[float], little: float) -> None:
    pace = LookPace(SHORTEST)
    for cost in costs:
        pace.looked(cost)
    if little < 0.85 * BUDGET * SHORTEST:
        assert after(pace, little) == SHORTEST


def test_a_change_is_told() -> None:
    pace = LookPace(SHORTEST)
    told = [pace.looked(0.0036) for _ in range(100)]
    assert told.count(True) == 1
    assert pace.seconds == 0.75


def test_heavy_looks_in_turn_do_not_make_it_flutter() -> None:
    pace = LookPace(SHORTEST)
    after(pace, 0.0036)
    changes = sum(pace.looked(0.003 + 0.0036 * (at % 6 == 0)) for at in range(600))
    assert changes <= 1


def test_the_first_looks_with_their_imports_are_no_reason() -> None:
    pace = LookPace(SHORTEST)
    assert after(pace, 0.2, looks=2) == SHORTEST


def test_without_a_budget_looks_always_come_often() -> None:
    assert after(LookPace(SHORTEST, math.inf), 1.0) == SHORTEST


def test_the_screen_looks_less_often_where_looks_are_dear_and_often_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vsrppp_tui.tui.app.TICK_SECONDS", 0.02)
    worked = 0.0

    def work_and_tell() -> float:  # processor time of the screen so far
        nonlocal worked
        worked += cost
        return worked

    # `time` as the app knows it; others go on with the real one.
    monkeypatch.setattr(
        "vsrppp_tui.tui.app.time", SimpleNamespace(time=time.time, thread_time=work_and_tell)
    )

    async def looks_every(seconds: float) -> None:
        deadline = time.monotonic() + 20.0
        while app.look_seconds != pytest.approx(seconds) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert app.look_seconds == pytest.approx(seconds)

    async def scenario(pilot: Driver) -> None:
        nonlocal cost
        await looks_every(0.08)
        before = worked
        cost = 0.0
        await looks_every(0.02)
        cost = 1e-9
        while worked == before:  # it goes on looking
            await asyncio.sleep(0.01)

    cost = 1.0
    app = make_app(FakeLink(snapshot(120)))
    drive(app, scenario)
