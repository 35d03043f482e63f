"""A run at one look: what its process answers, or else what its files say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vsrppp_tui.commands.find_run import find_state
from vsrppp_tui.commands.reach import reach
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.history_file import HISTORY_FILE, read_last, read_record, unread_text
from vsrppp_tui.records.run_file import RUN_FILE
from vsrppp_tui.records.run_state import RunNow
from vsrppp_tui.training.telemetry import FINAL_STATES, RunInfo, Snapshot

ANSWER_SECONDS = 2.0
_OF_RUN_FILE = ("run_dir", "recipe", "pid", "host", "started")  # newer there than in the history


@dataclass(frozen=True, slots=True)
class Look:
    """The newest that is known of a run."""

    run_dir: Path
    snapshot: Snapshot
    notes: tuple[str, ...]  # where it comes from, if not from the run itself, and what is spoilt
    # False: nothing but run.json tells of it, and most of the snapshot is unknown.
    known: bool = True


def look(run_dir: Path) -> Look:
    """Ask the run, if it lives, and read its files where it does not answer.

    Raises:
        UserError: no run is there.
        OSError: its files cannot be read.
    """
    now = find_state(run_dir)
    if not now.seen:
        note = f"Its process is on host {now.info.host} and cannot be seen from here"
        return _from_files(run_dir, now, f"{note}: this is what its files say.")
    if not now.live:
        return _from_files(run_dir, now)
    try:
        return Look(run_dir, _ask(run_dir), ())
    except UserError as error:
        now = find_state(run_dir)  # it may have ended meanwhile
        if not now.live:
            return _from_files(run_dir, now)
        note = f"Process {now.info.pid} lives but does not answer: this is what its files say."
        return _from_files(run_dir, now, note, str(error))


def _ask(run_dir: Path) -> Snapshot:
    link = reach(run_dir, "status", read_only=True, timeout=ANSWER_SECONDS)
    try:
        snapshot = link.snapshot()
    finally:
        link.close()
    if snapshot.state == "dead":  # the link's word for a connection that broke
        raise UserError(f"The run in {run_dir} ended while it was asked.")
    return replace(snapshot, run=replace(snapshot.run, run_dir=str(run_dir)))


def _from_files(run_dir: Path, now: RunNow, *notes: str) -> Look:
    info = now.info
    run = RunInfo(str(run_dir), info.recipe, info.pid, info.host, info.started)
    last, damage = _newest(run_dir / HISTORY_FILE, info.step)
    known = last is not None
    notes = (*notes, *([damage] if damage else []))
    if last is None:
        last = Snapshot(0, (run_dir / RUN_FILE).stat().st_mtime, now.state, run)
    else:
        now_here = {name: getattr(run, name) for name in _OF_RUN_FILE}
        run = replace(last.run, **now_here)
    checkpoint = last.checkpoint
    if checkpoint is not None and not (run_dir / checkpoint.path).is_file():
        checkpoint = None
    snapshot = replace(
        last,
        state=now.state,
        run=run,
        step=max(last.step, info.step),
        total_steps=info.total_steps or last.total_steps,
        eta_s=None if now.state in FINAL_STATES else last.eta_s,
        checkpoint=checkpoint,
        task=None,
    )
    return Look(run_dir, snapshot, notes, known)


def _newest(path: Path, step: int) -> tuple[Snapshot | None, str]:
    """The newest state in a history, and what is wrong with it, as a sentence, if anything is.

    Args:
        path: the history.
        step: what run.json says; from the first one on there must be a history.
    """
    try:
        last, passed_over = read_last(path)
        if passed_over:
            return last, unread_text(path, read_record(path)[1])
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}."
    if last is None and step:
        return None, f"{path} {'holds no step' if path.exists() else 'is missing'}."
    return last, ""
