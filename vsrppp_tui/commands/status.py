"""`vsrppp status`: one look at a run; its exit code says how the run is. Loads no torch."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.find_run import find_run
from vsrppp_tui.commands.look import Look, look
from vsrppp_tui.commands.run_directory import config_path
from vsrppp_tui.commands.status_object import status_object
from vsrppp_tui.commands.summary import facts_in, summary
from vsrppp_tui.config.read import read_values
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program
from vsrppp_tui.records.status import line, progress_lines, status_text, warning_lines
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
    """The run on one screen: what is known, where from, and what can be done next.

    Of a run that is over: the summary of all of it.
    """
    if seen.snapshot.state in FINAL_STATES:
        return _final_page(seen)
    if not seen.known:
        text = "\n".join(progress_lines(seen.snapshot, known=False)) + "\n"
    else:
        text = status_text(seen.snapshot)
    return f"{_notes(seen.notes)}{text}\n{_next(seen)}"


def _final_page(seen: Look) -> str:
    snapshot, run_dir = seen.snapshot, seen.run_dir
    facts = facts_in(run_dir, snapshot.step)
    sections = [
        progress_lines(snapshot, seen.known),
        summary(snapshot, facts, run_dir, _config(seen)),
        warning_lines(snapshot),
    ]
    page = "\n\n".join("\n".join(lines) for lines in sections if lines)
    return _notes(note for note in seen.notes if note != facts.damage) + page


def _notes(notes: Iterable[str]) -> str:
    return "".join(f"{note}\n" for note in notes)


def _config(seen: Look) -> Mapping[str, Any]:
    """The run's configuration, of its file where no process has told it."""
    if seen.snapshot.config:
        return seen.snapshot.config
    try:
        return read_values(config_path(seen.run_dir))
    except UserError:  # gone or broken: the command then names no values
        return {}


def _next(seen: Look) -> str:
    folder = shlex.quote(str(seen.run_dir))
    if seen.snapshot.state == "paused":
        return line("Go on with", f"{program()} send {folder} resume")
    return line("Look in with", f"{program()} attach {folder}")
