"""Where a new run may be kept."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.commands.find_run import RUNS
from vsrppp_tui.commands.own_entries import DATASET, is_own_dataset


def free_run_dir(recipe: str) -> Path:
    """runs/<recipe>, or the first with a number behind it that is free."""
    path, number = RUNS / recipe, 2
    while _is_taken(path):
        path = RUNS / f"{recipe}-{number}"
        number += 1
    return path


def refusal_of_run_dir(run_dir: str) -> str:
    """Why a new run cannot be kept there, as a sentence; empty where it can."""
    path = Path(run_dir).expanduser()
    if not run_dir.strip():
        return "Name a folder for the run."
    if _is_taken(path):
        return f"{path} is there already: name a folder that is not, or resume the run in it."
    parent = next(each for each in path.absolute().parents if each.exists())
    if not parent.is_dir():
        return f"{parent} is a file: name another folder."
    return ""


def _is_left_over(path: Path) -> bool:
    """Whether there is no more than a start that failed has left: the patches of a video, or nothing."""
    try:
        return path.is_dir() and all(
            each.name == DATASET and is_own_dataset(each) for each in path.iterdir()
        )
    except OSError:
        return False


def _is_taken(path: Path) -> bool:
    """Whether anything has that name, a link to nowhere included."""
    try:
        path.lstat()
    except OSError:
        return False
    return not _is_left_over(path)
