"""The keys, and what the marks of the dashboard mean."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.events import Resize

from vsrppp_tui.tui.action_list import APP, GROUPS, HELP
from vsrppp_tui.tui.actions import Group, bindings
from vsrppp_tui.tui.keys import Keys
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget, padded

_KEY_CELLS = 13
_NARROWEST, _GAP = 72, 4  # cells of a column, and between two
_OWN_KEYS = (
    "Any key can be bound anew, a theme chosen and the mouse switched on or off in ~/.config/vsrppp/settings.json: "
    "see docs/keys.md and the README"
)

# Mark, its style, what it means.
_MARKS = (
    ("━━━──", "curve", "activity of a block: the mean size of what its residual branch adds, in percent of the "
     "most active block; the thin line is the healthy band, 30 to 80%"),
    ("▁▂▃▄▅▆▇", "curve", "the same over the run, steps to the right: cold, low (20 to 30%), four parts of the "
     "healthy band, above it; · is a stretch without a reading; where the strip is full, each cell takes more steps"),
    ("❄", "warning", "cold: under 20%. Some are normal early on; if many stay cold, fewer blocks would probably do "
     "as well next time"),
    ("⬆ ⬇ ═", "text", "trend: the last ten readings against the ten before; ═ is a change within 2%"),
    ("✓", "good", "beside the loss, Converging: it falls, smoothed and beyond all uncertainty; elsewhere better "
     "than plain enlargement, or done"),
    ("⚠", "warning", "beside the loss, Plateauing: its slope cannot be told from level; elsewhere a warning"),
    ("✗", "error", "beside the loss, Diverging: it rises; pause, then lower the learning rate; elsewhere an error"),
    ("±", "text", "uncertainty of the slope: change of the loss in 1,000 steps"),
    ("◇ ▪ ✎ ↶", "text", "under a curve: validation, checkpoint, live edit, rollback; a kind too crowded for "
     "the width is left out until you zoom in"),
    ("★", "good", "the validation with the best quality; the dashed line is plain enlargement, such as bilinear"),
    ("▲", "warning", "aggressive: VSR++ found its output blurred and raises the weight of the gradient term "
     "until it is sharper, or its time is up; in the setup a change that is staged"),
    ("● ◐ ○ ■", "text", "in the setup, when a change takes effect: at the next step, at the next epoch, at a restart, "
     "in a new run alone"),
    ("≠ ◷", "text", "in the setup: not the default; changed, but still waiting to take effect"),
    ("LR KI GT", "text", "of a picture: the low-resolution input, what the network makes of it (KI, German for AI) "
     "and the ground truth"),
    ("quality", "text", "half SSIM, half PSNR from 20 to 50 dB, in percent; the gain is that of the network over "
     "plain enlargement"),
    ("data wait", "text", "share of a step spent waiting for patches; above 20% the loader holds the training "
     "back: set CACHE_BUDGET_GB, or raise NUM_WORKERS"),
)  # fmt: skip


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
        """Fill in what does not depend on the width."""
        self.query_one("#title", RowWidget).show([(("Help", "accent"),)])
        self.call_after_refresh(self._wrap)

    def on_resize(self, event: Resize) -> None:
        """Wrap the text to the new width, once the widgets have it."""
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        text = self.query_one("#help-text", RowWidget)
        # One cell less, whether its scroll bar is up or not.
        width = self.query_one("#help").content_size.width - 1
        rows = help_rows(self.keys, self._asked_on, width)
        text.styles.height = len(rows)
        text.show(rows)
        scroll = (
            [("↑↓", "Scroll")] if len(rows) > self.query_one("#help").content_size.height else []
        )
        back = (self.keys.shown("help.back"), "Back")
        self.query_one("#footer", RowWidget).show([key_row([*scroll, back], 3)])


def help_rows(keys: Keys, first: Group, width: int) -> list[Row]:
    """The whole page, in as many columns as there is width for."""
    columns = max(1, (width + _GAP) // (_NARROWEST + _GAP))
    each = (width - _GAP * (columns - 1)) // columns
    stacks: list[list[Row]] = [[] for _ in range(columns)]
    for section in _sections(keys, first, each):
        shortest = min(stacks, key=len)  # so that what comes first stands high up
        shortest += [(), *section] if shortest else section
    return [
        tuple(piece for cell in cells[:-1] for piece in padded(cell, each + _GAP)) + cells[-1]
        for cells in zip_longest(*stacks, fillvalue=())
    ]


def _sections(keys: Keys, first: Group, width: int) -> list[list[Row]]:
    """The keys of one screen and those of all, the marks, then the keys of the other screens."""
    everywhere = [*_key_rows(keys, APP, width), (), *_entry("", "text", _OWN_KEYS, width)]
    marks: list[Row] = [(("What the marks mean", "strong"),)]
    for mark, style, meaning in _MARKS:
        marks += _entry(mark, style, meaning, width)
    others = [g for g in GROUPS if g not in (first, HELP, APP) and not g.question]
    return [
        _key_rows(keys, first, width),
        everywhere,
        marks,
        *(_key_rows(keys, group, width) for group in others),
    ]


def _key_rows(keys: Keys, group: Group, width: int) -> list[Row]:
    rows: list[Row] = [((f"Keys: {group.title}", "strong"),)]
    for action in keys.group(group).actions:
        rows += _entry(keys.all_shown(action.name), "key", action.meaning, width)
    return rows


def _entry(name: str, style: str, meaning: str, width: int) -> list[Row]:
    """A name in a column of its own, and what it means beside it on as many rows as that takes."""
    lines = textwrap.wrap(meaning, max(20, width - _KEY_CELLS - 3))
    names = [name, *[""] * (len(lines) - 1)]
    return [
        (("  ", "text"), (shown, style), (" " * (_KEY_CELLS + 1 - len(shown)) + line, "text"))
        for shown, line in zip(names, lines, strict=True)
    ]
