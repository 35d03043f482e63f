"""Output of a run without a screen: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vsrppp_tui.records.wording import event_text, progress_text
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import FINAL_STATES, Event, Level, Snapshot

PLAIN_SECONDS = 5.0  # between two progress lines of a plain log
BAR_WIDTH = 24

_STYLES: dict[Level, str] = {"info": "", "good": "green", "warning": "yellow", "error": "bold red"}


class _Output(Console):
    """A console that outlives its reader (`| head`): rich's own would end the program with the pipe."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


class ConsoleRecord(Observer):
    """Prints events as lines, and progress below them (terminal) or between them (elsewhere).

    A plain log gets a progress line at multiples of LOG_TBOARD_EVERY steps, at most one in five
    seconds of the run's own clock, one at each new task, and one at the end.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or _Output(highlight=False)
        is_screen = self._console.is_terminal and not self._console.is_dumb_terminal
        # No refresh thread: a snapshot comes at most four times a second.
        self._live = Live(console=self._console, auto_refresh=False) if is_screen else None
        self._shown: Snapshot | None = None  # what the newest plain progress line said

    def on_snapshot(self, snapshot: Snapshot) -> None:
        if self._live is not None:
            self._live.start()  # does nothing after the first time
            self._live.update(_live_line(snapshot), refresh=True)
        elif self._is_due(snapshot):
            self._print(Text(progress_text(snapshot)))
            self._shown = snapshot

    def on_event(self, event: Event) -> None:
        self._print(Text(event_text(event), style=_STYLES[event.level]))

    def on_close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)

    def _is_due(self, snapshot: Snapshot) -> bool:
        shown = self._shown
        if snapshot.state == "failed" and snapshot.total_steps == 0:
            return False  # a run that never began: the command's last words say why
        if shown is None or _label(snapshot) != _label(shown):
            return True
        if snapshot.state != shown.state and snapshot.state in FINAL_STATES:
            return True
        if snapshot.time - shown.time < PLAIN_SECONDS:
            return False
        if snapshot.task is not None:
            return snapshot.task.done != (shown.task.done if shown.task else 0)
        every = snapshot.config.get("LOG_TBOARD_EVERY", 1)
        return bool(snapshot.step // every != shown.step // every)


def _label(snapshot: Snapshot) -> str:
    return snapshot.task.label if snapshot.task is not None else ""


def _live_line(snapshot: Snapshot) -> RenderableType:
    line = Table.grid(padding=(0, 1))
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True, overflow="ellipsis")
    done, total = snapshot.step, snapshot.total_steps
    if snapshot.task is not None:
        done, total = snapshot.task.done, snapshot.task.total
    bar = ProgressBar(total=max(1, total), completed=done, width=BAR_WIDTH)
    line.add_row(bar, Text(progress_text(snapshot)))
    return line
