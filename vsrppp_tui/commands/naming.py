"""What this program and the one who uses it are called."""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui.program import program
from vsrppp_tui.training.telemetry import Snapshot


def train_command(
    snapshot: Snapshot, run_dir: Path, config: Mapping[str, Any] | None = None
) -> str:
    """The command with which the run of a directory goes on; `config` where the snapshot has none."""
    folder = shlex.quote(str(run_dir))
    own = _COMMANDS.get(snapshot.run.recipe)
    return f"{program()} {own(config or snapshot.config) if own else 'train --run-dir'} {folder}"


def _wqv(config: Mapping[str, Any]) -> str:
    return f"wqv {shlex.quote(str(config.get('SOURCE', 'SOURCE')))}"


_COMMANDS: dict[str, Callable[[Mapping[str, Any]], str]] = {"wqv": _wqv}
"""What comes before the directory, for recipes with a command of their own."""


def sender(command: str) -> str:
    """Who sends commands to a run, for its events and its journal: ``anna (send)``."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # in a container the number often has no name
        user = f"uid {os.getuid()}"
    return f"{user} ({command})"
