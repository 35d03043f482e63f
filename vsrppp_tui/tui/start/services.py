"""What the start screen asks of the program; each function may take long and is called in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.tui.start.entries import RunEntry


@dataclass(frozen=True, slots=True)
class RunServices:
    """Reading and deleting runs.

    Attributes:
        read_runs: the runs, newest first; with False their curves may be missing, and it is quick.
        delete_run: delete a run directory whose name was typed.
            Raises UserError: not that name, a live run, no run directory, or no right to.
        describe_run: a page about a run and what can be done with it. Raises UserError.
        count_files: how many files a run directory has, and their bytes. Raises UserError.
    """

    read_runs: Callable[[bool], tuple[RunEntry, ...]]
    delete_run: Callable[[Path, str], None]
    describe_run: Callable[[Path], str]
    count_files: Callable[[Path], tuple[int, int]]
