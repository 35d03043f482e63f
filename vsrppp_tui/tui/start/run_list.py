"""The runs, one a row, with the one that is selected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.events import Resize
from textual.message import Message

from vsrppp_tui.counting import count
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.sparkline import sparkline
from vsrppp_tui.tui.text import UNKNOWN, duration, shorten
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import STATE_MARKS

# Cells of the columns; the name and the curve share what is left.
_STATE, _RECIPE, _STEP, _BEST, _WHEN = 14, 8, 17, 8, 13
_WIDE = 96  # from here on the recipe has a column
_WIDER, _BEST_QUALITY = 116, 14  # from here on a longer heading and wider gaps have room
_NARROWEST_NAME, _WIDEST_NAME, _WIDEST_CURVE = 18, 48, 60
_LATELY_SECONDS = 60.0


class RunList(RowWidget, can_focus=True):
    """Draws the runs and keeps the selected one in sight; the selection stays with its run."""

    class Selected(Message):
        """Another run is selected."""

    def __init__(self) -> None:
        super().__init__(id="runs")
        self._entries: tuple[RunEntry, ...] = ()
        self._selected: Path | None = None
        self._place = 0
        self._top = 0
        self._now = 0.0

    @property
    def selected(self) -> RunEntry | None:
        """The selected run; None where there is none."""
        return self._entries[self._place] if self._entries else None

    def take(self, entries: Sequence[RunEntry], now: float) -> None:
        """Show these runs at the Unix time `now`."""
        self._entries, self._now = tuple(entries), now
        places = [n for n, each in enumerate(self._entries) if each.run_dir == self._selected]
        self._place = places[0] if places else min(self._place, max(0, len(self._entries) - 1))
        self._selected = self.selected.run_dir if self.selected else None
        self.redraw()

    def move(self, by: int) -> None:
        """Select another run, at most to the ends of the list."""
        self._place = max(0, min(len(self._entries) - 1, self._place + by))
        self._selected = self.selected.run_dir if self.selected else None
        self.redraw()
        self.post_message(self.Selected())

    def on_resize(self, event: Resize) -> None:
        """Keep the selected run in sight."""
        self.redraw()

    def redraw(self) -> None:
        """Show the headings and as many runs as there is room for."""
        width, height = self.content_size
        if not self._entries or width <= 0:
            self.show([])
            return
        room = max(1, height - 1)
        self._top = min(self._top, self._place)
        self._top = max(self._top, self._place - room + 1)
        self._top = max(0, min(self._top, len(self._entries) - room))
        seen = enumerate(self._entries[self._top : self._top + room], self._top)
        columns = _Columns(width)
        self.show(
            [columns.headings()]
            + [columns.row(each, self._now, n == self._place) for n, each in seen]
        )


class _Columns:
    """How wide the columns are at a width of the list."""

    def __init__(self, width: int) -> None:
        self._recipe = _RECIPE if width >= _WIDE else 0
        self._best = _BEST_QUALITY if width >= _WIDER else _BEST
        gap = width >= _WIDER
        self._state, self._when = _STATE + gap, _WHEN + gap
        rest = width - 2 - self._state - self._recipe - _STEP - self._best - self._when
        self._name = max(_NARROWEST_NAME, min(_WIDEST_NAME, rest * 3 // 5))
        self._gap = 2 if self._recipe else 1  # a step that follows keeps its distance
        self._curve = max(0, min(_WIDEST_CURVE, rest - self._name))
        self._rest = max(0, rest - self._name - self._curve)  # the selected row goes to the edge

    def headings(self) -> Row:
        """What the columns hold."""
        recipe = f"{'recipe':<{self._recipe}}" if self._recipe else ""
        curve = shorten("loss", self._curve)
        best = "best quality" if self._best == _BEST_QUALITY else "best"
        text = (
            f"  {'state':<{self._state}}{'run':<{self._name}}{recipe}{'step':>{_STEP - 2}}  "
            f"{best:>{self._best - 2}}  {'last active':<{self._when}}{curve}"
        )
        return ((text, "dim"),)

    def row(self, entry: RunEntry, now: float, selected: bool) -> Row:
        """One run."""
        mark, colour = ("✗", "error") if entry.problem else STATE_MARKS[entry.state]
        plain, dim = ("selected", "selected") if selected else ("text", "dim")
        best = UNKNOWN if entry.best is None else f"{entry.best:.1f}%"
        word = "unreadable" if entry.problem else entry.state
        state = f"{mark} {word}" + ("?" if entry.host else "")
        recipe = (
            f"{shorten(entry.recipe, self._recipe - 1):<{self._recipe}}" if self._recipe else ""
        )
        curve = sparkline(entry.losses, self._curve)
        return (
            ("▸ " if selected else "  ", plain),
            (state, plain if selected else colour),  # a ground of its own ends with the word
            (" " * (self._state - len(state)), plain),
            (f"{_short_name(entry.name, self._name - self._gap):<{self._name}}", plain),
            (f"{recipe}", dim),
            (f"{_steps(entry):>{_STEP - 2}}  {best:>{self._best - 2}}  ", plain),
            (f"{when(entry, now):<{self._when}}", dim),
            (f"{curve:<{self._curve + self._rest}}", plain if selected else "curve"),
        )


def when(entry: RunEntry, now: float) -> str:
    """How long ago a run was at work, coarse enough to stand still."""
    past = now - entry.last_at_work
    if entry.live:
        return "now"
    if past < _LATELY_SECONDS:
        return "just now"
    if past < 3600:
        return f"{int(past // 60)} min ago"
    return f"{duration(past).split(' ')[0]} {'h' if past < 48 * 3600 else 'd'} ago"


def _steps(entry: RunEntry) -> str:
    if not entry.total_steps:
        return UNKNOWN if not entry.step else count(entry.step)
    return f"{count(entry.step)}/{count(entry.total_steps)}"


def _short_name(name: str, width: int) -> str:
    """The end of a path says more than its beginning."""
    return name if len(name) <= width else "…" + name[len(name) - width + 1 :]
