"""What a run directory is now, and cleaning up after a process that died."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vsrppp_tui.records import run_state
from vsrppp_tui.records.run_file import RunFile, read_run_file
from vsrppp_tui.records.run_lock import RunLock
from vsrppp_tui.records.run_state import clean_if_dead, look_at, socket_path
from vsrppp_tui.training.telemetry import RunInfo, Snapshot

MakeRunInfo = Callable[..., RunInfo]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def record(
    tmp_path: Path, process: subprocess.Popen[bytes], make_run_info: MakeRunInfo
) -> Iterator[RunFile]:
    """run.json of a run in that process, with a socket file that lies where it says."""
    folder = tmp_path / ".link"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
    run = make_run_info(pid=process.pid, host=socket.gethostname())
    yield RunFile(tmp_path, run, {}, folder / "s")


def change(run_dir: Path, **fields: Any) -> None:
    path = run_dir / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def state(run_dir: Path) -> tuple[str, bool, bool]:
    now = look_at(run_dir)
    assert now is not None
    return now.state, now.live, now.seen


def test_no_run_there(tmp_path: Path) -> None:
    assert look_at(tmp_path) is None


def test_a_run_lives_as_long_as_its_process(
    tmp_path: Path,
    record: RunFile,
    process: subprocess.Popen[bytes],
    make_snapshot: Callable[..., Snapshot],
) -> None:
    assert state(tmp_path) == ("starting", True, True)
    for wanted in ("running", "paused", "validating", "stopping"):
        record.on_snapshot(make_snapshot(1, state=wanted))
        assert state(tmp_path) == (wanted, True, True)
    process.kill()
    process.wait()
    assert state(tmp_path) == ("dead", False, True)
    for wanted in ("stopped", "done", "failed"):
        record.on_snapshot(make_snapshot(1, state=wanted))
        assert state(tmp_path) == (wanted, False, True)


def test_a_later_process_of_the_same_number_is_not_the_run(tmp_path: Path, record: RunFile) -> None:
    info = read_run_file(tmp_path)
    assert info is not None
    change(tmp_path, process_started=info.process_started - 60)
    assert state(tmp_path) == ("dead", False, True)


def test_a_process_of_another_host_is_not_called_dead(tmp_path: Path, record: RunFile) -> None:
    change(tmp_path, host="gpu-3", state="running")
    now = look_at(tmp_path)
    assert now is not None
    assert (now.state, now.live, now.seen) == ("running", False, False)
    assert now.whereabouts == "running on host gpu-3"
    clean_if_dead(tmp_path, now)
    assert look_at(tmp_path) == now
    change(tmp_path, state="done")
    assert state(tmp_path) == ("done", False, True)


def test_the_socket_is_named_until_the_end(tmp_path: Path, record: RunFile) -> None:
    info = read_run_file(tmp_path)
    assert info is not None
    assert socket_path(tmp_path, info) == tmp_path / ".link" / "s"
    record.on_close()
    info = read_run_file(tmp_path)
    assert info is not None
    assert info.socket is None
    assert socket_path(tmp_path, info) is None


def test_what_the_dead_left_is_taken_away(
    tmp_path: Path, record: RunFile, process: subprocess.Popen[bytes]
) -> None:
    now = look_at(tmp_path)
    assert now is not None
    clean_if_dead(tmp_path, now)  # it lives
    assert (tmp_path / ".link" / "s").exists()
    process.kill()
    process.wait()
    now = look_at(tmp_path)
    assert now is not None
    clean_if_dead(tmp_path, now)
    info = read_run_file(tmp_path)
    assert info is not None
    assert (info.state, info.socket) == ("dead", None)
    assert not (tmp_path / ".link" / "s").exists()
    assert state(tmp_path) == ("dead", False, True)
    RunLock(tmp_path).release()


def test_only_a_socket_of_this_user_is_deleted(
    tmp_path: Path, record: RunFile, process: subprocess.Popen[bytes]
) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("mine")
    change(tmp_path, socket=str(kept))
    process.kill()
    process.wait()
    now = look_at(tmp_path)
    assert now is not None
    clean_if_dead(tmp_path, now)
    assert kept.read_text() == "mine"
    assert not (tmp_path / ".link" / "s").exists()


@pytest.mark.parametrize("hindrance", ["taken over", "another user's", "read-only"])
def test_what_may_not_be_cleaned_is_left(
    tmp_path: Path,
    record: RunFile,
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    hindrance: str,
) -> None:
    process.kill()
    process.wait()
    before = (tmp_path / "run.json").read_text()
    now = look_at(tmp_path)
    assert now is not None
    lock = RunLock(tmp_path) if hindrance == "taken over" else None
    if hindrance == "another user's":
        monkeypatch.setattr("os.geteuid", lambda: 1234567)
    if hindrance == "read-only":

        def refuse(_run_dir: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(run_state, "RunLock", refuse)
    clean_if_dead(tmp_path, now)
    assert (tmp_path / "run.json").read_text() == before
    assert (tmp_path / ".link" / "s").exists()
    if lock is not None:
        lock.release()
