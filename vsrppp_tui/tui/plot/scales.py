"""Which values the axes of a plot show, kept steady from one frame to the next."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from vsrppp_tui.tui.plot.axis import LARGEST, Range, fitted, steady

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.columns import Band, Floats, Line

_CENTRAL = (2.0, 98.0)  # percentiles between which a curve surely is shown
_WORTH = 4.0  # how much taller an axis may become for the few values outside of these
_WORTH_BAND = 2.5  # the same for the raw values behind a smoothed curve
_AHEAD = 0.4  # room for a curve that grows, as a part of its height
_FLAT = 0.15  # of the height: a curve that took less of a common axis could not be read

Values = tuple[float, float]


class Scales:
    """The range of each axis; one that still fits stays, until what is plotted changes."""

    def __init__(self) -> None:
        self._ranges: dict[Hashable, Range] = {}
        self._subject: Hashable = None
        self._apart: bool | None = None

    def begin(self, subject: Hashable) -> None:
        """Forget the ranges where another subject (curves, scale, steps) is plotted now."""
        if subject != self._subject:
            self._subject, self._ranges, self._apart = subject, {}, None

    def apart(self, wanted: bool | None, values: Sequence[Values | None]) -> bool:
        """Whether each curve has a scale of its own: as `wanted`, else as their ranges ask for.

        That is decided once for a subject, so that the picture does not change its mind.
        """
        known = [each for each in values if each is not None]
        if len(values) < 2 or not known:
            return False
        if wanted is not None:
            return wanted
        if self._apart is None:
            low, high = union(known)
            whole = high - low
            heights = [high - low for low, high in known]
            shaped = [
                height for height in heights if height > 1e-9 * whole
            ]  # a constant is level anyway
            self._apart = min(shaped, default=whole) < _FLAT * whole
        return self._apart

    def range_for(self, axis: Hashable, values: Values, ticks: int, log: bool) -> Range:
        """The range to show for the values."""
        shown = self._ranges.get(axis)
        wanted = fitted(*(values if shown is None else _ahead(values, shown)), ticks, log)
        self._ranges[axis] = steady(shown, wanted, *values)
        return self._ranges[axis]


def _ahead(values: Values, shown: Range) -> Values:
    """With room on the side where they have grown out of their axis, so that this happens seldom."""
    low, high = values
    room = _AHEAD * (high - low)
    if shown.holds(low, high):
        return values
    if low < shown.low:
        low = low * _AHEAD if shown.log else max(low - room, 0.0 if low >= 0 else low - room)
    if high > shown.high:
        high = high / _AHEAD if shown.log else high + room
    return low, high


def values_to_show(line: Line, band: Band | None) -> Values | None:
    """The lowest and highest value that an axis must hold; rare ones far away are left to its edge."""
    import numpy as np

    values = _central(np.append(line.low, line.high), None, _WORTH)
    if band is None:
        return values
    return _central(np.append(band.low, band.high), values, _WORTH_BAND)


def _central(values: Floats, within: Values | None, worth: float) -> Values | None:
    """The range of the finite values, or of most of them where a few others would flatten these."""
    import numpy as np

    values = values[np.abs(values) <= LARGEST]
    if not values.size:
        return within
    low, high = float(values.min()), float(values.max())
    core_low, core_high = (float(v) for v in np.percentile(values, _CENTRAL))
    if within is not None:
        low, high = min(low, within[0]), max(high, within[1])
        core_low, core_high = min(core_low, within[0]), max(core_high, within[1])
    core = core_high - core_low
    if core <= 0 or not math.isfinite(core):
        return low, high
    return (
        low if low >= core_low - worth * core else core_low - core / 4,
        high if high <= core_high + worth * core else core_high + core / 4,
    )


def union(ranges: list[Values]) -> Values:
    """The range that holds all of them."""
    return min(low for low, _ in ranges), max(high for _, high in ranges)
