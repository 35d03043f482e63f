"""Answers what screens and scripts ask for, at a step boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.control import (
    Continue,
    Edit,
    Pause,
    Remark,
    Request,
    SaveCheckpoint,
    Stop,
    Validate,
)
from vsrppp_tui.training.examiner import Examiner
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.saving import Saver
from vsrppp_tui.training.settings import Settings
from vsrppp_tui.training.state import Progress


@dataclass(slots=True)
class RequestDesk:
    """Does what a request asks for and replies to it; of a pause it only knows that there is one.

    `say_running` shows that the run is paused, or that it steps.
    """

    progress: Progress
    settings: Settings
    examiner: Examiner
    saver: Saver
    reporter: Reporter
    say_running: Callable[[], None]
    paused: bool = False

    def answer(self, request: Request) -> None:
        """Do what it asks for, and reply to it."""
        step = self.progress.step
        match request.command:
            case Pause():
                self._pause(request, True)
            case Continue():
                self._pause(request, False)
            case Validate():
                request.answer(True, step, f"validating at step {step:,}")
                self.examiner.validate()
            case SaveCheckpoint():
                self.saver.requested(request)
            case Edit(changes):
                self._edit(request, changes)
            case Remark(kind, text, level):
                self.reporter.event(kind, text, level)
                request.answer(True, step, "noted")
            case Stop():
                request.answer(True, step, f"stopping after step {step:,}")

    def _pause(self, request: Request, paused: bool) -> None:
        step = self.progress.step
        if self.paused == paused:
            request.answer(False, step, "already paused" if paused else "not paused")
            return
        self.paused = paused
        kind = "paused" if paused else "continued"
        request.answer(True, step, f"{kind} at step {step:,}")
        self.reporter.flush()
        self.reporter.event(kind, f"by {request.who}")
        self.say_running()

    def _edit(self, request: Request, changes: Any) -> None:
        step = self.progress.step
        try:
            changed = self.settings.apply(changes, request.who, step)
        except UserError as error:
            self.reporter.event("edit refused", f"{error} ({request.who})", "warning")
            request.answer(False, step, str(error))
            return
        pending = self.settings.pending
        waits = [f"{name} waits for {pending[name]}" for name in changed if name in pending]
        applied = [name for name in changed if name not in pending] if waits else []
        done = f"{', '.join(applied)} applied at step {step:,}" if applied else ""
        text = "; ".join(filter(None, [done, *waits]))
        request.answer(True, step, text or f"applied at step {step:,}")
