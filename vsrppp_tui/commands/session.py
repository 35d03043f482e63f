"""One training with its screen: the engine's thread, the link, the signals, the last words."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from vsrppp_tui.commands.engine import EngineThread, exit_code
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.inprocess import InProcessLink
from vsrppp_tui.training.control import ControlPoint, StopCause
from vsrppp_tui.training.telemetry import History, RunInfo, Snapshot, TaskProgress, signed

SAME_WISH_SECONDS = 1.0

if TYPE_CHECKING:
    from vsrppp_tui.config.key import KeyInfo
    from vsrppp_tui.training.request import RunRequest


def run_session(
    build: Callable[[], RunRequest], run_dir: Path, recipe: str, *, headless: bool, debug: bool
) -> int:
    """Train to the end, a stop or an error, in the dashboard or headless; returns the exit code."""
    control = ControlPoint()
    run = RunInfo(str(run_dir), recipe, os.getpid(), socket.gethostname(), time.time())
    screen_failed = 0
    if headless or not _has_terminal():
        engine = _run_headless(build, run, control)
    else:
        engine, screen_failed = _run_dashboard(build, run, control)
    _last_words(engine, run_dir, debug=debug)
    return exit_code(engine, control) or screen_failed


def _has_terminal() -> bool:
    """Whether there is a screen to draw on; Textual reads from stdin and draws on stderr."""
    return all(
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)
    )


def _run_headless(
    build: Callable[[], RunRequest], run: RunInfo, control: ControlPoint
) -> EngineThread:
    from vsrppp_tui.records.console import ConsoleRecord

    engine = EngineThread(build, run, control, [ConsoleRecord()])
    _stop_on_signals(control, on_first=lambda: None, on_second=lambda: None)
    engine.start()
    engine.join()
    return engine


def _run_dashboard(
    build: Callable[[], RunRequest], run: RunInfo, control: ControlPoint
) -> tuple[EngineThread, int]:
    """Returns the ended engine, and 1 where the screen itself crashed (Textual has printed why)."""
    from vsrppp_tui.tui.app import DashboardApp

    loading = TaskProgress("Loading PyTorch", 0, 0)
    first = Snapshot(seq=0, time=time.time(), state="starting", run=run, task=loading)
    link = InProcessLink(first, control, lambda: _history(Path(run.run_dir)))
    engine = EngineThread(build, run, control, [link])
    app = DashboardApp(link, describe_keys=lambda: _keys(run.recipe), on_ready=engine.start)
    _stop_on_signals(control, on_first=app.leave_when_over, on_second=_restore_terminal)
    try:
        app.run(mouse=False)
    finally:
        if control.stop_cause is None:  # the screen is gone: by Q the run has ended already
            control.request_stop("stop")
        engine.join()
    return engine, app.return_code or 0


def _stop_on_signals(
    control: ControlPoint, on_first: Callable[[], None], on_second: Callable[[], None]
) -> None:
    """The first SIGINT or SIGTERM asks for a stop; a second one ends the process at once.

    What comes within a second of the first is the same wish: `timeout` signals the process and then its
    group, and a shell may do both as well.
    """
    causes: dict[int, StopCause] = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGTERM"}
    first: float | None = None

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal first
        now = time.monotonic()
        if first is None:
            first = now
            control.request_stop(causes[number])
            on_first()
        elif now - first > SAME_WISH_SECONDS:
            on_second()
            os._exit(128 + number)

    for number in causes:
        signal.signal(number, handle)


def _restore_terminal() -> None:
    """Leave the alternate screen and raw mode without asking Textual, which may be stuck."""
    sys.__stdout__.write("\x1b[?1049l\x1b[?25h\x1b[?1003l\x1b[?2004l\x1b[0m\r\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]
    os.system("stty sane < /dev/tty")


def _history(run_dir: Path) -> History:
    from vsrppp_tui.records.history_file import read_history

    return read_history(run_dir / "history.jsonl")


def _keys(recipe: str) -> Mapping[str, KeyInfo]:
    from vsrppp_tui.config.recipes import recipe_class

    return recipe_class(recipe).keys()


def _last_words(engine: EngineThread, run_dir: Path, *, debug: bool) -> None:
    """What stays on the terminal when the run is over."""
    if isinstance(engine.error, UserError):
        if debug:
            traceback.print_exception(engine.error)
        print(f"vsrppp: {engine.error}", file=sys.stderr)
        return
    last = engine.last
    if engine.error is not None:
        traceback.print_exception(engine.error)
        print(f"vsrppp: the training failed ({type(engine.error).__name__}).", file=sys.stderr)
        if last is not None and last.checkpoint is not None:
            print(
                f"The last step boundary is in {run_dir / last.checkpoint.path}; "
                f"`{_program()} train --run-dir {run_dir}` continues from it.",
                file=sys.stderr,
            )
    elif last is not None:
        print(_summary(last, run_dir))


def _summary(last: Snapshot, run_dir: Path) -> str:
    if last.total_steps == 0:
        return "Stopped before the first step; nothing was changed."
    lines = [
        f"{last.state.capitalize()} at step {last.step:,} of {last.total_steps:,} in {run_dir}."
    ]
    if last.validation is not None:
        network, baseline = last.validation.network, last.validation.baseline
        lines.append(
            f"Validation at step {last.validation.step:,}: network {network.psnr:.2f} dB, bilinear "
            f"{baseline.psnr:.2f} dB ({signed(network.psnr - baseline.psnr, 2)} dB); "
            f"quality {network.quality:.1f}% against {baseline.quality:.1f}%."
        )
    if last.checkpoint is not None:
        lines.append(f"Saved: {run_dir / last.checkpoint.path}")
    if last.state == "stopped" and last.checkpoint is not None:
        lines.append(f"Continue with: {_program()} train --run-dir {run_dir}")
    return "\n".join(lines)


def _program() -> str:
    """The program as it was called: the console script may not be installed."""
    return "python -m vsrppp_tui" if Path(sys.argv[0]).name == "__main__.py" else "vsrppp"
