"""What the start screen asks of the program; each function may take long and is called in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.new_run import Completion, Draft, Judgement, Recipe, Speed


@dataclass(frozen=True, slots=True)
class RunServices:
    """Reading and deleting runs.

    Attributes:
        read_runs: the runs, newest first; with False their curves may be missing, and it is quick.
        delete_run: delete a run directory whose name was typed.
            Raises UserError: not that name, a live run, no run directory, or no right to.
        describe_run: a page about a run and what can be done with it. Raises UserError.
        count_files: how many files a run directory has, and their bytes; asked before its name is.
            Raises UserError: it would not be deleted, and why.
    """

    read_runs: Callable[[bool], tuple[RunEntry, ...]]
    delete_run: Callable[[Path, str], None]
    describe_run: Callable[[Path], str]
    count_files: Callable[[Path], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FormServices:
    """What the form for a new run asks.

    Attributes:
        recipes: what can be trained; the first is the usual one.
        judge: what a draft's source holds, what it costs, and what speaks against it.
        measure: take a few real steps in a process of its own, which ends when the event is set.
            Raises UserError: it cannot be trained here.
        complete: what fits a path that is being typed.
    """

    recipes: Callable[[], tuple[Recipe, ...]]
    judge: Callable[[Draft], Judgement]
    measure: Callable[[Draft, Event], Speed]
    complete: Callable[[str], Completion]
