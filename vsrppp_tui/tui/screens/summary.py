"""What came of a run, over its dashboard, until a key puts it away; its first command can be copied."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key, Mount, Resize
from textual.screen import ModalScreen

from vsrppp_tui.link.interface import RunState
from vsrppp_tui.tui.action_list import SUMMARY
from vsrppp_tui.tui.actions import with_capitals
from vsrppp_tui.tui.screens.base import HasKeys, leave
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.states import STATE_MARKS

_NAME_CELLS = 18  # the names of `line` in the status page take as many
_FRAME = 6  # cells of border and padding
_WIDEST = 110
_FIXED_SPACE = "\N{NO-BREAK SPACE}"
_NUMBER = re.compile(r"(?<!\S)[(+−-]*\d[\d.,:]* (?=[a-z])")  # "12 " of "12 images"


class SummaryScreen(ModalScreen[None]):
    """Shows ``name: value`` lines; any key that does nothing else goes back.

    Args:
        lines: the summary.
        state: how the run ended.
        copy: brings a text to the clipboard, and says so.
    """

    def __init__(self, lines: Sequence[str], state: RunState, copy: Callable[[str], None]) -> None:
        super().__init__()
        self._lines = lines
        self._state = state
        self._copy = copy
        self._command = export_command(lines)

    def compose(self) -> ComposeResult:
        mark, _ = STATE_MARKS[self._state]
        word = {"done": "complete"}.get(self._state, self._state)
        with Container(id="summary") as box:
            box.border_title = f"{mark} Run {word}"
            box.border_subtitle = self._offers()
            yield RowWidget(id="summary-text")

    def on_mount(self, event: Mount) -> None:
        """Fill in the lines."""
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Wrap the lines anew."""
        self._draw()

    async def on_key(self, event: Key) -> None:
        """Copy, leave the dashboard, or go back."""
        event.stop()
        event.prevent_default()
        if self._is(event.key, "summary.copy"):
            self._copy_command()
        elif leave(self) and self._is(event.key, "summary.leave"):
            await self.app.run_action("leave")

    def _copy_command(self) -> None:
        told = "there are no weights to export"
        if self._command is not None:
            self._copy(self._command)
            told = "✓ copied, if your terminal lets programs copy"
        self.query_one("#summary").border_subtitle = f"{told}; any other key goes back"

    def _is(self, key: str, name: str) -> bool:
        group = cast(HasKeys, self.app).keys.group(SUMMARY)
        return any(
            key in with_capitals(action.key_list, group)
            for action in group.actions
            if action.name == name
        )

    def _offers(self) -> str:
        keys = cast(HasKeys, self.app).keys
        copy = f"{keys.shown('summary.copy')} copies the export command, " if self._command else ""
        return f"{copy}{keys.shown('summary.leave')} leaves, any other key goes back"

    def _draw(self) -> None:
        width, height = self.app.size
        rows = summary_rows(self._lines, min(width, _WIDEST) - _FRAME)
        room = max(1, height - 4)
        if len(rows) > room:
            rows = [*rows[: room - 1], (("… the shell shows all of it", "dim"),)]
        text = self.query_one(RowWidget)
        text.styles.height = len(rows)
        text.show(rows)


def summary_rows(lines: Sequence[str], width: int) -> list[Row]:
    """The lines in `width` cells, values wrapped beside their names."""
    rows: list[Row] = []
    indent = _NAME_CELLS if width >= 3 * _NAME_CELLS else 2
    for line in lines:
        first, *others = _wrapped(line, max(8, width), " " * indent)
        name, value = first[:_NAME_CELLS], first[_NAME_CELLS:]
        rows.append(((name, "dim"), (value, "text")))
        rows += [((other, "text"),) for other in others]
    return rows


def _wrapped(line: str, width: int, indent: str) -> list[str]:
    """The line on as many rows as it takes; neither a path nor a number and its unit is torn apart."""
    kept = _NUMBER.sub(lambda found: f"{found[0][:-1]}{_FIXED_SPACE}", line)
    wrapped = textwrap.wrap(kept, width, subsequent_indent=indent, break_on_hyphens=False)
    return [row.replace(_FIXED_SPACE, " ") for row in wrapped] or [""]


def export_command(lines: Sequence[str]) -> str | None:
    """The command of the line ``Export:``; None where the run left no weights."""
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("Export:")]
    return found[0] if found else None
