"""The changes that are staged: what each will do, before anything is sent."""

from __future__ import annotations

from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.staging import Change
from vsrppp_tui.tui.text import UNKNOWN, shorten, shorten_name
from vsrppp_tui.tui.widgets.badges import STAGED, WAITS, when
from vsrppp_tui.tui.widgets.rows import Piece, Row, RowWidget, row_width


class StagedPane(RowWidget):
    """As high as what it has to say, absent when nothing is staged."""

    def __init__(self, edits: LiveEdits) -> None:
        super().__init__(id="staged")
        self._edits = edits
        self.styles.height = 0

    def redraw(self, width: int, most: int, apply_key: str, label: int) -> None:
        """Show the changes.

        Args:
            width: cells of a row.
            most: rows beside the heading.
            apply_key: what applies them; empty while it would not.
            label: cells before the values of the list: these here stand below them.
        """
        rows = staged_rows(self._edits, width, most, apply_key, label)
        if len(rows) != len(self.rows):
            self.styles.height = len(rows)
        self.show(rows)


def staged_rows(edits: LiveEdits, width: int, most: int, apply_key: str, label: int) -> list[Row]:
    """A heading that says whether they can be applied, and one row a change; the newest are shown."""
    changes = list(edits.staged.values())
    if not changes:
        return []
    shown = changes[-most:] if len(changes) <= most else changes[len(changes) - most + 1 :]
    rows = [_ruled(_heading(edits, len(changes), width - 4, apply_key), width)]
    if len(shown) < len(changes):
        rows.append(((f"  … and {len(changes) - len(shown)} staged before", "dim"),))
    return rows + _change_rows(edits, shown, width, label)


def named_changes(edits: LiveEdits, most: int, width: int) -> list[str]:
    """The changes in at most `most` lines, without when they come into force."""
    changes = list(edits.staged.values())
    shown = changes[: most if len(changes) <= most else most - 1]
    label = min(max(len(change.name) for change in shown), width // 2)
    room = width - label - 2
    lines = [f"{shorten_name(c.name, label):<{label}}  {_arrow(edits, c, room)}" for c in shown]
    more = len(changes) - len(shown)
    return [*lines, f"… and {more} more"] if more else lines


def _ruled(heading: Row, width: int) -> Row:
    """The heading in a line: the list ends above it."""
    row: Row = (("─ ", "faint"), *heading, (" ", "text"))
    return (*row, ("─" * (width - row_width(row)), "faint"))


def _heading(edits: LiveEdits, count: int, width: int, apply_key: str) -> Row:
    changes = "1 change" if count == 1 else f"{count} changes"
    if edits.sending:
        return ((f"{WAITS} {changes} sent: the run answers at its next step", "accent"),)
    left = f"{STAGED} {changes} staged, not applied yet"
    problem = edits.problem_of_staged()
    if problem is not None:
        return ((shorten(f"✗ {changes} that cannot be applied: {problem}", width), "error"),)
    if not apply_key:
        return ((left, "warning"),)
    together = {1: "it", 2: "both"}.get(count, f"all {count}") + (" at once" if count > 1 else "")
    return ((left, "warning"), ("   ", "text"), (apply_key, "key"), (f" applies {together}", "dim"))


def _change_rows(
    edits: LiveEdits, changes: list[Change], width: int, before_value: int
) -> list[Row]:
    """In columns: key, old and new value, and when it comes into force."""
    notes = [_note(edits, change) for change in changes]
    room = width - max(len(text) for text, _ in notes) - 2
    # Below the values of the list; further left where a change would be cut there.
    longest = max(len(_arrow(edits, change, width)) for change in changes)
    own = 2 + min(max(len(change.name) for change in changes) + 1, width // 2)
    label = max(own, min(before_value, room - longest)) - 2
    room = max(8, room - 2 - label)
    texts = [_arrow(edits, change, room) for change in changes]
    column = max(map(len, texts))
    return [
        (
            (f"  {shorten_name(change.name, label - 1):<{label}}", "strong"),
            (f"{text:<{column}}  ", "text"),
            note,
        )
        for change, text, note in zip(changes, texts, notes, strict=True)
    ]


def _note(edits: LiveEdits, change: Change) -> Piece:
    if edits.overtaken(change):
        return f"⚠ was {shown_value(change.base)} when staged", "warning"
    return when(edits.info(change.name).effect), "dim"


def _arrow(edits: LiveEdits, change: Change, room: int) -> str:
    new = shown_value(change.value)
    whole = f"{edits.value(change.name) or UNKNOWN} → {new}"
    return shorten(whole if len(whole) <= room else f"→ {new}", room)
