"""The lines around the list of the setup: title with the search, judgement of what is typed, keys."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import Level, Snapshot
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.value_edit import ValueEdit
from vsrppp_tui.tui.widgets.badges import STAGED, WAITS
from vsrppp_tui.tui.widgets.rows import Piece, Row, row_width, spread

_SEARCH = 24  # cells


def title_line(snapshot: Snapshot, edits: LiveEdits, search: Row, place: Row, width: int) -> Row:
    """Which run, what is looked for, and what is staged or waits; the run gives way first.

    Args:
        snapshot: the run.
        edits: what is staged.
        search: what is looked for, of `search_piece`.
        place: which keys are in sight, of `place_piece`.
        width: cells of the line.
    """
    title: Row = (("Live setup", "accent"),)
    run: Row = ((f"   {snapshot.run.recipe}, step {count(snapshot.step)}", "dim"),)
    states = _states(snapshot, edits)
    for left in ((*title, *run, *search, *place), (*title, *search, *place), (*title, *search)):
        for right in (_joined(states), _joined(states[:1])):
            if row_width(left) + row_width(right) < width:
                return spread(left, right, width)
    return left


def _states(snapshot: Snapshot, edits: LiveEdits) -> list[Piece]:
    states: list[Piece] = []
    if edits.read_only:
        states.append(("◇ read only", "warning"))
    elif edits.closed():
        states.append(("■ the run has ended", "warning"))
    if edits.staged:
        states.append((f"{STAGED} {len(edits.staged)} staged", "warning"))
    if snapshot.pending:
        verb = "waits" if len(snapshot.pending) == 1 else "wait"
        states.append((f"{WAITS} {len(snapshot.pending)} {verb}", "warning"))
    return states


def _joined(states: Sequence[Piece]) -> Row:
    row: Row = ()
    for state in states:
        row += (("  ", "text"), state) if row else (state,)
    return row


def place_piece(seen: tuple[int, int], keys: int) -> Row:
    """Which of `keys` keys are in sight, where not all of them are."""
    first, last = seen
    if not last or last - first + 1 >= keys:
        return ()
    return ((f"   {first} to {last} of {keys}", "dim"),)


def search_piece(typed: LineEdit | None, search: str, matches: int, keys: int) -> Row:
    """What is looked for, with a cursor while it is typed, and how many keys match."""
    if typed is None and not search:
        return ()
    verb = "matches" if matches == 1 else "match"
    found = (f"  {matches} of {keys} {verb}", "dim" if matches else "warning")
    if typed is None:
        return (("   / ", "key"), (search[:_SEARCH], "strong"), found)
    before, under, after = typed.window(_SEARCH)
    return (("   / ", "key"), (before, "strong"), (under, "cursor"), (after, "strong"), found)


def judgement(edits: LiveEdits, editor: ValueEdit, apply_key: str) -> tuple[Level, str]:
    """Whether what is typed may be staged."""
    if editor.problem:
        return "error", editor.problem
    if editor.overtaken is not None:
        return "warning", (
            f"{editor.name} was {editor.began_at} when you began and is {editor.overtaken} now, changed "
            f"from elsewhere. Enter stages what you typed."
        )
    means = edits.stands_for(editor.name, editor.text)
    means = f"{means}. " if means else ""
    return "good", f"{means}Allowed. Enter stages it, {apply_key} then applies it."
