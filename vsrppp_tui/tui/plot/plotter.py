"""What is plotted of a run and how, as its viewer chose it; and the figure of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from vsrppp_tui.counting import count
from vsrppp_tui.tui.marks import MARKS, Fitted, Mark, fitted_marks
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.plot.columns import Span
from vsrppp_tui.tui.plot.dashes import MOST_CURVES
from vsrppp_tui.tui.plot.figure import Curve, Figure, Look, draw_figure
from vsrppp_tui.tui.plot.frame import GUTTER, cell_of
from vsrppp_tui.tui.plot.scales import Scales
from vsrppp_tui.tui.plot.smoothing import STRENGTHS
from vsrppp_tui.tui.plot.window import Extent, Window


@dataclass(slots=True)
class PlotChoice:
    """The metrics, the way they are shown, the steps and the cursor; kept while the program runs."""

    names: list[str] = field(default_factory=lambda: ["Loss/Total"])
    look: Look = field(default_factory=Look)
    window: Window = field(default_factory=Window)
    cursor: float | None = None  # a step; None: no cursor, the newest values are read

    def state(self) -> Hashable:
        """Equal as long as nothing was chosen anew."""
        return (tuple(self.names), self.look, self.window, self.cursor)

    def toggle(self, name: str) -> bool:
        """Put a metric on the plot or take it off; False where there is no room for one more."""
        if name in self.names:
            self.names.remove(name)
        elif len(self.names) >= MOST_CURVES:
            return False
        else:
            self.names.append(name)
        self.look = replace(self.look, own_scales=None)
        return True

    def toggle_log(self) -> None:
        """Change between the linear and the logarithmic scale."""
        self.look = replace(self.look, log=not self.look.log)

    def next_window(self) -> None:
        """The next choice of steps."""
        self.window = self.window.next()

    def next_strength(self) -> None:
        """The next strength of the smoothing."""
        self.look = replace(self.look, strength=(self.look.strength + 1) % len(STRENGTHS))


class Plotter:
    """Draws the choice from the metrics of a run; keeps the axes steady between two figures."""

    def __init__(self, model: RunModel, choice: PlotChoice) -> None:
        self._model = model
        self.choice = choice
        self._scales = Scales()
        self.figure = Figure([])  # the last one drawn
        self.curves: tuple[Curve, ...] = ()

    def take(self) -> tuple[Curve, ...]:
        """The curves as they are now; read until they are taken anew."""
        metrics = self._model.metrics
        self.curves = tuple(Curve(name, metrics.series(name)) for name in self.choice.names)
        return self.curves

    @property
    def extent(self) -> Extent:
        """The steps of the run that the curves know of."""
        snapshot = self._model.snapshot
        firsts = [float(c.series.steps[0]) for c in self.curves if len(c.series.steps)]
        lasts = [float(c.series.steps[-1]) for c in self.curves if len(c.series.steps)]
        last = max([*lasts, float(snapshot.step), 1.0])
        return Extent(min(firsts, default=0.0), last, float(snapshot.total_steps))

    @property
    def span(self) -> Span:
        """The first and the last step shown."""
        return self.choice.window.span(self.extent)

    def draw(self, width: int, height: int) -> Figure:
        """Rows of `width` x `height` cells, of the curves taken last."""
        choice, span = self.choice, self.span
        metrics, size = self._model.metrics, (width, height)
        chosen = (tuple(choice.names), choice.look, choice.window)
        self._scales.begin((*chosen, size, metrics.seeded, metrics.era))
        marks = [(m.step, *MARKS[m.kind]) for m in self.marks(width - GUTTER).marks]
        self.figure = draw_figure(
            self.curves, size, span, choice.look, self._scales, marks, choice.cursor
        )
        return self.figure

    def marks(self, width: int) -> Fitted:
        """The marks to show below `width` cells."""
        span = self.span
        return fitted_marks(self._marks(), lambda step: cell_of(step, span, width), width)

    def _marks(self) -> list[Mark]:
        return self._model.marks.between(*self.span, self._model.validations.results)

    def kinds_at(self, step: float, width: int) -> list[str]:
        """What happened in the cell of a step, also what is too crowded to be shown."""
        span = self.span
        cell = cell_of(step, span, width)
        kinds = (m.kind for m in self._marks() if cell_of(m.step, span, width) == cell)
        return list(dict.fromkeys(kinds))

    def words(self, width: int) -> str:
        """Scale, smoothing and steps, in words; in fewer of them where `width` cells are too few."""
        over = count(round(self.choice.look.averages(self.span)))
        name = STRENGTHS[self.choice.look.strength][0]
        smoothing = f"{name} smoothing, {over} steps" if over != "0" else "not smoothed"
        scale = "log scale" if self.choice.look.log else "linear"
        window = self.choice.window.name(self.extent)
        ways = (
            (scale, smoothing, window),
            (scale, smoothing.replace("smoothing, ", ""), window),
            (scale, window),
        )
        return next((text for way in ways if len(text := " · ".join(way)) <= width), scale)
