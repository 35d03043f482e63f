"""The keys, and what the marks of the dashboard mean."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from vsrppp_tui.tui.actions import BOARD, GROUPS, HELP, LEAVE, Group, bindings
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_KEY_CELLS = 13

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
    """Scrolls where the terminal is low; the keys of the screen that was left stand first."""

    GROUP = HELP
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HELP)]

    def __init__(self, asked_on: Group) -> None:
        super().__init__()
        self._asked_on = asked_on

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        with VerticalScroll(id="help"):
            yield RowWidget(id="help-text")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Fill in the text, which never changes."""
        rows = help_rows(self.keys, self._asked_on)
        text = self.query_one("#help-text", RowWidget)
        text.styles.height = len(rows)
        text.show(rows)
        self.query_one("#title", RowWidget).show([(("Help", "accent"),)])
        back = self.keys.shown("help.back")
        self.query_one("#footer", RowWidget).show([key_row([("↑↓", "Scroll"), (back, "Back")], 3)])


def help_rows(keys: Keys, first: Group) -> list[Row]:
    """The whole page: the keys of one screen, the marks, then the keys of the others."""
    others = [group for group in GROUPS if group not in (first, HELP, LEAVE, BOARD)]
    rows = [*_key_rows(keys, first), (), *_mark_rows()]
    for group in others:
        rows += [(), *_key_rows(keys, group)]
    return rows


def _key_rows(keys: Keys, group: Group) -> list[Row]:
    rows: list[Row] = [((f"Keys: {group.title}", "strong"),)]
    for action in keys.group(group).actions:
        shown = f"  {keys.all_shown(action.name):<{_KEY_CELLS}} "
        rows.append(((shown, "key"), (action.meaning, "text")))
    return rows


def _mark_rows() -> list[Row]:
    rows: list[Row] = [(("What the marks mean", "strong"),)]
    return rows + [
        ((f"  {mark:<{_KEY_CELLS}} ", style), (meaning, "text")) for mark, style, meaning in _MARKS
    ]
