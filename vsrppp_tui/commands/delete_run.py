"""Deleting a run directory: exactly that one, never a live run, never through a link."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from vsrppp_tui.errors import UserError
from vsrppp_tui.records.run_file import RUN_FILE
from vsrppp_tui.records.run_lock import RunLock, RunLockedError
from vsrppp_tui.records.run_state import look_at
from vsrppp_tui.training.telemetry import FINAL_STATES

_NOT_OF_A_RUN = (".git", ".hg", ".svn", "pyproject.toml")
_DEEPEST_LOOK = 2


def delete_run(run_dir: Path, typed: str) -> None:
    """Delete a run directory with all that is in it.

    Args:
        run_dir: absolute.
        typed: its name, as its user typed it.

    Raises:
        UserError: the name is another one; it is a link, no run directory, more than one run, or a place
            that the user works in; a process trains there, or may; a file cannot be deleted.
    """
    if not typed or typed != run_dir.name:
        raise UserError(f"The run is called {run_dir.name}: type that to delete it.")
    require_deletable(run_dir)
    try:
        lock = RunLock(run_dir)  # from here on no process begins to train there
    except RunLockedError as error:
        raise UserError(f"Process {error.holder} trains in {run_dir}: stop it first.") from None
    except OSError as error:
        raise UserError(f"{run_dir} cannot be deleted ({error.strerror}).") from None
    try:
        _refuse_live(run_dir)
        shutil.rmtree(run_dir)  # refuses a link at the top, and does not follow those inside
    except OSError as error:
        raise UserError(
            f"{error.filename or run_dir} cannot be deleted ({error.strerror}); what is left stays."
        ) from None
    finally:
        lock.release()


def require_deletable(run_dir: Path) -> None:
    """Refuse what `delete_run` would refuse whatever is typed.

    Raises:
        UserError: as there.
    """
    _require_run_directory(run_dir)
    _refuse_shared_place(run_dir)
    _refuse_live(run_dir)


def count_files(run_dir: Path) -> tuple[int, int]:
    """How many files a run directory has, and their bytes; links count as such.

    Raises:
        UserError: it would not be deleted.
    """
    require_deletable(run_dir)
    files = size = 0
    for folder, _, names in os.walk(run_dir):
        for name in names:
            files += 1
            with suppress(OSError):  # gone meanwhile
                size += (Path(folder) / name).lstat().st_size
    return files, size


def _require_run_directory(run_dir: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(run_dir.lstat().st_mode)
        has_run_file = stat.S_ISREG((run_dir / RUN_FILE).lstat().st_mode)
    except OSError:
        is_folder = has_run_file = False
    if not is_folder or not has_run_file:
        raise UserError(
            f"{run_dir} is no run directory of its own (a link, or without {RUN_FILE}): nothing is deleted."
        )


def _refuse_shared_place(run_dir: Path) -> None:
    """A run that was kept in a folder with other things (``--run-dir .``) must not take them along."""
    own = run_dir.resolve()
    for place in (Path.cwd(), Path.home()):
        if place.resolve().is_relative_to(own):
            raise UserError(f"{run_dir} holds {place}, where you work: delete it yourself.")
    found = [name for name in _NOT_OF_A_RUN if (run_dir / name).exists()]
    found += [str(path) for path in _inner_runs(own)]
    if found:
        raise UserError(
            f"{run_dir} holds more than one run ({found[0]} is in it): delete it yourself."
        )


def _inner_runs(run_dir: Path) -> list[Path]:
    found = []
    for folder, inner, names in os.walk(run_dir):
        place = Path(folder).relative_to(run_dir)
        if len(place.parts) >= _DEEPEST_LOOK:
            inner.clear()
        if place.parts and RUN_FILE in names:
            found.append(place)
    return found


def _refuse_live(run_dir: Path) -> None:
    now = look_at(run_dir)
    if now is None:
        raise UserError(f"There is no run in {run_dir} any more.")
    if now.live:
        raise UserError(f"Process {now.info.pid} trains in {run_dir}: stop it first.")
    if not now.seen and now.state not in FINAL_STATES:
        raise UserError(
            f"{run_dir} may be trained on host {now.info.host}, which cannot be seen from here: "
            "delete it there."
        )
