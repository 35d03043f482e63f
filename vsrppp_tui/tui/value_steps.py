"""The value after or before another: of a choice the next one, of a number a sensible step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def next_choice(choices: Sequence[Any], value: Any, by: int) -> Any:
    """The choice that is `by` further on, round and round; the first or last where `value` is none."""
    if value not in choices:
        return choices[0 if by > 0 else -1]
    return choices[(list(choices).index(value) + by) % len(choices)]


def stepped(value: float, by: int, whole: bool) -> float:
    """A number moved by `by` steps of its second digit: 4.0 by 0.1, 250 by 10, 1e-4 by 1e-5.

    Args:
        value: the number now.
        by: 1 or -1.
        whole: whether it must stay a whole number.
    """
    place = _place(value, by)
    if whole:
        place = max(0, place)
        return int(value) + by * int(10**place)
    return round(value + by * math.pow(10.0, place), max(0, -place) + 2)


def _place(value: float, by: int) -> int:
    """The power of ten of a step."""
    if value == 0 or not math.isfinite(value):
        return -2
    place = math.floor(math.log10(abs(value))) - 1
    towards_nothing = value * by < 0
    # Below 1000 come 990 and 980, as they do on the way up.
    is_power = math.isclose(abs(value), math.pow(10.0, place + 1), rel_tol=1e-9)
    return place - 1 if towards_nothing and is_power else place
