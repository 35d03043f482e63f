"""The rows above the loss curve: the trend, or what it still waits for."""

from __future__ import annotations

import pytest

from tests.tui.recorded import snapshot
from vsrppp_tui.link.interface import LEAST_STEPS, Convergence
from vsrppp_tui.tui.widgets.loss import number_rows, short_convergence_row
from vsrppp_tui.tui.widgets.rows import row_width


def words(step: int, found: Convergence) -> str:
    row = short_convergence_row(snapshot(step, convergence=found), 37)
    return "".join(text for text, _ in row)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (0, f"… gathering: 0 of {LEAST_STEPS} steps"),
        (12, f"… gathering: 12 of {LEAST_STEPS} steps"),
        (LEAST_STEPS, "… gathering: still too uncertain"),
        (90_000, "… gathering: still too uncertain"),
    ],
)
def test_gathering_says_what_it_waits_for(step: int, text: str) -> None:
    assert words(step, Convergence()) == text


def test_a_trend_is_said_with_its_slope() -> None:
    text = words(12, Convergence("Converging", -0.031, -0.039, -0.023))
    assert text == "✓ Converging −3.1 ± 0.8% /1,000 steps"


@pytest.mark.parametrize("width", [37, 58, 96])
def test_it_fits(width: int) -> None:
    now = snapshot(12, convergence=Convergence())
    assert all(row_width(row) <= width for row in number_rows(now, width, 12))


@pytest.mark.parametrize("skipped", [0, 3])
@pytest.mark.parametrize("phase", ["cosine", "plateau", "constant"])
def test_the_short_rows_say_what_each_number_is(phase: str, skipped: int) -> None:
    now = snapshot(4210, lr_phase=phase, skipped_steps=skipped)
    texts = ["".join(text for text, _ in row) for row in number_rows(now, 37, 8)]
    row = next(text for text in texts if text.startswith("LR"))
    assert len(row) <= 37 and phase in row
    assert ("⚠ 3 skipped" in row) if skipped else (f"{phase}  " in row and "gradient 0." in row)


@pytest.mark.parametrize(("slope", "half"), [(-0.123, 0.012), (-0.5, 12.0), (80.0, 300.0)])
def test_a_slope_with_many_digits_fits(slope: float, half: float) -> None:
    text = words(12, Convergence("Diverging", slope, slope - half, slope + half))
    assert len(text) <= 37 and "±" in text
