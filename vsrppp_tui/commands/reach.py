"""From a run directory to the process that trains there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.commands.find_run import find_state
from vsrppp_tui.commands.naming import sender
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program
from vsrppp_tui.records.history_file import HISTORY_FILE, read_history
from vsrppp_tui.records.run_state import socket_path

if TYPE_CHECKING:
    from vsrppp_tui.link.client import SocketLink

ANSWER_SECONDS = 5.0


def reach(
    run_dir: Path, command: str, *, read_only: bool = False, timeout: float = ANSWER_SECONDS
) -> SocketLink:
    """Connect to the live run of a directory; the caller closes the link.

    Args:
        run_dir: the run directory.
        command: the command that asks, named beside what it sends.
        read_only: refuse to send anything.
        timeout: seconds to wait for an answer.

    Raises:
        UserError: no run is there, it does not live, it cannot be seen from here, or it does not answer.
    """
    now = find_state(run_dir)
    if not now.seen:
        raise UserError(
            f"The run in {run_dir} is {now.whereabouts}: only a command typed there can reach it."
        )
    if not now.live:
        raise UserError(
            f"No process trains in {run_dir}: its run is {now.state}. "
            f"`{program()} status {run_dir}` tells more."
        )
    path = socket_path(run_dir, now.info)
    if path is None:
        raise UserError(
            f"Process {now.info.pid}, which trains in {run_dir}, has no control socket."
        )
    from vsrppp_tui.link.client import connect

    return connect(
        path,
        who=sender(command),
        read_history=lambda: read_history(run_dir / HISTORY_FILE),
        read_only=read_only,
        timeout=timeout,
    )
