"""Metrics of the run over its steps, on the whole screen."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Key

from vsrppp_tui.counting import count
from vsrppp_tui.tui.action_list import PLOT
from vsrppp_tui.tui.actions import Action, bindings
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.plot.cursor import moved
from vsrppp_tui.tui.plot.plotter import PlotChoice
from vsrppp_tui.tui.plot.reading import read_step
from vsrppp_tui.tui.plot.window import Window
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.footer import footer_row, key_row
from vsrppp_tui.tui.widgets.header import state_row
from vsrppp_tui.tui.widgets.metric_list import MetricList
from vsrppp_tui.tui.widgets.plot import PlotWidget
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, spread

# They do nothing where the whole run is shown.
_IN_A_PART = ("plot.earlier", "plot.later", "plot.whole")


class PlotScreen(RunScreen):
    """The arrows move the cursor, + and − zoom around it; F opens the list of metrics."""

    GROUP = PLOT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PLOT)]

    def __init__(self, model: RunModel, choice: PlotChoice) -> None:
        super().__init__()
        self._model = model
        self._choice = choice

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield RowWidget(id="words")
        with Horizontal(id="plot-body"):
            yield PlotWidget(self._model, self._choice, id="plot")
            yield MetricList(self._model, self._choice)
        yield RowWidget(id="footer")

    def follow(self) -> None:
        super().follow()
        for name, row in (
            ("#title", self._title),
            ("#words", self._words),
            ("#footer", self._keys),
        ):
            widget = self.query_one(name, RowWidget)
            widget.show([row(max(1, widget.content_size.width))])

    def on_resize(self) -> None:
        """Fit the rows to the new size, once the widgets have it."""
        self.call_after_refresh(self.follow)

    def on_key(self, event: Key) -> None:
        """While the list of metrics is open, the keys belong to it.

        The key that opens it is taken here too: a binding comes after keys that are already waiting.
        """
        if not self._choosing:
            opens = next(a for a in self.actions if a.name == "plot.choose").key_list
            if event.key.lower() not in opens:
                return
            self._open(True)
        elif event.key in ("escape", "tab"):
            self._open(False)
        elif not self.query_one(MetricList).key(event.key, event.character):
            return
        event.stop()
        event.prevent_default()
        self.follow()

    @property
    def _choosing(self) -> bool:
        return self.has_class("-choosing")

    @property
    def _plot(self) -> PlotWidget:
        return self.query_one(PlotWidget)

    def _open(self, choosing: bool) -> None:
        self.set_class(choosing, "-choosing")

    def action_choose(self) -> None:
        """Open the list of metrics; the palette and a click come this way."""
        self._open(True)
        self.follow()

    def action_move(self, by: int) -> None:
        """Move the cursor by cells; at the edge the window moves along."""
        plotter = self._plot.plotter
        cells = self._plot.plot_width
        self._choice.window, self._choice.cursor = moved(
            self._choice.window, plotter.extent, self._choice.cursor, by, cells
        )
        self.follow()

    def action_start(self) -> None:
        """Put the cursor on the first step shown."""
        self._choice.cursor = self._plot.plotter.span[0]
        self.follow()

    def action_newest(self) -> None:
        """Take the cursor away: the newest values are read, and a zoomed window ends with them."""
        window, extent = self._choice.window, self._plot.plotter.extent
        self._choice.cursor = None
        if window.zoomed is not None:
            first, last = window.zoomed
            self._choice.window = window.pan(extent, (extent.last - last) / (last - first))
        self.follow()

    def action_zoom(self, inward: bool) -> None:
        """Half or twice as many steps, around the cursor, else at the newest end."""
        extent = self._plot.plotter.extent
        around = self._choice.cursor if self._choice.cursor is not None else extent.last
        self._choice.window = self._choice.window.zoom(extent, around, inward)
        self.follow()

    def action_pan(self, by: float) -> None:
        """Show earlier or later steps."""
        self._choice.window = self._choice.window.pan(self._plot.plotter.extent, by)
        self.follow()

    def action_whole(self) -> None:
        """Show the whole run."""
        self._choice.window = Window()
        self.follow()

    def action_window(self) -> None:
        """Show the next of: the whole run, its newest parts."""
        self._choice.next_window()
        self.follow()

    def action_scale(self) -> None:
        """Change between the linear and the logarithmic scale."""
        self._choice.toggle_log()
        self.follow()

    def action_smooth(self) -> None:
        """The next strength of the smoothing."""
        self._choice.next_strength()
        self.follow()

    def action_own_scales(self) -> None:
        """One scale for all curves, or one for each."""
        own = self._plot.plotter.figure.own_scales
        self._choice.look = replace(self._choice.look, own_scales=not own)
        self.follow()

    def _title(self, width: int) -> Row:
        plotter, cursor = self._plot.plotter, self._choice.cursor
        row: Row = (("Metrics", "accent"),)
        if cursor is None:
            newest = max(
                (c.series.steps[-1] for c in plotter.curves if len(c.series.steps)), default=0
            )
            step = f", up to step {count(round(float(newest)))}" if newest else ""
            row += ((f"   newest values{step}", "dim"),)
        else:
            read = read_step(plotter.curves, plotter.figure, cursor)
            row += (("   at step ", "dim"), (count(round(read)), "strong"))
            kinds = plotter.kinds_at(cursor, self._plot.plot_width)
            row += (("  " + ", ".join(kinds), "text"),) if kinds else ()
        return spread(row, state_row(self._model.snapshot), width)

    def _words(self, width: int) -> Row:
        return ((self._plot.plotter.words(width), "dim"),)

    def _keys(self, width: int) -> Row:
        if self._choosing:
            keys = [("↑↓", "Select"), ("Enter", "Show or hide"), ("Esc", "Close")]
            return key_row(keys, 3 if width >= 60 else 1)
        return footer_row(self._useful(), width)

    def _useful(self) -> list[Action]:
        """The actions, ranked by what can be done with the present picture."""
        plotter, ranks = self._plot.plotter, dict[str, int | None]()
        if len(self._choice.names) < 2:
            ranks["plot.own_scales"] = None
        else:
            ranks |= {"plot.own_scales": 1, "plot.smooth": 2}
        if plotter.span == plotter.extent.whole:
            ranks |= dict.fromkeys(_IN_A_PART)
        else:
            ranks |= dict.fromkeys(_IN_A_PART, 1)
            ranks |= dict.fromkeys(("plot.window", "plot.scale", "plot.smooth"), 2)
        return [
            replace(action, rank=ranks.get(action.name, action.rank)) for action in self.actions
        ]
