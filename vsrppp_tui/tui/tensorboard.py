"""A TensorBoard for the run, started from the dashboard and stopped with it.

It listens on the loopback address alone, at a port that the system chooses; from elsewhere it is reached
through an SSH tunnel.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
_FOLDERS = ("logs", "tensorboard")  # JSON runs, YAML and wqv runs
_ADDRESS = re.compile(rf"http://{re.escape(LOOPBACK)}:(\d+)")
_PATIENCE_SECONDS = 1.0  # it ends within half of that, on a machine that is not busy
_DEATH_SECONDS = 0.1  # a killed process is gone by then, unless a disk holds it


def log_folder(run_dir: Path) -> Path | None:
    """Where a run keeps what TensorBoard shows; None where it keeps nothing."""
    return next((run_dir / name for name in _FOLDERS if (run_dir / name).is_dir()), None)


def tunnel(port: int, environment: Mapping[str, str]) -> str:
    """The command that brings the port to another machine, typed there.

    Over SSH the server is named as the connection reached it, since its own name may be known to no one.
    """
    connection = environment.get("SSH_CONNECTION", "").split()
    host = connection[2] if len(connection) == 4 else socket.gethostname()
    server = f"{getpass.getuser()}@{host}"
    other_port = f" -p {connection[3]}" if len(connection) == 4 and connection[3] != "22" else ""
    return f"ssh -N -L {port}:{LOOPBACK}:{port}{other_port} {server}"


def _info_file(pid: int) -> Path:
    """What TensorBoard writes of itself for its notebook extension, and removes if it can finish."""
    return Path(tempfile.gettempdir()) / ".tensorboard-info" / f"pid-{pid}.info"


class TensorBoard:
    """The process, and what is known of it; nothing here waits for it but `stop`, and `kill` a moment.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        command = command or (sys.executable, "-m", "tensorboard.main")
        arguments = ("--logdir", str(folder), "--host", LOOPBACK, "--port", "0")
        self._process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl+C and a hang-up are the dashboard's alone
        )
        self.port: int | None = None  # None: it does not serve yet
        self.last_line = ""
        self._reader = threading.Thread(target=self._read, name="tensorboard", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process and what it has started; where they do not listen they are killed."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        self._signal(signal.SIGKILL)  # of a session of its own, so nothing else is met
        self._process.wait()
        self._reader.join(_PATIENCE_SECONDS)

    def kill(self) -> None:
        """End the process and what it has started without letting it finish; it has nothing to save."""
        self._signal(signal.SIGKILL)  # also of what is left where the process itself is gone
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DEATH_SECONDS)
        with contextlib.suppress(OSError):
            _info_file(self._process.pid).unlink()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        """Find the port, and take the rest, so that the process never waits for a reader."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.last_line = line.strip() or self.last_line
                found = _ADDRESS.search(line)
                if found:
                    self.port = int(found[1])
