"""Which run a command means, where its directory is given or not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.commands.deletion import is_being_deleted
from vsrppp_tui.commands.run_directory import config_path
from vsrppp_tui.config.read import read_values
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.history_file import HISTORY_FILE
from vsrppp_tui.records.run_file import RUN_FILE
from vsrppp_tui.records.run_state import RunNow, clean_if_dead, look_at

if TYPE_CHECKING:
    from vsrppp_tui.config.key import KeyInfo
    from vsrppp_tui.config.schema import RunConfig
    from vsrppp_tui.training.telemetry import Snapshot

RUNS = Path("runs")


def find_run(run_dir: Path | None) -> Path:
    """The directory of a run: `run_dir`, or the one that is meant in ``./runs``.

    Without a directory that is the run that lives, if exactly one does, and else the one that was at
    work last. A run whose process is on another host cannot be seen and does not count as living.

    Raises:
        UserError: no run is there, or several live and one must be named.
    """
    if run_dir is not None:
        find_state(run_dir)
        return run_dir
    found = {folder: now for folder in runs_here() if (now := _known(folder)) is not None}
    if not found:
        raise UserError(f"There is no run in {RUNS.resolve()}: name a run directory.")
    live = [folder for folder, now in found.items() if now.live]
    if len(live) > 1:
        names = ", ".join(f"{folder} ({found[folder].state})" for folder in sorted(live))
        raise UserError(f"Several runs are live: {names}. Name one of them.")
    return live[0] if live else max(found, key=last_at_work)


def runs_here() -> list[Path]:
    """The folders in ./runs with a run.json, without those that are being deleted."""
    folders = (path.parent for path in RUNS.glob(f"*/{RUN_FILE}"))
    return [folder for folder in folders if not is_being_deleted(folder)]


def class_of_run(run_dir: Path) -> type[RunConfig]:
    """The kind of configuration that a run has.

    Raises:
        UserError: there is no run.
    """
    from vsrppp_tui.config.recipes import class_for

    recipe = find_state(run_dir).info.recipe
    try:
        return class_for(read_values(config_path(run_dir)))
    except UserError:  # somebody has broken the file: the names of its keys are known all the same
        return class_for({"RECIPE": recipe})


def keys_of(snapshot: Snapshot) -> Mapping[str, KeyInfo]:
    """What is known of the keys of a run; it may be one of another version. Waits for no disk."""
    from vsrppp_tui.config.recipes import class_for

    try:
        return class_for(snapshot.config).keys()
    except UserError:
        return class_for({"RECIPE": snapshot.run.recipe}).keys()


def find_state(run_dir: Path) -> RunNow:
    """What the run of a directory does now; what a dead process left behind is cleaned up.

    Raises:
        UserError: there is no run.
    """
    now = look_at(run_dir)
    if now is None:
        raise UserError(f"There is no run in {run_dir}: name the directory of one.")
    clean_if_dead(run_dir, now)
    return now


def _known(run_dir: Path) -> RunNow | None:
    try:
        return look_at(run_dir)
    except (UserError, OSError):  # not a run of this program, or not for this user to read
        return None


def last_at_work(run_dir: Path) -> float:
    """Unix seconds; run.json alone would not do, since cleaning up writes it long after the death."""
    for name in (HISTORY_FILE, RUN_FILE):
        try:
            return (run_dir / name).stat().st_mtime
        except OSError:
            continue
    return 0.0
