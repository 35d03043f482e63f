"""What stays on the terminal when a run is over, or goes on without it."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from vsrppp_tui.commands.engine import EngineThread
from vsrppp_tui.commands.naming import train_command
from vsrppp_tui.commands.summary import end_lines
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program
from vsrppp_tui.training.telemetry import Snapshot


def print_last_words(engine: EngineThread, run_dir: Path, *, debug: bool) -> None:
    """Say how the run ended and how it can go on."""
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
            what = "The last step boundary"
            if last.checkpoint.step != last.step:
                what = f"The newest checkpoint, of step {last.checkpoint.step:,},"
            print(
                f"{what} is in {run_dir / last.checkpoint.path}; "
                f"`{train_command(last, run_dir)}` continues from it.",
                file=sys.stderr,
            )
    elif last is not None:
        print(_summary(last, run_dir))


def print_detached(run_dir: Path, pid: int) -> None:
    """Say that the training goes on, and how to look in."""
    print(f"Training goes on in {run_dir} as process {pid}.")
    print(f"Look in:  {program()} attach {run_dir}")
    print(f"Stop it:  {program()} send {run_dir} stop")


def _summary(last: Snapshot, run_dir: Path) -> str:
    if last.total_steps == 0:
        return "Stopped before the first step; nothing was changed."
    head = f"{last.state.capitalize()} at step {last.step:,} of {last.total_steps:,} in {run_dir}."
    return "\n".join([head, "", *end_lines(last, run_dir)])
