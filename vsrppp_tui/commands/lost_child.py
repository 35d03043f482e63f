"""What the process in front says of a training process that was killed: which run it was, and how it goes on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from vsrppp_tui.program import program


def lost_child_text(pid: int, signal_name: str) -> str:
    """One sentence; it names the run of the process where a run directory tells that it was one.

    Args:
        pid: the process that has gone.
        signal_name: what ended it, such as ``SIGKILL``.
    """
    with suppress(Exception):  # the terminal has to be put right, whatever the files hold
        run_dir = _run_of(pid)
        if run_dir is not None:
            return f"The training in {run_dir} was ended by {signal_name}: {_way_on(run_dir)}."
    return f"The training process was ended by {signal_name}: `{program()} status` tells how its run goes on."


def _run_of(pid: int) -> Path | None:
    """The run directory, of those in ./runs and those used lately, that the process wrote as its own."""
    from vsrppp_tui.commands.find_run import runs_here
    from vsrppp_tui.records.recent_runs import read_recent
    from vsrppp_tui.records.run_state import look_at

    here = Path.cwd()
    for folder in (*read_recent(), *runs_here()):
        try:
            now = look_at(folder)
        except Exception:  # another run's trouble
            continue
        if now is not None and now.info.pid == pid and now.state == "dead":
            return folder.relative_to(here) if folder.is_relative_to(here) else folder
    return None


def _way_on(run_dir: Path) -> str:
    from vsrppp_tui.commands.look import look
    from vsrppp_tui.commands.naming import train_command
    from vsrppp_tui.commands.run_directory import config_path, has_run
    from vsrppp_tui.config.read import read_values

    snapshot = look(run_dir).snapshot
    command = train_command(snapshot, run_dir, snapshot.config or read_values(config_path(run_dir)))
    if has_run(run_dir):
        return f"`{command}` resumes it from its newest checkpoint"
    return f"it has no checkpoint yet, and `{command}` begins it anew"
