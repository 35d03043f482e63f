"""The loss: every component, the learning rate, convergence, and the curve of the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsrppp_tui.link.interface import LEAST_STEPS, SMOOTHED_STEPS, Convergence, Snapshot
from vsrppp_tui.tui.marks import MARKS, Fitted
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.text import decimal, number
from vsrppp_tui.tui.widgets.adaptive import short_rows
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Piece, Row, padded, row_width
from vsrppp_tui.tui.widgets.states import TREND_MARKS

if TYPE_CHECKING:
    from vsrppp_tui.tui.plot.plotter import PlotChoice, Plotter
    from vsrppp_tui.tui.widgets.plot import PacedPlot


HEADING_FROM = 11  # rows; below, the title names the columns


class LossPanel(Panel):
    """Numbers at every snapshot; the curve at most every three seconds, since it is most of the bytes."""

    BORDER_TITLE = "Loss"

    def __init__(self, model: RunModel) -> None:
        super().__init__(model, id="loss")
        self._plot: PacedPlot | None = None

    def on_mount(self) -> None:
        """Leave the curve to the second frame: it needs numpy, whose import takes as long as all the first."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> PacedPlot:
        """The curve, which is drawn from now on."""
        if self._plot is None:
            from vsrppp_tui.tui.plot.plotter import PlotChoice
            from vsrppp_tui.tui.widgets.plot import PacedPlot

            self._plot = PacedPlot(self.model, PlotChoice())
            self.update()
        return self._plot

    @property
    def choice(self) -> PlotChoice:
        """How the curve is shown; `update` after a change."""
        return self._begin().plotter.choice

    def toggle_scale(self) -> None:
        """Change between the linear and the logarithmic scale."""
        self.choice.toggle_log()
        self.update()

    def next_strength(self) -> None:
        """Change the smoothing."""
        self.choice.next_strength()
        self.update()

    def next_window(self) -> None:
        """Change which steps the curve shows."""
        self.choice.next_window()
        self.update()

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        title = "Loss" if height >= HEADING_FROM else "Loss: now, smoothed"
        self.entitle(title=title)
        numbers = number_rows(snapshot, width, height)
        if snapshot.adaptive is not None and not self._has_room_below():
            at = len(numbers) - (numbers[-1] == ())
            numbers[at:at] = short_rows(snapshot.adaptive, width)
        return [*numbers, *self._curve_rows(width, height - len(numbers))]

    def _has_room_below(self) -> bool:
        """Whether the adaptive system has a panel of its own (see the style sheet)."""
        return not (self.screen.has_class("-low") or self.screen.has_class("-tiny-height"))

    def _curve_rows(self, width: int, height: int) -> Sequence[Row]:
        plot = self._plot
        if plot is None:
            return []
        return plot.rows(width, height, lambda: self._draw(plot.plotter, width, height))

    def _draw(self, plotter: Plotter, width: int, height: int) -> Sequence[Row]:
        rows = plotter.draw(width, height).rows
        self.entitle(subtitle=_words_below(plotter, width) if rows else "")
        return rows


def _words_below(plotter: Plotter, width: int) -> str:
    """How the curve is shown, after what its marks mean, or those that cannot be seen, where there is room."""
    from vsrppp_tui.tui.plot.frame import GUTTER

    room = width - 2
    alone = plotter.words(room)
    marks = plotter.marks(width - GUTTER) if plotter.figure.marked else Fitted([])
    seen = [f"{MARKS[kind][0]} {kind}" for kind in marks.seen]
    unseen = [marks.unseen] if marks.unseen else []
    for named in ([*seen, *unseen], seen, unseen):
        text = "   ".join(named)
        beside = plotter.words(room - len(text) - 3)
        both = f"{text} · {beside}"
        if text and len(both) <= room and beside.count("·") == alone.count("·"):
            return both
    return alone


def number_rows(snapshot: Snapshot, width: int, height: int) -> list[Row]:
    """Everything above the curve; in fewer rows where the panel is low or narrow."""
    rows = _component_rows(snapshot, width if height >= HEADING_FROM else 0)
    if width >= 58:
        rows += [
            _learning_row(snapshot, width),
            convergence_row(snapshot),
        ]
    else:
        rows += [_short_learning_row(snapshot, width), short_convergence_row(snapshot, width)]
    if height - len(rows) >= 6:
        rows.append(())
    return rows


