"""`vsrppp status`: one look at a run; its exit code says how the run is. Loads no torch."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.find_run import find_run
from vsrppp_tui.commands.look import Look, look
from vsrppp_tui.commands.naming import program, train_command
from vsrppp_tui.commands.run_directory import config_path, has_run, log_path
from vsrppp_tui.commands.status_object import status_object
from vsrppp_tui.config.read import read_values
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.status import status_text
from vsrppp_tui.training.telemetry import FINAL_STATES, RunState

_CODES: dict[RunState, int] = {"paused": 3, "failed": 4, "stopped": 5, "dead": 5}


def status(run_dir: Path | None, *, as_json: bool) -> int:
    """Print how a run is; returns 0 where all is well, 3 paused, 4 failed, 5 stopped or dead.

    Args:
        run_dir: the run directory; None: the one that `find_run` chooses.
        as_json: one object for scripts instead of a page for people.

    Raises:
        UserError: no run is there, several live, or it cannot be read.
    """
    found = find_run(run_dir)
    try:
        seen = look(found)
    except OSError as error:
        raise UserError(f"The run in {found} cannot be read: {error.strerror}.") from error
    if as_json:
        print(json.dumps(status_object(seen)))
    else:
        print(page(seen))
    return _CODES.get(seen.snapshot.state, 0)


def page(seen: Look) -> str:
    """The run on one screen: what is known, where from, and what can be done next."""
    text = status_text(seen.snapshot)
    notes = "".join(f"{note}\n" for note in seen.notes)
    return f"{notes}{text}\n{_next(seen)}"


def _config(seen: Look) -> Mapping[str, Any]:
    """The run's configuration, of its file where no process has told it."""
    if seen.snapshot.config:
        return seen.snapshot.config
    try:
        return read_values(config_path(seen.run_dir))
    except UserError:  # gone or broken: the command then names no values
        return {}


def _next(seen: Look) -> str:
    state, total = seen.snapshot.state, seen.snapshot.total_steps
    folder = shlex.quote(str(seen.run_dir))
    if state == "paused":
        return f"Go on with:       {program()} send {folder} resume"
    if state not in FINAL_STATES:
        return f"Look in with:     {program()} attach {folder}"
    train = train_command(seen.snapshot, seen.run_dir, _config(seen))
    if state == "done":
        return f"Train on with:    {train} --steps N, where N is more than {total}"
    text = f"Continue with:    {train}"
    if not has_run(seen.run_dir):
        text = f"Begin anew with:  {train} (there is no checkpoint)"
    if state == "failed":
        text = f"What went wrong:  {shlex.quote(str(log_path(seen.run_dir)))}\n{text}"
    return text
