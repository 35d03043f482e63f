"""Deleting a run directory: exactly that one, never a live run, never through a link."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from vsrppp_tui.commands.data_place import run_with_data_in
from vsrppp_tui.commands.deletion import finish_deletions, remove_run
from vsrppp_tui.commands.find_run import RUNS
from vsrppp_tui.commands.list_runs import listed_folders
from vsrppp_tui.commands.own_entries import foreign_entry
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.run_file import RUN_FILE, read_run_file
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
            that the user works in; it holds something that is not the run's, or the data of another run;
            a process trains there, or may; a file cannot be deleted.
    """
    if not typed or typed != run_dir.name:
        raise UserError(f"The run is called {run_dir.name}: type that to delete it.")
    require_deletable(run_dir)
    try:
        lock = RunLock(run_dir)  # from here on no process begins to train there
    except RunLockedError as error:
        who = f"Process {error.holder}" if error.holder else "Another process"
        raise UserError(f"{who} trains in {run_dir}: stop it first.") from None
    except OSError as error:
        raise UserError(f"{run_dir} cannot be deleted ({error.strerror}).") from None
    try:
        _refuse_live(run_dir)
        _refuse_foreign(run_dir)
        remove_run(run_dir)
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
    _refuse_foreign(run_dir)


def count_files(run_dir: Path) -> tuple[int, int]:
    """How many files a run directory has, and their bytes; links count as such.

    Raises:
        UserError: it would not be deleted.
    """
    require_deletable(run_dir)
    files = size = 0
    for folder, _, names in os.walk(run_dir):
        for name in names:
            with suppress(FileNotFoundError):  # it may be going at this moment
                size += (Path(folder) / name).lstat().st_size
                files += 1
    return files, size


def finish_earlier_deletions() -> None:
    """Delete what a screen that was left in the middle of a deletion did not come to."""
    finish_deletions((RUNS.absolute(), *(folder.parent for folder in listed_folders())))


def _require_run_directory(run_dir: Path) -> None:
    if run_dir.is_symlink():
        raise UserError(
            f"{run_dir} is a link to {run_dir.resolve()}, no run directory of its own: nothing is deleted."
        )
    try:
        is_folder = stat.S_ISDIR(run_dir.lstat().st_mode)
        has_run_file = stat.S_ISREG((run_dir / RUN_FILE).lstat().st_mode)
    except OSError:
        is_folder = has_run_file = False
    if not is_folder or not has_run_file:
        raise UserError(
            f"{run_dir} is no run directory (it has no {RUN_FILE}): nothing is deleted."
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


def _refuse_foreign(run_dir: Path) -> None:
    """Nothing goes that the run did not make, and nothing that another run needs."""
    info = read_run_file(run_dir)
    try:
        foreign = foreign_entry(run_dir, info) if info is not None else RUN_FILE
    except OSError as error:
        raise UserError(f"{run_dir} cannot be read ({error.strerror}).") from None
    if foreign is not None:
        raise UserError(
            f"{run_dir} holds {foreign}, which the run did not make: move it away, or delete the folder "
            "yourself."
        )
    other = run_with_data_in(run_dir, listed_folders())
    if other is not None:
        raise UserError(
            f"{run_dir} holds the data of {other}: delete that run first, or move the data."
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
