"""What the run of a directory is doing now: run.json, and whether its process still lives."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vsrppp_tui.records.run_file import RunFileInfo, is_alive, read_run_file, write_run_file
from vsrppp_tui.records.run_lock import LINK_FOLDER, RunLock, RunLockedError
from vsrppp_tui.training.telemetry import FINAL_STATES, RunState

SOCKET_FILE = "s"  # in the folder of the lock


@dataclass(frozen=True, slots=True)
class RunNow:
    """A run at the moment of a look.

    A process of another host cannot be seen from here. Its run keeps the state that it wrote last, and
    `seen` is False: neither to call it dead nor to promise that it lives would be honest.
    """

    info: RunFileInfo
    state: RunState
    live: bool  # its process runs on this host
    seen: bool  # whether that can be told from here

    @property
    def whereabouts(self) -> str:
        """The state in words, with the host where the process is on another one."""
        return self.state if self.seen else f"{self.state} on host {self.info.host}"


def look_at(run_dir: Path) -> RunNow | None:
    """What the run does now; None where there is none.

    A process is the run's where pid and start time agree. One that is gone without having written a
    final state is dead: killed, or lost with the power.

    Raises:
        UserError: as `read_run_file`.
    """
    info = read_run_file(run_dir)
    return None if info is None else _judge(info, socket.gethostname())


def clean_if_dead(run_dir: Path, now: RunNow) -> None:
    """Take what a dead process left behind: its state in run.json, its socket.

    Does nothing where the run is not dead, where the directory is another user's or cannot be written,
    or where another process is just taking it over.
    """
    if now.state != "dead" or now.info.state == "dead":
        return
    with suppress(OSError, RunLockedError):
        if run_dir.stat().st_uid != os.geteuid():
            return  # root's files in a user's directory would lock the user out
        lock = RunLock(run_dir)
        try:
            if lock.works and read_run_file(run_dir) == now.info:
                _remove_socket(run_dir, now.info)
                write_run_file(run_dir, replace(now.info, state="dead", socket=None))
        finally:
            lock.release()


def socket_path(run_dir: Path, info: RunFileInfo) -> Path | None:
    """Where the run listens; None where it does not. A relative path counts from the run directory."""
    return None if info.socket is None else run_dir / info.socket


def _judge(info: RunFileInfo, host: str) -> RunNow:
    if info.state in FINAL_STATES:
        return RunNow(info, info.state, live=False, seen=True)
    if info.host != host:
        return RunNow(info, info.state, live=False, seen=False)
    live = is_alive(info, host)
    return RunNow(info, info.state if live else "dead", live=live, seen=True)


def _remove_socket(run_dir: Path, info: RunFileInfo) -> None:
    usual = run_dir / LINK_FOLDER / SOCKET_FILE
    for path in (usual, socket_path(run_dir, info) or usual):
        with suppress(FileNotFoundError):
            found = path.lstat()
            if stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid():
                path.unlink()
