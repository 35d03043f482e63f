"""What the start screen shows of a run, and what its user may choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.link.interface import FINAL_STATES, RunState
from vsrppp_tui.tui.start.new_run import Draft


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of the list, as its files say."""

    run_dir: Path  # absolute
    name: str  # as the list shows it: relative where that is shorter
    state: RunState
    recipe: str
    live: bool  # its process runs on this machine
    step: int
    total_steps: int  # 0: not known yet
    last_at_work: float  # Unix seconds
    resumable: bool  # a checkpoint is there
    resumes_at: int | None = None  # step of the newest checkpoint; None: no record tells
    host: str = ""  # where its process is on another machine, and cannot be seen
    best: float | None = None  # quality in percent
    problem: str = ""  # why its files cannot be read, as a sentence
    losses: tuple[tuple[int, float], ...] = ()  # step and smoothed loss; may be NaN or infinite


@dataclass(frozen=True, slots=True)
class Attach:
    """Look in on a live run."""

    run_dir: Path


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with a run that has stopped."""

    run_dir: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """Train the demo."""


@dataclass(frozen=True, slots=True)
class New:
    """Begin a run."""

    draft: Draft


Choice = Attach | Resume | Demo | New


def natural_choice(entry: RunEntry) -> Choice | None:
    """What Enter does with a run; None: it is done, or there is nothing to go on from."""
    if entry.live:
        return Attach(entry.run_dir)
    if entry.state == "done" or refusal_to_resume(entry):
        return None
    return Resume(entry.run_dir)


def refusal_to_attach(entry: RunEntry) -> str:
    """Why nobody can look in on a run, as a sentence; empty where it lives."""
    if entry.live:
        return ""
    if entry.problem:
        return entry.problem
    if entry.host:
        return f"{entry.name} is on host {entry.host}: attach to it from a terminal there."
    return f"{entry.name} is {entry.state}: only a run that lives can be attached to."


def refusal_to_resume(entry: RunEntry) -> str:
    """Why a run cannot go on, as a sentence; empty where it can."""
    if entry.live:
        return f"{entry.name} is {entry.state} already: attach to look in."
    if entry.problem:
        return entry.problem
    if entry.host:
        return (
            f"{entry.name} was last at work on host {entry.host}, which cannot be seen from here."
        )
    if not entry.resumable:
        return f"{entry.name} has no checkpoint to go on from: begin a new one."
    if entry.state == "done":
        return f"{entry.name} has done its {entry.total_steps:,} steps; Enter says what can be done with it."
    return ""


def refusal_to_delete(entry: RunEntry) -> str:
    """Why a run cannot be deleted, as a sentence; empty where nothing is known against it."""
    if entry.live:
        return f"{entry.name} is live: stop it first (attach, then quit)."
    if entry.host and entry.state not in FINAL_STATES:
        return (
            f"{entry.name} may be trained on host {entry.host}, which cannot be seen from here: "
            "delete it there."
        )
    return ""


def outlook(entry: RunEntry) -> str:
    """What Enter does with a run, as a sentence."""
    choice = natural_choice(entry)
    if isinstance(choice, Attach):
        return "It is live: Enter attaches to it."
    if isinstance(choice, Resume):
        return _way_on(entry)
    if entry.state == "done":
        return "It is done: Enter shows what it reached and what can be done with it."
    return refusal_to_resume(entry) + " Enter tells more."


def _way_on(entry: RunEntry) -> str:
    """Where a run came to and where Resume goes on: steps after its newest checkpoint are made again."""
    if entry.resumes_at is None:
        return f"It came to step {entry.step:,}; Enter resumes it from its newest checkpoint."
    if entry.resumes_at >= entry.step:
        return f"Enter resumes it at step {entry.resumes_at:,}."
    way = f"Enter resumes it at {entry.resumes_at:,}, its newest checkpoint"
    return f"It came to step {entry.step:,}; {way}."
