"""How wide the columns of the setup's list are."""

from __future__ import annotations

from dataclasses import dataclass

SELECTED, MARK = 2, 2  # cells of the marks of selection and change
_NAME, _MOST_NAME = 22, 0.45  # cells that a long name may take; else this part of the width
_VALUE, _NARROW_VALUE = 16, 12  # cells; most values are shorter than the narrow one
_UNIT = 14
_BADGE, _LONG_BADGE, _WHOLE_BADGE = 13, 23, 27  # cells; the long ones say what an edit waits for
# Cells: the least, most keys' is whole, all but few.
_MEANING, _LONG_MEANING, _WHOLE_MEANING = 32, 60, 100


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column; 0: it gives way. A value that is longer than its column takes the unit's."""

    name: int
    value: int
    unit: int
    badge: int
    meaning: int

    @property
    def before_value(self) -> int:
        """Cells to the left of the value."""
        return SELECTED + self.name + MARK

    def value_room(self, length: int) -> int:
        """Cells of a value of `length` cells."""
        return self.value if length <= self.value else self.value + self.unit


def columns(width: int, longest_name: int, longest_value: int, longest_unit: int) -> Columns:
    """The columns of a list that is `width` cells wide.

    The meaning takes what the others leave, or gives way where that is too little to be read; it hands
    on what it has to spare.
    """
    name = min(longest_name + 1, max(_NAME, int(_MOST_NAME * width)))
    room = max(_NARROW_VALUE, width - SELECTED - name - MARK - _BADGE)
    unit = _UNIT if room - _UNIT >= _NARROW_VALUE else 0
    value = min(_VALUE, room - unit) if unit else min(room, max(_VALUE, longest_value))
    rest = room - value - unit
    shows_meaning = rest >= _MEANING

    spare = rest - _LONG_MEANING if shows_meaning else rest
    badge = _LONG_BADGE if spare >= _LONG_BADGE - _BADGE else _BADGE
    spare = rest - _WHOLE_MEANING if shows_meaning else rest
    if spare >= _WHOLE_BADGE - _BADGE:
        badge = _WHOLE_BADGE
    rest, spare = rest - (badge - _BADGE), max(0, spare - (badge - _BADGE))

    if unit:
        more = min(spare, max(0, longest_unit + 1 - unit, longest_value - value - unit))
        unit, rest, spare = unit + more, rest - more, spare - more
        more = min(spare, max(0, longest_value - value - unit))
        value, rest = value + more, rest - more
    return Columns(name, value, unit, badge, rest if shows_meaning else 0)
