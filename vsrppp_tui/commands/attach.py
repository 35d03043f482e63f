"""`vsrppp attach`: the dashboard for a run of another process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.commands.find_run import find_run, keys_of
from vsrppp_tui.commands.foreground import NEEDED, has_terminal
from vsrppp_tui.commands.reach import reach
from vsrppp_tui.commands.signals import left_on_signals
from vsrppp_tui.commands.summary import end_lines
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.telemetry import FINAL_STATES

if TYPE_CHECKING:
    from vsrppp_tui.link.client import SocketLink


def attach(run_dir: Path | None, *, read_only: bool) -> int:
    """Show a live run until its user leaves; the run goes on. Returns the exit code.

    Raises:
        UserError: there is no live run, nobody answers, or there is no terminal to draw on.
    """
    if not has_terminal():
        raise UserError(f"attach {NEEDED}: use `status` from a script.")
    folder = find_run(run_dir)
    link = reach(folder, "attach", read_only=read_only)
    try:
        return _show(link, folder, read_only=read_only)
    finally:
        link.close()


def _show(link: SocketLink, run_dir: Path, *, read_only: bool) -> int:
    from vsrppp_tui.tui.app import DashboardApp
    from vsrppp_tui.tui.settings import load_settings

    settings = load_settings()
    app = DashboardApp(
        link,
        describe_keys=lambda: keys_of(link.snapshot()),
        read_only=read_only,
        run_dir=run_dir,
        settings=settings,
        tell_end=lambda last: end_lines(last, run_dir),
    )
    with left_on_signals(app) as caught:
        app.run(mouse=settings.values.wants_mouse(os.environ))
    if not app.terminal_lost:
        print(_last_words(link, run_dir))
    return 128 + caught[0] if caught else app.return_code or 0


def _last_words(link: SocketLink, run_dir: Path) -> str:
    last = link.snapshot()
    if last.state in FINAL_STATES:
        head = f"The run in {run_dir} is {last.state} at step {last.step:,}."
        return "\n".join([head, "", *end_lines(last, run_dir)])
    return f"Training goes on in {run_dir} at step {last.step:,}."
