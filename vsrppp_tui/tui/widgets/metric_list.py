"""The list of all metrics of the run, filtered by typing, from which those to plot are chosen."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.plot.dashes import MOST_CURVES, letter, style_of
from vsrppp_tui.tui.plot.plotter import PlotChoice
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row

_HEAD = 2  # rows above the list


def matching(names: Sequence[str], typed: str) -> list[str]:
    """The names that hold every word typed, in any order and case; "lr" finds the learning rate."""
    words = typed.lower().split()
    return [
        name
        for name in names
        if all(word in name.lower() or word == _initials(name) for word in words)
    ]


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.lower().split())


class MetricList(Panel):
    """Shows the letter of each metric that is plotted; the marked one can be toggled."""

    BORDER_TITLE = "Metrics"

    def __init__(self, model: RunModel, choice: PlotChoice) -> None:
        super().__init__(model, id="metrics")
        self._choice = choice
        self._filter = LineEdit("")
        self._marked: str | None = None
        self._top = 0
        self._full = False  # whether the last toggle found no room

    @property
    def names(self) -> list[str]:
        """The metrics that match what is typed; those plotted that have no value yet as well."""
        known = self.model.metrics.names()
        missing = [name for name in self._choice.names if name not in known]
        return matching([*known, *missing], self._filter.text)

    @property
    def marked(self) -> str | None:
        """The metric that a toggle acts on."""
        names = self.names
        return self._marked if self._marked in names else next(iter(names), None)

    def key(self, key: str, character: str | None) -> bool:
        """Move, toggle or type; whether the key was one of these."""
        self._full = False
        moves = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}
        if key in moves:
            self._move(moves[key])
        elif key == "enter":
            self._toggle()
        elif not self._filter.key(key, character):
            return False
        return True

    def _move(self, by: int) -> None:
        names = self.names
        if names and self.marked is not None:
            place = names.index(self.marked) + by
            self._marked = names[min(len(names) - 1, max(0, place))]

    def _toggle(self) -> None:
        marked = self.marked
        if marked is not None:
            self._marked = marked
            self._full = not self._choice.toggle(marked)

    def build(self, width: int, height: int) -> Sequence[Row]:
        names, marked = self.names, self.marked
        room = max(1, height - _HEAD - 1)
        place = names.index(marked) if marked is not None else 0
        self._top = max(0, min(self._top, place, max(0, len(names) - room)), place - room + 1)
        rows = [self._filter_row(width), ()]
        rows += [
            self._row(name, width, name == marked) for name in names[self._top : self._top + room]
        ]
        rows += [()] * (height - 1 - len(rows))
        return [*rows, self._foot(len(names))]

    def _filter_row(self, width: int) -> Row:
        before, under, after = self._filter.window(max(1, width - 9))
        hint = " type words" if not self._filter.text else ""
        return (
            ("Filter ", "dim"),
            (before, "strong"),
            (under, "cursor"),
            (after, "strong"),
            (hint, "dim"),
        )

    def _row(self, name: str, width: int, marked: bool) -> Row:
        chosen = name in self._choice.names
        place = self._choice.names.index(name) if chosen else 0
        style = "selected" if marked else "text"
        sign = style if marked else style_of(place) if chosen else "dim"  # the bar has no hole
        return (
            ("▸ " if marked else "  ", style),
            (f"{letter(place)} " if chosen else "· ", sign),
            (f"{shorten(name, width - 4):<{max(0, width - 4)}}", style),
        )

    def _foot(self, matches: int) -> Row:
        if self._full:
            return ((f"⚠ at most {MOST_CURVES}: take one off first", "warning"),)
        known = len(self.model.metrics.names())
        return ((f"{matches} of {known}" if matches else "none has these words", "dim"),)
