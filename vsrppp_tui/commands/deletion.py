"""Deleting a folder so that a death half-way leaves nothing that looks like a run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from vsrppp_tui.commands.own_entries import foreign_entry
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.run_file import RUN_FILE, read_run_file
from vsrppp_tui.records.run_lock import LINK_FOLDER, RunLock, RunLockedError

_HIDDEN = re.compile(r"\.(?P<name>.+)\.deleting-\d+", re.DOTALL)


def is_being_deleted(folder: Path) -> bool:
    """Whether a folder has the name of a run under deletion."""
    return _HIDDEN.fullmatch(folder.name) is not None


def remove_run(run_dir: Path) -> None:
    """Rename a run directory, whose lock is held, to a hidden name beside it, and delete that.

    What cannot be deleted gets its name back.

    Raises:
        OSError: something cannot be deleted.
    """
    hidden = _free_name(run_dir)
    run_dir.rename(hidden)
    try:
        _remove(hidden)
    except OSError as error:
        with suppress(OSError):
            if (hidden / RUN_FILE).is_file() and not os.path.lexists(run_dir):
                hidden.rename(run_dir)
                error.filename = str(error.filename).replace(str(hidden), str(run_dir), 1)
        raise


def finish_deletions(parents: Iterable[Path]) -> None:
    """Delete what earlier deletions have left in these folders; what resists stays, and is not told of.

    Only folders with the name of a deletion and with a run.json, which goes last but one, or with nothing
    but what is left when it has gone.
    """
    for parent in dict.fromkeys(parents):
        with suppress(OSError):
            for folder in sorted(parent.iterdir()):
                if is_being_deleted(folder) and folder.is_dir() and not folder.is_symlink():
                    with suppress(OSError, UserError, RunLockedError):
                        _finish(folder)


def _finish(folder: Path) -> None:
    if folder.stat().st_uid != os.geteuid():
        return
    info = read_run_file(folder)
    if info is None:
        if {each.name for each in folder.iterdir()} <= {LINK_FOLDER}:
            _remove(folder)
        return
    if foreign_entry(folder, info, half_deleted=True) is not None:
        return
    lock = RunLock(folder)  # somebody may be deleting it at this very moment
    try:
        _remove(folder)
    finally:
        lock.release()


def _remove(folder: Path) -> None:
    """Delete a folder; run.json, which says that it was a run, goes when all but the lock has gone."""
    last = (RUN_FILE, LINK_FOLDER)
    for entry in sorted(folder.iterdir()):
        if entry.name not in last:
            _remove_entry(entry)
    (folder / RUN_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / LINK_FOLDER, ignore_errors=True)
    with suppress(FileNotFoundError):
        folder.rmdir()


def _remove_entry(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)  # does not follow the links inside
    else:
        entry.unlink(missing_ok=True)


def _free_name(run_dir: Path) -> Path:
    number = 1
    while os.path.lexists(hidden := run_dir.with_name(f".{run_dir.name}.deleting-{number}")):
        number += 1
    return hidden
