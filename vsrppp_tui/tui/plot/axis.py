"""The axes: which range of values is shown, and where its labels stand. Ranges grow in steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LARGEST = 1e150  # beyond, the arithmetic of an axis would overflow: shown as infinity is
SMALLEST = 1e-150
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_ENDS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_NEAREST = 0.6  # of the distance between evenly spread labels: as near as two of them may be
_LOG_GRIDS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0))


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an axis shows; of a logarithmic one, `low` is above zero."""

    low: float
    high: float
    log: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends on the scale of the axis."""
        return (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)

    def holds(self, low: float, high: float) -> bool:
        """Whether both values are within, but for what arithmetic may have cost."""
        room = 1e-9 * (self.high - self.low)
        return low >= self.low - room and high <= self.high + room

    def place(self, value: float) -> float:
        """Where a value stands: 0 is the bottom, 1 the top."""
        low, high = self.ends
        return ((math.log10(value) if self.log else value) - low) / (high - low)


def fitted(low: float, high: float, ticks: int, log: bool = False) -> Range:
    """The smallest range between round numbers that holds `low` to `high`, for about `ticks` labels."""
    low, high = max(-LARGEST, low), min(LARGEST, high)
    if log:
        return _fitted_log(max(SMALLEST, low), max(SMALLEST, high))
    low, high = _apart(low, high)
    step = _step(high - low, ticks)
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    # Half a step is enough of an overhang: the curve keeps most of the height.
    bottom = bottom + step / 2 if low - bottom >= step / 2 and bottom != 0 else bottom
    top = top - step / 2 if top - high >= step / 2 else top
    return Range(bottom, top)


def _fitted_log(low: float, high: float) -> Range:
    if high / low < 3:
        low, high = low * 0.97, high * 1.03
        step = _step(high - low, 4)
        return Range(
            max(low * 0.9, math.floor(low / step) * step), math.ceil(high / step) * step, True
        )
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    grid = [10.0**power * part for power in range(bottom - 1, top + 1) for part in (1, 2, 5)]
    lows = [value for value in grid if value <= low * 1.000001]
    highs = [value for value in grid if value >= high * 0.999999]
    return Range(lows[-1], highs[0] if highs else 10.0**top, True)


def _apart(low: float, high: float) -> tuple[float, float]:
    """Two ends that are not equal: a constant stands in the middle."""
    largest = max(abs(low), abs(high))
    if largest < SMALLEST:
        return -1.0, 1.0
    if high - low > largest * 1e-9:
        return low, high
    return low - largest * 0.1, high + largest * 0.1


def _step(span: float, ticks: int) -> float:
    """A round distance between labels, for at most `ticks` distances."""
    least = span / max(1, ticks)
    size = 10.0 ** math.floor(math.log10(least))
    return next(nice * size for nice in _NICE if nice * size >= least * 0.999999)


def steady(shown: Range | None, wanted: Range, low: float, high: float) -> Range:
    """`shown` as long as it holds `low` to `high` and these fill half of it; else `wanted`."""
    if shown is None or shown.log != wanted.log:
        return wanted
    if not shown.holds(low, high):
        return wanted
    (bottom, top), (inner, outer) = shown.ends, wanted.ends
    return shown if outer - inner > 0.5 * (top - bottom) else wanted


def value_ticks(shown: Range, most: int) -> list[tuple[float, str]]:
    """Round values within a range, at most `most`, with their labels; at least one where there is room."""
    if most < 1:
        return []
    values = _log_values(shown, most) if shown.log else _linear_values(shown, most)
    return list(zip(values, labels(values), strict=True))


def _linear_values(shown: Range, most: int) -> list[float]:
    """The multiples of the smallest round step that makes no more than `most` of them."""
    span = shown.high - shown.low
    step = _step(span, most)
    while True:
        first = math.ceil(shown.low / step - 1e-6)
        values = [
            at * step + 0.0
            for at in range(first, first + most + 1)
            if at * step <= shown.high + span * 1e-6
        ]
        if len(values) <= most:
            return values
        step = _step(step * 1.01, 1)


def _log_values(shown: Range, most: int) -> list[float]:
    low, high = shown.ends
    decades = range(math.floor(low), math.ceil(high) + 1)
    found: list[float] = []
    for grid in _LOG_GRIDS:
        values = [10.0**power * part for power in decades for part in grid]
        values = [v for v in values if shown.low * 0.999999 <= v <= shown.high * 1.000001]
        if len(values) > most:
            break
        found = values
    if not found:
        every = math.ceil(len(decades) / most)
        found = [10.0**power for power in decades if power % every == 0]
        found = [v for v in found if shown.low * 0.999999 <= v <= shown.high * 1.000001][:most]
    if high - low > 1 and (len(found) > 1 or high - low > 2):
        return found
    return min((found, _apart_enough(shown, most)), key=lambda values: _widest(shown, values))


def _apart_enough(shown: Range, most: int) -> list[float]:
    """Multiples of a round step; as few as keep apart at the top, where a log scale brings them together."""
    for fewer in range(most, 1, -1):
        values = [value for value in _linear_values(shown, fewer) if value > 0]
        if len(values) < 2 or shown.place(values[-1]) - shown.place(values[-2]) > _NEAREST / most:
            break
    return values if most > 1 else []


def _widest(shown: Range, values: Sequence[float]) -> float:
    """The largest part of the axis without a label."""
    places = [0.0, *(shown.place(value) for value in values), 1.0]
    return max(after - before for before, after in pairwise(places))


def labels(values: Sequence[float]) -> list[str]:
    """The values with as many digits as tell them apart, in at most 7 characters where these suffice."""
    sizes = [abs(value) for value in values if value] or [0.0]
    largest = max(sizes)
    if largest > 1e3 * min(sizes):  # decades: each in its own way
        return [f"{v:g}" if 1e-3 <= abs(v) < 1e5 else _short(v) for v in values]
    if 1e-3 <= largest < 1e6:
        for places in range(6):
            texts = [f"{value:.{places}f}" for value in values]
            if _exact(texts, values) and max(map(len, texts), default=0) <= 7:
                return texts
    return [_short(value) for value in values]


def end_labels(shown: Range) -> tuple[str, str]:
    """Both ends of a range in as few digits as the eye uses: off by no more than 3% of the range."""
    ends = shown.low, shown.high
    if shown.log:
        low, high = (labels([_digits(end, 2)])[0] for end in ends)
        return (low, high) if low != high else (_short(ends[0]), _short(ends[1]))
    span = shown.high - shown.low
    first = -math.floor(math.log10(span))
    for places in range(first - 1, first + 3):
        rounded = [round(end, places) + 0.0 for end in ends]
        off = max(abs(one - other) for one, other in zip(rounded, ends, strict=True))
        if off <= 0.03 * span:
            break
    texts = labels(rounded)
    if any(abs(float(text) - end) > 0.03 * span for text, end in zip(texts, ends, strict=True)):
        texts = [_short(value, 8) for value in rounded]  # as many as the axis has room for
    low, high = ("0" if not value else text for value, text in zip(rounded, texts, strict=True))
    return low, high


def _digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _exact(texts: Sequence[str], values: Sequence[float]) -> bool:
    return all(
        math.isclose(float(text), value, rel_tol=1e-6, abs_tol=1e-12)
        for text, value in zip(texts, values, strict=True)
    )


def _short(value: float, most: int = 7) -> str:
    """A value as ``2.5e-5``, with what digits fit into `most` characters."""
    if value == 0:
        return "0"
    for digits in (3, 2, 1, 0):
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(exponent)}"
        if len(text) <= most:
            break
    return text


def step_ticks(first: float, last: float, most: int) -> list[float]:
    """Round steps from `first` to `last`, at most `most`."""
    if most < 1 or last <= first:
        return []
    step = max(1.0, _step(last - first, most))
    step = step if step != 2.5 else 5.0  # there is no half step
    at = math.ceil(first / step)
    found: list[float] = []
    while at * step <= last * (1 + 1e-9) and len(found) < most:
        found.append(at * step)
        at += 1
    return found


def nice_end(step: float) -> float:
    """A round number at or above `step`, so that an axis which grows with the run seldom moves."""
    size = 10.0 ** math.floor(math.log10(max(10.0, step)))
    return next(math.ceil(nice * size) for nice in _ENDS if nice * size >= step)
