"""Which run directories this user has used lately: a small file of paths in the user's own state folder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from vsrppp_tui.training.atomic import write_atomically

KEPT = 50
_PATIENCE_S, _LOOK_S = 0.5, 0.05


def recent_file() -> Path:
    """``vsrppp/recent.json`` in $XDG_STATE_HOME, else in ~/.local/state.

    Raises:
        RuntimeError: this user has no home.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    return folder / "vsrppp" / "recent.json"


def read_recent() -> tuple[Path, ...]:
    """The run directories, the one used last first, whether they are still there or not."""
    try:
        found = json.loads(recent_file().read_bytes())["runs"]
        return tuple(Path(each) for each in found if isinstance(each, str) and each[:1] == "/")
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return ()


def remember_run(run_dir: Path) -> None:
    """Put a run directory first. A convenience: where it cannot be written nothing is said."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        path = recent_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent):
            own = str(run_dir.resolve())
            runs = [own, *(str(each) for each in read_recent() if str(each) != own)]
            write_atomically(path, json.dumps({"runs": runs[:KEPT]}, indent=1) + "\n")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time, as far as the file system has locks and the others are quick."""
    descriptor = os.open(folder, os.O_RDONLY)
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOOK_S)
            except OSError:
                break
        yield
    finally:
        os.close(descriptor)
