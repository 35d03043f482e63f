"""Where the data of a run lie, as its configuration file says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vsrppp_tui.commands.run_directory import config_path
from vsrppp_tui.config.read import read_values
from vsrppp_tui.errors import UserError

_KEYS = ("DATASET_ROOT", "SOURCE", "dataset_root", "DATA.data_root")


def data_of_run(run_dir: Path) -> str | None:
    """DATASET_ROOT or SOURCE of a run; None where nothing can be read that says it."""
    try:
        values = read_values(config_path(run_dir))
    except (UserError, OSError):
        return None
    found = (values.get(key) for key in _KEYS)
    return next((text for text in found if isinstance(text, str) and text), None)


def run_with_data_in(folder: Path, runs: Iterable[Path]) -> Path | None:
    """One of `runs` that trains on data inside `folder`, where it is not the run of that folder.

    A relative path counts from the folder in which the run was begun, which nobody has written down:
    the present one and all those above the run are tried.
    """
    own = folder.resolve()
    for run_dir in runs:
        place = run_dir.resolve()
        named = None if place == own else data_of_run(run_dir)
        if named is None:
            continue
        bases = (Path.cwd(), *place.parents)
        if any((base / named).resolve().is_relative_to(own) for base in bases):
            return run_dir
    return None


def refusal_to_resume_here(run_dir: Path, runs: Path) -> str:
    """Why a run cannot be resumed from the present folder, as a sentence; empty where it can.

    A run outside `runs` whose data have a relative path would be trained on another dataset of the name.
    """
    named = data_of_run(run_dir)
    place = run_dir.resolve()
    if named is None or Path(named).is_absolute() or place.is_relative_to(runs.resolve()):
        return ""
    begun = next((base for base in place.parents if (base / named).is_dir()), None)
    where = f"in {begun}" if begun is not None else "in the folder that it was begun in"
    return (
        f"{run_dir} names its data as {named}, relative to another folder than this one: start again "
        f"{where} to resume it."
    )
