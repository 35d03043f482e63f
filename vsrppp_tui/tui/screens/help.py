"""The keys, and what the marks of the dashboard mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_KEYS = (
    ("Enter", "live setup: see and change every key of the configuration"),
    ("S", "sort the blocks: by trunk or flat, by position or activity"),
    ("P", "pause at the next step, and continue"),
    ("V", "validate at the next step"),
    ("C", "save a checkpoint at the next step"),
    ("D", "detach: back to the shell, the training goes on"),
    ("I", "pictures of the last validation: enlarged, network, ground truth"),
    ("L", "linear or logarithmic scale of the loss curve"),
    ("W", "warnings seen: put them away"),
    ("Ctrl+P", "all commands by name, and the colour themes"),
    ("Q", "stop and save, or detach; just leave, when the run is over"),
)

_PICTURE_KEYS = (
    ("← →", "the sample before or after; also B and N"),
    ("↑ ↓", "an older or newer validation; also [ and ]"),
    ("+ − 0", "zoom in, out, whole picture; zoomed in, the arrows move about"),
)

# Mark, its style, what it means.
_MARKS = (
    ("━━━──", "curve", "activity of a block: the mean size of what its residual branch"),
    ("", "text", "adds, in percent of the most active block; the thin line is"),
    ("", "text", "the healthy band, 30 to 80%"),
    ("❄", "warning", "cold: under 20%. Some are normal early on; if many stay cold,"),
    ("", "text", "raise the learning rate, or train a smaller network next time"),
    ("⬆ ⬇ ═", "text", "trend: the last ten readings against the ten before; ═ is a"),
    ("", "text", "change within 2%"),
    ("✓", "good", "Converging: the smoothed loss falls, beyond all uncertainty"),
    ("⚠", "warning", "Plateauing: its slope cannot be told from level"),
    ("✗", "error", "Diverging: it rises; pause, then lower the learning rate"),
    ("±", "text", "uncertainty of the slope: change of the loss in 1000 steps"),
    ("▲", "warning", "aggressive: VSR++ found its output blurred and raises the weight"),
    ("", "text", "of the gradient term until it is sharper, or its time is up"),
    ("quality", "text", "half SSIM, half PSNR from 20 to 50 dB, in percent; the gain"),
    ("", "text", "is that of the network over plain enlargement"),
    ("data wait", "text", "share of a step spent waiting for patches; above 20% the"),
    ("", "text", "loader holds the training back: raise NUM_WORKERS"),
)


class HelpScreen(RunScreen):
    """Scrolls where the terminal is low."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,Q,question_mark,enter", "app.pop_screen", "Back"),
    ]

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        with VerticalScroll(id="help"):
            yield RowWidget(id="help-text")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Fill in the text, which never changes."""
        rows = help_rows()
        text = self.query_one("#help-text", RowWidget)
        text.styles.height = len(rows)
        text.show(rows)
        self.query_one("#title", RowWidget).show([(("Help", "accent"),)])
        footer = key_row([("↑↓", "scroll"), ("Esc", "back")], 3)
        self.query_one("#footer", RowWidget).show([footer])


def help_rows() -> list[Row]:
    """The whole page."""
    rows: list[Row] = []
    for title, keys in (("Keys", _KEYS), ("In the pictures", _PICTURE_KEYS)):
        rows += [(), ((title, "strong"),)] if rows else [((title, "strong"),)]
        rows += [((f"  {key:<11}", "key"), (meaning, "text")) for key, meaning in keys]
    rows += [(), (("What the marks mean", "strong"),)]
    rows += [((f"  {mark:<11}", style), (meaning, "text")) for mark, style, meaning in _MARKS]
    return rows