def _component_rows(snapshot: Snapshot, heading_width: int) -> list[Row]:
    """One row a component, the total first; under a heading where there is room for one."""
    names = ["Total", *(name for name in snapshot.losses if name != "Total")]
    short = f"{'':<13}{'now':<12}smoothed"
    long = f"{short}, {SMOOTHED_STEPS} steps"
    heading = long if len(long) <= heading_width else short
    rows: list[Row] = [((heading, "dim"),)] if heading_width else []
    for name in names:
        rows.append(
            (
                (f"{name:<13}", "strong" if name == "Total" else "text"),
                (f"{number(snapshot.losses.get(name)):<12}", "text"),
                (f"{number(snapshot.smooth_losses.get(name)):<10}", "curve"),
            )
        )
    return rows


def _learning_row(snapshot: Snapshot, width: int) -> Row:
    left = padded(
        (
            ("Learn. rate  ", "dim"),
            (f"{number(snapshot.lr, 3)} ", "text"),
            (snapshot.lr_phase, "dim"),
        ),
        min(35, width - 32),
    )
    return (
        *left,
        ("  Gradient ", "dim"),
        (f"{number(snapshot.grad_norm, 3):<9}", "text"),
        *_skipped(snapshot),
    )


def _short_learning_row(snapshot: Snapshot, width: int) -> Row:
    """Learning rate, its phase and the gradient, or what of this has room beside skipped steps."""
    rate: Row = (("LR ", "dim"), (number(snapshot.lr, 3), "text"))
    phase: Row = ((f" {snapshot.lr_phase:<7}", "dim"),)
    if snapshot.skipped_steps:
        return (*rate, *phase, ("  ", "text"), *_skipped(snapshot))
    gradient: Row = (("  gradient ", "dim"), (number(snapshot.grad_norm, 3), "text"))
    ways = ((*rate, *phase, *gradient), (*rate, *gradient), (*rate, *phase))
    return next((way for way in ways if row_width(way) <= width), rate)


def _skipped(snapshot: Snapshot) -> Row:
    if not snapshot.skipped_steps:
        return (("Skipped ", "dim"), ("0", "text"))
    return ((f"⚠ {snapshot.skipped_steps} skipped", "warning"),)


def convergence_row(snapshot: Snapshot) -> Row:
    """The trend as mark and word, with the slope and its uncertainty; or what it waits for."""
    slope = _slope(snapshot.convergence)
    row: Row = (("Convergence  ", "dim"), _trend(snapshot))
    if not slope:
        return row
    return (*row, (f"  {' ± '.join(slope)}", "text"), (" per 1,000 steps", "dim"))


def short_convergence_row(snapshot: Snapshot, width: int) -> Row:
    """The same in fewer words, and fewer still where the slope has many digits."""
    slope = _slope(snapshot.convergence)
    row: Row = (_trend(snapshot),)
    if not slope:
        return row
    # One percent sign for both numbers, where this makes room for the unit.
    close = " ± ".join([*(text.removesuffix("%") for text in slope[:-1]), slope[-1]])
    ways = ((f" {close}", " /1,000 steps"), (f" {close}", " /1,000"), (f" {close}", ""))
    rows: list[Row] = [(*row, (text, "text"), (unit, "dim")) for text, unit in ways]
    return next((way for way in rows if row_width(way) <= width), row)


def _trend(snapshot: Snapshot) -> Piece:
    trend = snapshot.convergence.trend
    mark, style = TREND_MARKS[trend]
    awaited = f": {_awaited(snapshot.step)}" if trend == "gathering" else ""
    return (f"{mark} {trend}{awaited}", style)


def _slope(convergence: Convergence) -> list[str]:
    """Change of the loss in 1,000 steps and half the width of its interval; empty where it is not known."""
    if convergence.trend == "gathering" or convergence.slope is None:
        return []
    slope = _percent(convergence.slope * 100, signed=True)
    if convergence.low is None or convergence.high is None:
        return [slope]
    return [slope, _percent((convergence.high - convergence.low) * 50)]


def _awaited(step: int) -> str:
    """What keeps the trend from being judged."""
    if step < LEAST_STEPS:
        return f"{step} of {LEAST_STEPS} steps"
    return "still too uncertain"


def _percent(value: float, signed: bool = False) -> str:
    """Percent to what the eye can use; an early slope may be uncertain beyond all bounds."""
    if value > 999:
        return "over 999%"
    return decimal(value, 1 if abs(value) < 100 else 0, "%", signed)
