"""Progress of long work that draws no dashboard: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_OF_ESTIMATE = 600.0  # rich's own 30 forget the last step where one takes longer


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work that is counted: `bar` stands before its bar, `line` before "3 of 7"."""

    bar: str
    line: str


class Report(Protocol):
    """Tells how far tasks are, while its block lasts."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, task: Task, done: int, total: int) -> None:
        """Say that `done` of `total` are done; a task that is new, or lower than before, begins anew."""


def report_on(console: Console) -> Report:
    """Bars with the time that remains on a terminal, plain lines in a log file or a pipe."""
    return _Bars(console) if console.is_terminal else _Lines(console)


class _Bars:
    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            speed_estimate_period=_SECONDS_OF_ESTIMATE,
        )
        self._tasks: dict[Task, tuple[TaskID, int]] = {}

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, task: Task, done: int, total: int) -> None:
        known = self._tasks.get(task)
        if known is None:
            # Starting at what an earlier call left done keeps the estimate of the rest right.
            number = self._progress.add_task(task.bar, total=total, completed=done)
        else:
            number, before = known
            if done < before:
                self._progress.reset(number, total=total, completed=done)
            self._progress.update(number, completed=done, total=total)
        self._tasks[task] = number, done


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0
        self._began: dict[Task, tuple[float, int]] = {}

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, task: Task, done: int, total: int) -> None:
        now = time.monotonic()
        if task not in self._began or done < self._began[task][1]:
            self._began[task] = now, done
        if done < total and now < self._next:
            return
        self._next = now + _SECONDS_BETWEEN_LINES
        text = f"{task.line} {done} of {total}{self._left(task, now, done, total)}"
        self._console.print(text, highlight=False, soft_wrap=True)

    def _left(self, task: Task, now: float, done: int, total: int) -> str:
        start, before = self._began[task]
        if done == before:
            return ""
        return f", {(total - done) * (now - start) / (done - before):.0f} s left"
