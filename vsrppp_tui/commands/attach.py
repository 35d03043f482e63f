"""`vsrppp attach`: the dashboard for a run of another process."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.commands.find_run import find_run, find_state
from vsrppp_tui.commands.foreground import has_terminal
from vsrppp_tui.commands.naming import program, sender
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.client import SocketLink, connect
from vsrppp_tui.records.history_file import HISTORY_FILE, read_history
from vsrppp_tui.records.run_state import socket_path


if TYPE_CHECKING:
    from vsrppp_tui.config.key import KeyInfo
    from vsrppp_tui.tui.app import DashboardApp


def attach(run_dir: Path | None, *, read_only: bool) -> int:
    """Show a live run until its user leaves; the run goes on. Returns the exit code.

    Raises:
        UserError: there is no live run, nobody answers, or there is no terminal to draw on.
    """
    if not has_terminal():
        raise UserError(
            "attach draws a dashboard and needs a terminal: use `status` from a script."
        )
    folder = find_run(run_dir)
    link = reach(folder, "attach", read_only=read_only)
    try:
        return _show(link, folder, read_only=read_only)
    finally:
        link.close()


def reach(run_dir: Path, command: str, *, read_only: bool = False) -> SocketLink:
    """Connect to the live run of a directory on behalf of a command.

    Raises:
        UserError: no process trains there, it is on another host, or it does not answer.
    """
    now = find_state(run_dir)
    if not now.seen:
        raise UserError(f"The run in {run_dir} is {now.whereabouts}: run this command there.")
    if not now.live:
        raise UserError(
            f"No process trains in {run_dir} (it is {now.state}): `{program()} status {run_dir}` tells more."
        )
    path = socket_path(run_dir, now.info)
    if path is None:
        raise UserError(
            f"Process {now.info.pid} trains in {run_dir} but takes no commands; its training.log says why."
        )
    return connect(
        path,
        who=sender(command),
        read_history=lambda: read_history(run_dir / HISTORY_FILE),
        read_only=read_only,
    )


def _show(link: SocketLink, run_dir: Path, *, read_only: bool) -> int:
    from vsrppp_tui.tui.app import DashboardApp

    recipe = link.snapshot().run.recipe
    app = DashboardApp(link, describe_keys=lambda: _keys(recipe), read_only=read_only)
    caught = _leave_on_signals(app)
    app.run(mouse=False)
    if not app.terminal_lost:
        print(_last_words(link, run_dir))
    return 128 + caught[0] if caught else app.return_code or 0


def _leave_on_signals(app: DashboardApp) -> list[int]:
    """SIGINT and SIGTERM end this screen, not the run; returns where the first one is noted."""
    caught: list[int] = []

    def leave(number: int, _frame: object) -> None:
        if caught:  # again: at once
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        caught.append(number)
        app.leave_at_once()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    return caught


def _last_words(link: SocketLink, run_dir: Path) -> str:
    last = link.snapshot()
    if last.state in ("stopped", "done", "failed", "dead"):
        return f"The run in {run_dir} is {last.state} at step {last.step:,}."
    return f"Training goes on in {run_dir} at step {last.step:,}."


def _keys(recipe: str) -> Mapping[str, KeyInfo]:
    from vsrppp_tui.config.recipes import recipe_class

    return recipe_class(recipe).keys()
