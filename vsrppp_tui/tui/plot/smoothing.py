"""Smoothing as the viewer chooses it: an exponential average over the points kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.columns import Floats

# Name, share of the steps shown over which it averages, and the fewest steps that make a difference.
STRENGTHS: tuple[tuple[str, float, int], ...] = (
    ("light", 0.01, 2),
    ("medium", 0.03, 5),
    ("strong", 0.1, 20),
    ("off", 0.0, 0),
)
FADED = 10.0  # times the steps averaged over: what is older counts for nothing
_CHUNK = 64
_MANY = 16_384  # points; more are averaged in groups first, finer than the dots of any plot
_LONGEST = 4.0  # exponents a point; more would overflow in a chunk, and forgets all before anyway


def grouped(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Not many more than `_MANY` / 2 points for any number of them: the means of groups of neighbours.

    A group without any finite value is NaN.
    """
    import numpy as np

    size = len(steps) * 2 // _MANY
    if len(steps) <= _MANY:
        return steps, values
    starts = np.arange(0, len(steps), size)
    finite = np.isfinite(values)
    sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
    counts = np.add.reduceat(finite, starts, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        means = sums / counts
    return steps[np.append(starts[1:], len(steps)) - 1], means


def smoothed(steps: Floats, values: Floats, over: float) -> Floats:
    """The average of the values up to each point, which forgets by 1/e every `over` steps.

    It goes by steps and not by points, since older points stand for longer stretches. What is not finite
    is passed over, and is NaN in the result; the start is not drawn to zero.
    """
    import numpy as np

    finite = np.isfinite(values)
    if over <= 0 or not finite.any():
        return np.where(finite, values, np.nan)
    at, kept = steps[finite], values[finite]
    typical = float(at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0
    lengths = np.minimum(np.diff(at, prepend=at[0] - typical) / over, _LONGEST)
    scale = float(np.max(np.abs(kept))) or 1.0
    result = np.full(len(values), np.nan)
    result[finite] = _averages(lengths, kept / scale) * scale
    return result


def _averages(lengths: Floats, values: Floats) -> Floats:
    """The recurrence in chunks: within one by a cumulative sum, from one to the next by a carry."""
    import numpy as np

    count = len(values)
    missing = -count % _CHUNK
    lengths = np.append(lengths, np.zeros(missing)).reshape(-1, _CHUNK)
    weights = -np.expm1(-lengths)  # of a point: the share that it takes from all before it
    ages = np.cumsum(lengths, axis=1)
    fading = np.exp(-ages)
    parts = weights * np.append(values, np.zeros(missing)).reshape(-1, _CHUNK)
    sums = np.cumsum(parts / fading, axis=1) * fading
    carried, value = [], 0.0
    for end, fade in zip(sums[:, -1].tolist(), fading[:, -1].tolist(), strict=True):
        carried.append(value)
        value = end + value * fade
    sums += np.array(carried)[:, None] * fading
    weight_so_far = -np.expm1(-np.cumsum(lengths.reshape(-1)))
    return (sums.reshape(-1) / weight_so_far)[:count]


def averaged_steps(strength: int, shown: float) -> float:
    """How many steps a strength averages over where `shown` steps are seen: a round number; 0: off."""
    _, share, fewest = STRENGTHS[strength]
    if not fewest:
        return 0.0
    wanted = max(share * shown, fewest) * 1.000001
    size = 10.0 ** math.floor(math.log10(wanted))
    return max(nice * size for nice in (1.0, 2.0, 5.0) if nice * size <= wanted)
