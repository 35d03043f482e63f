"""What this program and the one who uses it are called."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path


def program() -> str:
    """The program as it was called: the console script may not be installed."""
    return "python -m vsrppp_tui" if Path(sys.argv[0]).name == "__main__.py" else "vsrppp"


def sender(command: str) -> str:
    """Who sends commands to a run, for its events and its journal: ``anna (send)``."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # in a container the number often has no name
        user = f"uid {os.getuid()}"
    return f"{user} ({command})"
