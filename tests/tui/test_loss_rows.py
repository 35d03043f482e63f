"""The rows above the loss curve: the trend, or what it still waits for."""

from __future__ import annotations

import pytest

from tests.tui.recorded import snapshot
from vsrppp_tui.link.interface import LEAST_STEPS, Convergence
from vsrppp_tui.tui.widgets.loss import convergence_row, number_rows
from vsrppp_tui.tui.widgets.rows import row_width


def words(step: int, found: Convergence) -> str:
    row = convergence_row(snapshot(step, convergence=found), "")
    return "".join(text for text, _ in row)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (0, f"… gathering: 0 of {LEAST_STEPS} steps"),
        (12, f"… gathering: 12 of {LEAST_STEPS} steps"),
        (LEAST_STEPS, "… gathering: too uncertain yet"),
        (90_000, "… gathering: too uncertain yet"),
    ],
)
def test_gathering_says_what_it_waits_for(step: int, text: str) -> None:
    assert words(step, Convergence()) == text


def test_a_trend_is_said_with_its_slope() -> None:
    text = words(12, Convergence("Converging", -0.031, -0.039, -0.023))
    assert text == "✓ Converging  −3.1% ± 0.8% /1000"


@pytest.mark.parametrize("width", [37, 58, 96])
def test_it_fits(width: int) -> None:
    now = snapshot(12, convergence=Convergence())
    assert all(row_width(row) <= width for row in number_rows(now, width, 12))
