"""Taking a run directory over: one process at a time, an old run moved aside, the records opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vsrppp_tui.config.read import file_text
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program
from vsrppp_tui.training.telemetry import Snapshot

if TYPE_CHECKING:
    from vsrppp_tui.records.run_lock import RunLock
    from vsrppp_tui.training.control import ControlPoint
    from vsrppp_tui.training.observer import Observer
    from vsrppp_tui.training.request import RunStart


@dataclass(frozen=True, slots=True)
class Takeover:
    """What happens to what lies in a run directory."""

    run_dir: Path
    keep_dataset: bool = False  # the folder `dataset` stays with the new run: the demo's
    from_chosen_checkpoint: bool = False  # later checkpoints are put aside


def config_path(run_dir: Path) -> Path:
    """The configuration file of a run: run.json knows how it is called."""
    return _named(run_dir, "config", "train_config.json")


def log_path(run_dir: Path) -> Path:
    """The log of a run."""
    return _named(run_dir, "log", "training.log")


def _named(run_dir: Path, what: str, usual: str) -> Path:
    from vsrppp_tui.records.run_file import read_run_file

    info = read_run_file(run_dir)
    return run_dir / (usual if info is None else info.folders.get(what, usual))


def has_run(run_dir: Path) -> bool:
    """Whether there is a run to resume: any checkpoint."""
    return any((run_dir / "checkpoints").glob("*.pth"))


def refuse_live_run(run_dir: Path) -> None:
    """End early, and kindly, where a process trains; the lock decides later, in `open_run`.

    Raises:
        UserError: there is one; says how to look in.
    """
    from vsrppp_tui.records.run_state import look_at

    now = look_at(run_dir)
    if now is not None and now.live:
        raise _refusal(f"Process {now.info.pid}", run_dir)


def open_run(
    what: Takeover, start: RunStart, control: ControlPoint
) -> tuple[Sequence[Observer], Sequence[str]]:
    """Every check has passed: lock and make the run directory, move an old run aside, open the records.

    Returns the records and what the user should be told. The lock is the last of the records, so that
    it is let go of when all the others are closed.

    Raises:
        UserError: another process trains there (nothing is changed then), or it cannot be written.
    """
    from vsrppp_tui.records.recent_runs import remember_run
    from vsrppp_tui.training.atomic import write_atomically
    from vsrppp_tui.training.checkpoint import set_later_aside

    run_dir = what.run_dir
    notices: list[str] = []
    with ExitStack() as undo, _refused_by_the_disk(run_dir):
        lock = _lock(run_dir)
        undo.callback(lock.release)
        notices += _doubts(run_dir, lock)
        if start.resume_step is None:
            aside = move_aside(run_dir, keep_dataset=what.keep_dataset)
            if aside is not None:
                notices.append(f"The run that was here is now in {aside}.")
                lock = _relock(run_dir, lock)
                undo.callback(lock.release)
        elif what.from_chosen_checkpoint:
            later = set_later_aside(run_dir, start.resume_step)
            notices += [f"Checkpoints after this step are now in {later}."] if later else []
        write_atomically(run_dir / start.config.files.config, file_text(start.eventual.to_file()))
        for name, text in start.files.items():
            write_atomically(run_dir / name, text)
        server, listens = _listen(run_dir, start, control, notices)
        for observer in server:
            undo.callback(observer.on_close)
        records = [*_records(start, run_dir, control, listens), *server, lock]
        undo.pop_all()
    remember_run(run_dir)
    return records, notices


@contextmanager
def _refused_by_the_disk(run_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"The run directory {run_dir} cannot be written ({error.strerror}): choose another --run-dir."
        ) from error


def move_aside(run_dir: Path, *, keep_dataset: bool) -> Path | None:
    """Rename a run directory that holds a run to the first free DIR.old-N.

    With `keep_dataset` the folder ``dataset`` inside it stays with the new run: the demo's.
    """
    if not has_run(run_dir) and not (run_dir / "run.json").is_file():
        return None
    number = 1
    while (aside := run_dir.with_name(f"{run_dir.name}.old-{number}")).exists():
        number += 1
    run_dir.rename(aside)
    if keep_dataset and (aside / "dataset").is_dir():
        run_dir.mkdir()
        (aside / "dataset").rename(run_dir / "dataset")
    return aside


def _lock(run_dir: Path) -> RunLock:
    from vsrppp_tui.records.run_lock import PATIENCE_S, RunLock, RunLockedError

    run_dir.mkdir(parents=True, exist_ok=True)
    try:
        lock = RunLock(run_dir, PATIENCE_S)
    except RunLockedError as error:
        who = f"Process {error.holder}" if error.holder else "Another process"
        raise _refusal(who, run_dir) from None
    try:
        refuse_live_run(run_dir)  # where locks do not work, its number still tells
    except UserError:
        lock.release()
        raise
    return lock


def _relock(run_dir: Path, old: RunLock) -> RunLock:
    """The lock went aside with its directory; the new directory needs one of its own."""
    try:
        return _lock(run_dir)
    finally:
        old.release()


def _refusal(who: str, run_dir: Path) -> UserError:
    return UserError(
        f"{who} is training in {run_dir}: `{program()} attach {run_dir}` looks in. Stop it first "
        f"(`{program()} send {run_dir} stop`), or take another --run-dir."
    )


def _doubts(run_dir: Path, lock: RunLock) -> list[str]:
    """What speaks against being alone here, as far as it cannot be told."""
    from vsrppp_tui.records.run_state import look_at

    doubts = []
    if not lock.works:
        doubts.append(
            f"The file system of {run_dir} has no locks: see to it that no second process trains there."
        )
    now = look_at(run_dir)
    if now is not None and not now.seen:
        doubts.append(
            f"Process {now.info.pid} on host {now.info.host} trained here and has not said that it ended; "
            "it cannot be seen from here and counts as gone."
        )
    return doubts


def _listen(
    run_dir: Path, start: RunStart, control: ControlPoint, notices: list[str]
) -> tuple[Sequence[Observer], Path | None]:
    """Open the control socket; where there is no place for one the run goes on, and says so."""
    from vsrppp_tui.link.server import LinkServer

    first = Snapshot(seq=0, time=start.run.started, state="starting", run=start.run)
    server = LinkServer(run_dir, control, first)
    try:
        path = server.start()
    except UserError as error:
        notices.append(f"No other screen can attach to this run: {error}")
        return (), None
    home = (
        run_dir.resolve()
    )  # relative where it can be: what is said holds in a moved run directory too
    return (server,), path.relative_to(home) if path.is_relative_to(home) else path


def _records(
    start: RunStart, run_dir: Path, control: ControlPoint, control_socket: Path | None
) -> Sequence[Observer]:
    from vsrppp_tui.records.standard import standard_records

    return standard_records(
        run_dir,
        start.run,
        log_every=start.config.log_tboard_every,
        resume_step=start.resume_step,
        blocks=start.blocks,
        files=start.config.files,
        control=control,
        control_socket=control_socket,
    )
