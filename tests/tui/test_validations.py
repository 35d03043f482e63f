"""Which validations of a run a screen keeps: one a step, none of a way that was left."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.recorded import snapshot, validation
from vsrppp_tui.tui.validations import Validations

STEPS = st.lists(st.integers(1, 12), max_size=12)


def left(steps: list[int]) -> list[int]:
    """The steps behind which no later one has gone back."""
    return [step for n, step in enumerate(steps) if all(step < later for later in steps[n + 1 :])]


@given(STEPS, STEPS, st.integers(1, 12))
def test_a_later_one_takes_away_what_it_has_gone_back_behind(
    recorded: list[int], live: list[int], now: int
) -> None:
    kept, some = Validations(), validation(1)
    for step in live:
        kept.add(replace(snapshot(12), step=step, validation=replace(some, step=step)))
    seen = [result.step for result in kept.results]
    assert seen == left(live)
    kept.seed([replace(some, step=step) for step in recorded], now)
    before = [step for step in recorded if step <= now]
    assert [result.step for result in kept.results] == left(before + seen)
