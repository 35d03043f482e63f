"""`vsrppp send`: one command to a live run, and its reply. Loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from pathlib import Path

from vsrppp_tui.commands.find_run import class_of_run
from vsrppp_tui.commands.reach import reach
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.control import (
    Command,
    Continue,
    Edit,
    Pause,
    Reply,
    SaveCheckpoint,
    Stop,
    Validate,
)

_PLAIN: dict[str, type[Pause | Continue | Validate | SaveCheckpoint | Stop]] = {
    "pause": Pause,
    "resume": Continue,
    "validate": Validate,
    "checkpoint": SaveCheckpoint,
    "stop": Stop,
}


def send(run_dir: Path, action: str, assignments: Sequence[str]) -> int:
    """Send a command, wait for the next step boundary, print the reply.

    Returns 0 where it is applied, 1 where it is refused or the run ended before it answered, 130 where
    the wait was ended with Ctrl-C (the command is not taken back).

    Raises:
        UserError: there is no such command or key, or no live run.
    """
    command = _command(run_dir, action, assignments)
    link = reach(run_dir, "send")
    try:
        reply = link.send(command).result()
    except (OSError, CancelledError):
        reply = Reply(False, 0, "the run ended before it answered")
    except KeyboardInterrupt:
        return 130
    finally:
        link.close()
    print(reply.text if reply.ok else f"refused: {reply.text}")
    return 0 if reply.ok else 1


def _command(run_dir: Path, action: str, assignments: Sequence[str]) -> Command:
    if action == "set":
        if not assignments:
            raise UserError("`set` takes one KEY=VALUE or more, for example set LR_EXPONENT=-5.")
        return Edit(_changes(run_dir, assignments))
    if action not in _PLAIN:
        raise UserError(
            f"Unknown command {action}: allowed are {', '.join(_PLAIN)} and set KEY=VALUE."
        )
    if assignments:
        raise UserError(f"`{action}` takes nothing more, but {' '.join(assignments)} was given.")
    return _PLAIN[action]()


def _changes(run_dir: Path, assignments: Sequence[str]) -> dict[str, object]:
    from vsrppp_tui.config.edit import parse_assignments

    return parse_assignments(class_of_run(run_dir), assignments)
