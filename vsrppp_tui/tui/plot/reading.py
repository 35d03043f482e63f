"""What a curve reads at the cursor: the value that is drawn there, and the raw one behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vsrppp_tui.counting import count
from vsrppp_tui.tui.metric_values import unit_of
from vsrppp_tui.tui.plot.figure import Curve, Figure, plotted_values
from vsrppp_tui.tui.plot.smoothing import FADED, smoothed
from vsrppp_tui.tui.text import number

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Reading:
    """The words for one curve; `raw`, `stretch` and `step` are empty where they would say nothing new."""

    value: str  # as drawn: smoothed where the curve is
    raw: str = ""
    stretch: str = ""  # the range of the values that a merged point stands for
    step: str = ""  # of a point that is more than a cell away from the cursor

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Value and details, from all words to none; a value from elsewhere never stands without its step."""
        every = " ".join(part for part in (self.raw, self.stretch, self.step) if part)
        return (
            (self.value, every),
            (self.value, self.step or self.raw),
            (self.value, self.step),
            (NOTHING if self.step else self.value, ""),
        )


def read(curve: Curve, figure: Figure, cursor: float | None) -> Reading:
    """The point nearest to the cursor; the newest one where there is no cursor."""
    steps, low, high, last = curve.series
    if not len(steps):
        return Reading("no values")
    at = len(steps) - 1 if cursor is None else _nearest(curve, cursor)
    raw, drawn = _number(float(last[at])), _drawn(curve, at, figure)
    value = raw if not math.isfinite(last[at]) else NOTHING if math.isnan(drawn) else _number(drawn)
    far = cursor is not None and abs(float(steps[at]) - cursor) > figure.cell
    merged = cursor is not None and low[at] < high[at]
    return Reading(
        _with_unit(value, unit_of(curve.name)),
        f"raw {raw}" if value != raw else "",
        f"({_number(float(low[at]), 3)} to {_number(float(high[at]), 3)})" if merged else "",
        f"(step {count(round(float(steps[at])))})" if far else "",
    )


def read_step(curves: Sequence[Curve], figure: Figure, cursor: float) -> float:
    """The step of the first curve's point within a cell of the cursor; where there is none, the cursor's."""
    for curve in curves:
        if len(curve.series.steps):
            step = float(curve.series.steps[_nearest(curve, cursor)])
            if abs(step - cursor) <= figure.cell:
                return step
    return cursor


def _nearest(curve: Curve, cursor: float) -> int:
    import numpy as np

    return int(np.argmin(np.abs(curve.series.steps - cursor)))


def _drawn(curve: Curve, at: int, figure: Figure) -> float:
    """The value of the line at a point, NaN where the line is broken."""
    import numpy as np

    over = figure.averaged
    steps = curve.series.steps[: at + 1]
    start = int(np.searchsorted(steps, steps[-1] - FADED * over))
    values = plotted_values(curve.series.last[start : at + 1], figure.log)
    return float(smoothed(steps[start:], values, over)[-1])


def _number(value: float, digits: int = 4) -> str:
    """A value as the labels of an axis write it: ``9.982e-5``."""
    mantissa, exponential, exponent = number(value, digits).partition("e")
    return f"{mantissa}e{int(exponent)}" if exponential else mantissa


def _with_unit(value: str, unit: str) -> str:
    return f"{value} {unit}" if unit and value[-1:].isdigit() else value
