"""One training with its screen: the engine's thread, the link, and what happens when the screen goes."""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.engine import EngineThread, exit_code
from vsrppp_tui.commands.foreground import Leave, has_terminal, let_go_of_terminal, run_in_child
from vsrppp_tui.commands.last_words import print_detached, print_last_words
from vsrppp_tui.commands.signals import stop_on_signals
from vsrppp_tui.commands.summary import end_lines
from vsrppp_tui.config.read import recipe_of
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot, TaskProgress

if TYPE_CHECKING:
    from vsrppp_tui.commands.own_rank import OwnRank
    from vsrppp_tui.config.key import KeyInfo
    from vsrppp_tui.training.request import RunRequest
    from vsrppp_tui.tui.app import DashboardApp


def run_session(
    build: Callable[[ControlPoint], RunRequest],
    run_dir: Path,
    values: Mapping[str, Any],
    *,
    headless: bool,
    debug: bool,
    leave: Leave | None = None,
    rank: OwnRank | None = None,
) -> int:
    """Train to the end, a stop or an error, in the dashboard or headless; returns the exit code.

    With a dashboard the training runs in a child process, which may outlive this one: 0 is then returned
    as soon as it has left the terminal. `leave` is given where this process is that child already. `rank`:
    one of several processes; it is headless.

    Raises:
        UserError: with `leave`, what kept the run from beginning; the start screen can say it.
    """
    session = _Session(build, run_dir, values, debug)
    if rank is not None:
        return session.run_rank(rank)
    if leave is not None:
        return session.run_dashboard(leave, say_refusal=False)
    if headless or not has_terminal():
        return session.run_headless()
    return run_in_child(session.run_dashboard)


class _Session:
    """A run of this very process."""

    def __init__(
        self,
        build: Callable[[ControlPoint], RunRequest],
        run_dir: Path,
        values: Mapping[str, Any],
        debug: bool,
    ) -> None:
        self._build = build
        self._run_dir = run_dir
        self._values = values
        self._debug = debug
        self._control = ControlPoint()

    def run_headless(self) -> int:
        from vsrppp_tui.records.console import ConsoleRecord

        engine = EngineThread(self._build, self._run(), self._control, [ConsoleRecord()])
        stop_on_signals(self._control, on_first=lambda: None)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda *_: let_go_of_terminal())
        engine.start()
        return self._end(engine)

    def run_rank(self, rank: OwnRank) -> int:
        """One of several: the first speaks as a headless run does, the others keep still."""
        from vsrppp_tui.records.console import ConsoleRecord

        observers = [ConsoleRecord()] if rank.speaks else []
        engine = EngineThread(self._build, self._run(), self._control, observers, rank.join)
        stop_on_signals(self._control, on_first=lambda: None, insist=False)
        signal.signal(signal.SIGHUP, lambda *_: let_go_of_terminal())
        rank.began()
        engine.start()
        engine.join()
        gc.freeze()
        return rank.end(exit_code(engine, self._control), lambda: self._tell_rank(rank, engine))

    def _tell_rank(self, rank: OwnRank, engine: EngineThread) -> None:
        if rank.has_words(engine.error):
            print_last_words(engine, self._run_dir, debug=self._debug)

    def run_dashboard(self, leave: Leave, *, say_refusal: bool = True) -> int:
        from vsrppp_tui.tui.app import DashboardApp
        from vsrppp_tui.tui.settings import load_settings

        settings = load_settings()
        run = self._run()
        loading = TaskProgress("Loading PyTorch", 0, 0)
        first = Snapshot(seq=0, time=time.time(), state="starting", run=run, task=loading)
        link = InProcessLink(first, self._control, lambda: _history(self._run_dir))
        engine = EngineThread(self._build, run, self._control, [link])
        app = DashboardApp(
            link,
            describe_keys=lambda: _keys(self._values),
            on_ready=engine.start,
            owner=True,
            settings=settings,
            tell_end=lambda last: end_lines(last, self._run_dir),
        )
        stop_on_signals(self._control, on_first=app.leave_when_over)
        app.run(mouse=settings.values.wants_mouse(os.environ))
        if not say_refusal and not app.terminal_lost and app.model.over and not app.model.ever_ran:
            _raise_refusal(engine)
        return self._after_screen(app, engine, leave)

    def _after_screen(self, app: DashboardApp, engine: EngineThread, leave: Leave) -> int:
        """Train on without a screen, whyever it was left; or come to the end."""
        from vsrppp_tui.tui.app import ScreenEnd

        crashed = app.return_code or 0  # Textual has printed why
        if not engine.started:
            if app.return_value is not ScreenEnd.LOST:
                return crashed or 1
            engine.start()
        ended = self._control.stop_cause is not None or engine.over
        if not ended and (crashed or app.return_value in (ScreenEnd.DETACHED, ScreenEnd.LOST)):
            if app.return_value is not ScreenEnd.LOST:
                print_detached(self._run_dir, os.getpid())
            leave(crashed)
        return self._end(engine, silent=app.terminal_lost) or crashed

    def _end(self, engine: EngineThread, *, silent: bool = False) -> int:
        engine.join()
        # The collections at the interpreter's end walk through all of torch, for nothing: half a second.
        gc.freeze()
        if silent:  # what is printed to a frozen terminal would never return
            let_go_of_terminal()
        print_last_words(engine, self._run_dir, debug=self._debug)
        return exit_code(engine, self._control)

    def _run(self) -> RunInfo:
        return RunInfo(
            str(self._run_dir),
            str(recipe_of(self._values)),
            os.getpid(),
            socket.gethostname(),
            time.time(),
        )


def _raise_refusal(engine: EngineThread) -> None:
    """Raise what kept a run from beginning, if its user can do something about it."""
    engine.join()
    if isinstance(engine.error, UserError):
        raise engine.error


def _history(run_dir: Path) -> History:
    from vsrppp_tui.records.history_file import read_history

    return read_history(run_dir / "history.jsonl")


def _keys(values: Mapping[str, Any]) -> Mapping[str, KeyInfo]:
    from vsrppp_tui.config.recipes import class_for

    return class_for(values).keys()
