"""A plot of metrics of the run, with its legend; drawn anew at most every three seconds, or for a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsrppp_tui.tui.marks import Fitted
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.plot.frame import GUTTER
from vsrppp_tui.tui.plot.legend import Legend, draw_legend, legend_height, note_row
from vsrppp_tui.tui.plot.plotter import PlotChoice, Plotter
from vsrppp_tui.tui.widgets.pace import Paced
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row

PLOT_SECONDS = 3.0
# Bytes a second: a window that moves on with a fast run changes nearly every cell.
PLOT_RATE = 4000.0


class PacedPlot:
    """Keeps the rows of a plot, since they are most of the bytes, until they are old or of another choice."""

    def __init__(self, model: RunModel, choice: PlotChoice) -> None:
        self._model = model
        self.plotter = Plotter(model, choice)
        self._paced = Paced(PLOT_SECONDS, PLOT_RATE)

    def rows(self, width: int, height: int, draw: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        """The rows kept, or those of `draw`, for which the curves are brought up to date."""
        model, metrics = self._model, self._model.metrics
        choice = self.plotter.choice.state()
        reason = (width, height, choice, model.state, metrics.seeded, metrics.era)

        def take_and_draw() -> Sequence[Row]:
            self.plotter.take()
            return draw()

        return self._paced.rows(reason, model.clock(), take_and_draw)


class PlotWidget(Panel):
    """The legend, the plot and its notes, as rows of one widget."""

    def __init__(self, model: RunModel, choice: PlotChoice, *, id: str | None = None) -> None:
        super().__init__(model, id=id)
        self._plot = PacedPlot(model, choice)

    @property
    def plotter(self) -> Plotter:
        """What is drawn, and from what."""
        return self._plot.plotter

    @property
    def plot_width(self) -> int:
        """Cells that the steps are spread over."""
        return max(1, self.content_size.width - GUTTER)

    def build(self, width: int, height: int) -> Sequence[Row]:
        return self._plot.rows(width, height, lambda: self._draw(width, height))

    def _draw(self, width: int, height: int) -> list[Row]:
        plotter, choice = self.plotter, self.plotter.choice
        above = legend_height(choice.names, width) if choice.names else 0
        above = above if height - above >= 6 else 0
        figure = plotter.draw(width, height - above - 1)
        legend = draw_legend(plotter.curves, figure, choice.cursor, width) if above else Legend([])
        marks = plotter.marks(self.plot_width) if figure.marked else Fitted([])
        return [*legend.rows, *figure.rows, note_row(figure, marks, width, ranges=legend.ranges)]
