"""The rows of the history of edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsrppp_tui.counting import count
from vsrppp_tui.tui.edit_history import PastEdit
from vsrppp_tui.tui.live_edits import shown_value
from vsrppp_tui.tui.text import date_time, shorten, shorten_name
from vsrppp_tui.tui.widgets.rows import Row, padded

_MARK, _GAP = 2, 2  # cells
_LEAST_NAME, _MOST_NAME = 14, 0.4  # cells; part of the width
_LEAST_CHANGE, _WIDEST_WHO = 17, 20
_ROOMY = 110  # cells of a row that leave room for words
_ARROW = " → "


@dataclass(frozen=True, slots=True)
class EditColumns:
    """Cells of the columns, without the gaps between them."""

    step: int
    name: int
    change: int
    who: int


def edit_columns(edits: Sequence[PastEdit], width: int) -> EditColumns:
    """Columns as wide as what they hold; what is left goes to the change, from old to new."""
    step = max(len(_step(edit, width)) for edit in edits)
    name = max(_LEAST_NAME, *(len(edit.name) for edit in edits))
    name = min(name, max(_LEAST_NAME, int(_MOST_NAME * width)))
    who = min(_WIDEST_WHO, max(len(edit.who) for edit in edits))
    left = width - _MARK - len(date_time(0)) - step - name - 4 * _GAP
    change = min(max(len(_whole(edit)) for edit in edits), max(_LEAST_CHANGE, left - who))
    return EditColumns(step, name, max(1, min(change, left)), max(0, min(who, left - change)))


def past_edit_row(edit: PastEdit, selected: bool, at: EditColumns, width: int) -> Row:
    """When, at which step, which key, what it was and became, and who did it."""
    style, faint = ("selected", "selected") if selected else ("text", "dim")
    gap = " " * _GAP
    row: Row = (
        ("▸ " if selected else "  ", style),
        (f"{date_time(edit.time)}{gap}", faint),
        (f"{_step(edit, width, at.step)}{gap}", faint),
        (f"{shorten_name(edit.name, at.name):<{at.name}}{gap}", style),
        (f"{_change(edit, at.change):<{at.change}}{gap}", "selected" if selected else "strong"),
        (shorten(edit.who, at.who), faint),
    )
    return padded(row, width, style)


def _step(edit: PastEdit, width: int, cells: int = 0) -> str:
    """The step, to the right in `cells` cells; called so where there is room."""
    word = "step " if width >= _ROOMY else ""
    return f"{word}{count(edit.step):>{max(0, cells - len(word))}}"


def _whole(edit: PastEdit) -> str:
    return f"{shown_value(edit.old)}{_ARROW}{shown_value(edit.new)}"


def _change(edit: PastEdit, room: int) -> str:
    """Old and new value; both are cut where there is no room, so that neither is missing."""
    if len(_whole(edit)) <= room:
        return _whole(edit)
    old, new = shown_value(edit.old), shown_value(edit.new)
    room = max(0, room - len(_ARROW))
    of_old = min(len(old), max(room // 2, room - len(new)))
    return f"{shorten(old, of_old)}{_ARROW}{shorten(new, room - of_old)}"
