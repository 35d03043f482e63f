"""One process a run directory, however the other one ends and wherever the directory goes."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vsrppp_tui.records.run_lock import RunLock, RunLockedError

HOLDER = """
import subprocess, sys
from pathlib import Path
from vsrppp_tui.records.run_lock import RunLock
lock = RunLock(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "60"]) if sys.argv[2:] else None
print(child.pid if child else "", flush=True)
input()
"""


@contextmanager
def holder(run_dir: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds the lock, and what it printed; killed at the end."""
    arguments = [sys.executable, "-c", HOLDER, str(run_dir), *more]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_the_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, _):
        with pytest.raises(RunLockedError) as caught:
            RunLock(tmp_path)
        assert caught.value.holder == f"{process.pid} on {os.uname().nodename}"
        process.kill()
        process.wait()
        RunLock(tmp_path).release()  # nothing of a killed process is in the way


def test_a_program_that_the_holder_started_does_not_keep_the_lock(tmp_path: Path) -> None:
    with holder(tmp_path, "child") as (process, child):
        process.kill()
        process.wait()
        try:
            RunLock(tmp_path).release()
        finally:
            os.kill(int(child), 9)


def test_the_folder_and_the_file_are_private_and_stay(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.on_close()
    lock.release()
    assert (tmp_path / ".link").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".link" / "lock").stat().st_mode & 0o777 == 0o600


def test_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = RunLock(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _seconds: first.release())
    RunLock(tmp_path, patience=60.0).release()


def test_a_directory_that_is_moved_while_one_waits_is_not_the_one_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir, aside = tmp_path / "run", tmp_path / "run.old-1"
    run_dir.mkdir()
    RunLock(run_dir).release()
    real = fcntl.flock
    moved: list[RunLock] = []

    def move_first(file: int, operation: int) -> None:
        if not moved and not aside.exists():
            run_dir.rename(aside)
            run_dir.mkdir()
            moved.append(RunLock(run_dir))
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", move_first)
    with pytest.raises(RunLockedError):
        RunLock(run_dir)
    moved[0].release()


def test_a_file_system_without_locks_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_file: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    lock = RunLock(tmp_path)
    assert not lock.works
    lock.release()


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RunLock(tmp_path / "absent")
