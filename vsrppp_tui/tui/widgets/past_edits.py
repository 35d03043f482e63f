"""One row of the history of edits."""

from __future__ import annotations

from vsrppp_tui.tui.edit_history import PastEdit
from vsrppp_tui.tui.live_edits import shown_value
from vsrppp_tui.tui.text import count, date_time, shorten, shorten_left
from vsrppp_tui.tui.widgets.rows import Row

_STEP, _WHO = 11, 20  # cells of the columns
_NAME, _WIDEST_CHANGE = 0.28, 48  # part of the width; cells


def past_edit_row(edit: PastEdit, selected: bool, width: int) -> Row:
    """When, at which step, which key, what it was and became, and who did it."""
    style, faint = ("selected", "selected") if selected else ("text", "dim")
    moment = date_time(edit.time)
    name = max(18, int(_NAME * width))
    left = max(10, width - 2 - len(moment) - _STEP - name - 2)
    who = min(_WHO, left // 2)
    room = min(_WIDEST_CHANGE, left - who)
    old, new = shown_value(edit.old), shown_value(edit.new)
    change = f"{old} → {new}" if len(f"{old} → {new}") < room else f"→ {new}"
    return (
        ("▸ " if selected else "  ", style),
        (moment, faint),
        (f"{count(edit.step):>{_STEP}}  ", faint),
        (f"{shorten_left(edit.name, name - 1):<{name}}", style),
        (f"{shorten(change, room - 1):<{room}}", "selected" if selected else "strong"),
        (f"{shorten(edit.who, left - room):<{left - room}}", faint),
    )
