"""What must not be missed: how the run ended, and warnings until somebody acknowledges them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import Alert
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.text import clock_time, shorten, shorten_told
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width, spread

MOST_ROWS = 4
_KEY: Row = (("W", "key"), (" seen", "dim"))  # puts all of them away
LOW = 34  # rows of a terminal; in a lower one the gravest warning has to do
_GRAVE = frozenset({"save", "rollback", "skipped"})  # keys of warnings, see `training.reporter`


class Notices(Panel):
    """As high as what it has to say, absent when there is nothing."""

    def __init__(self, model: RunModel) -> None:
        super().__init__(model, id="notices")
        self.styles.height = 0

    def build(self, width: int, height: int) -> Sequence[Row]:
        return notice_rows(self.model, width, self._most)

    @property
    def shown(self) -> list[Alert]:
        """The warnings that are seen now."""
        return shown_alerts(self.model, self._most)

    @property
    def _most(self) -> int:
        return 1 if self.app.size.height < LOW else MOST_ROWS

    def update(self) -> None:
        # The screen's width: this widget may have no size yet.
        width, height = self.app.size
        rows = self.build(width - 2, height)
        if len(rows) != len(self.rows):
            self.styles.height = len(rows)
        self.show(rows)


def notice_rows(model: RunModel, width: int, most_alerts: int) -> list[Row]:
    """The end of the run first, then the newest warnings."""
    rows = _end_rows(model, width)
    shown = shown_alerts(model, most_alerts)
    keys: list[Row] = [((" " * row_width(_KEY), "dim"),)] * (len(shown) - 1) + [_KEY]
    for alert, key in zip(shown, keys, strict=False):
        left_out = len(model.alerts) - len(shown) if key is _KEY else 0
        rows.append(_alert_row(alert, left_out, key, width))
    return rows


def _alert_row(alert: Alert, left_out: int, key: Row, width: int) -> Row:
    text = " ".join(alert.text.split())
    where = f"   step {count(alert.step)}, {clock_time(alert.time)}" if width >= 100 else ""
    for more in (f" +{left_out} more", f" +{left_out}"):
        tail: Row = ((f"{where}{more if left_out else ''}   ", "dim"), *key)
        room = width - row_width(tail) - 3
        if len(text) <= room:
            break
    return spread((("⚠ ", "warning"), (shorten_told(text, max(10, room)), "warning")), tail, width)


def shown_alerts(model: RunModel, most: int) -> list[Alert]:
    """The warnings that there is room for: those that threaten the run or its results first, then the newest."""
    room = max(1, most - len(_end_rows(model, 80)))
    newest_first = reversed(model.alerts)
    return sorted(newest_first, key=lambda alert: alert.key not in _GRAVE)[:room]


def _end_rows(model: RunModel, width: int) -> list[Row]:
    snapshot = model.snapshot
    if snapshot.state == "done":
        text = f"✓ The run is complete: {count(snapshot.step)} steps. U tells what came of it, Q leaves."
        return [((shorten(text, width), "good"),)]
    if snapshot.state == "failed":
        reason = model.log.last_error() or "The run failed; training.log says why."
        text = f"✗ {reason}  (Q leaves the dashboard)"
        wrapped = textwrap.wrap(text, max(10, width), max_lines=MOST_ROWS - 1, placeholder=" …")
        return [((line, "error"),) for line in wrapped]
    if model.stop_asked and snapshot.state != "stopped":
        text = "■ Stopping: the last step is being saved; the dashboard then closes by itself."
        return [((shorten(text, width), "warning"),)]
    return []
