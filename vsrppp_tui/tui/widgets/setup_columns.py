"""How wide the columns of the setup's list are."""

from __future__ import annotations

from dataclasses import dataclass

SELECTED, MARK = 2, 2  # cells of the marks of selection and change
_NAME, _MOST_NAME = 22, 0.45  # cells; part of the width that the longest name may take
_BADGE, _LONG_BADGE = 13, 23  # cells; the long one says what an edited key waits for
_UNIT, _LONG_UNIT = 14, 16  # only where the value has room besides; the meaning, for the long one
_VALUE, _NARROW_VALUE, _WIDEST_VALUE = 12, 16, 44  # cells
_USUAL_VALUE = 24  # a longer one takes cells only from a meaning that has enough
_MEANING, _ENOUGH_MEANING, _LONG_MEANING = 32, 40, 60


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; 0: it gives way."""

    name: int
    value: int
    unit: int
    badge: int
    meaning: int

    @property
    def badge_is_long(self) -> bool:
        """Whether there is room for what an edited key waits for."""
        return self.badge >= _LONG_BADGE


def columns(width: int, longest_name: int, longest_value: int) -> Columns:
    """The columns of a list that is `width` cells wide.

    The value is as wide as the longest one; the meaning takes the rest, or gives way where that is
    too little to be read, and the unit where even the value has too little.
    """
    name = min(max(_NAME, longest_name + 1), max(_NAME, int(_MOST_NAME * width)))
    room = max(_VALUE, width - SELECTED - name - MARK - _BADGE)
    unit = _UNIT if room - _UNIT >= _NARROW_VALUE else 0
    rest = room - unit
    wanted = min(_WIDEST_VALUE, max(_NARROW_VALUE, longest_value))
    value = min(wanted, max(_USUAL_VALUE, rest - _ENOUGH_MEANING))
    meaning = rest - value
    if meaning < _MEANING:
        value, meaning = min(wanted, rest), 0
    spare = rest - value - meaning
    badge = _BADGE
    if max(spare, meaning - _LONG_MEANING) >= _LONG_BADGE - _BADGE:
        badge = _LONG_BADGE
        meaning = max(0, meaning - (_LONG_BADGE - _BADGE))
    if unit and meaning > _LONG_MEANING:
        unit, meaning = _LONG_UNIT, meaning - (_LONG_UNIT - _UNIT)
    return Columns(name, value, unit, badge, meaning)
