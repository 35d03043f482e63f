"""One process a run directory: a lock that the kernel lets go of however its process ends.

``flock`` on ``RUN_DIR/.link/lock``, which holds the number and the host of the process as a text. The
file stays when the run has ended: to delete it would let two processes hold a lock each, on two files.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from typing import BinaryIO

from vsrppp_tui.training.observer import Observer

LINK_FOLDER = ".link"
LOCK_FILE = "lock"

# Somebody who cleans up after a dead run holds the lock for a moment; a trainer waits as long for it.
PATIENCE_S = 1.0

_LOOK_S = 0.05
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class RunLockedError(Exception):
    """Another process holds the lock; `holder` says which: ``"4711 on gpu-3"``, or "" if it did not say."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class RunLock(Observer):
    """The right to write in a run directory, from its making until `release` or the end of the run.

    Children do not inherit it: Python's files are closed in every program that is started.

    Args:
        run_dir: The run directory; it must exist.
        patience: Seconds to wait for another process to let go.

    Raises:
        RunLockedError: another process holds it.
        OSError: the lock's file cannot be made.
    """

    def __init__(self, run_dir: Path, patience: float = 0.0) -> None:
        self._path = run_dir / LINK_FOLDER / LOCK_FILE
        self.works = True  # False: the file system has no locks, so nothing keeps others away
        self._file = self._take(time.monotonic() + patience)
        if self.works:
            self._sign()

    def release(self) -> None:
        """Let go; may be called again."""
        self._file.close()

    def on_close(self) -> None:
        self.release()

    def _take(self, deadline: float) -> BinaryIO:
        while True:
            file = _open(self._path)
            try:
                if not self._lock(file) or _is_at(file, self._path):
                    return file
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    with file:
                        file.seek(0)
                        raise RunLockedError(file.read(200).decode(errors="replace")) from None
                time.sleep(_LOOK_S)
            except BaseException:
                file.close()
                raise
            # Locked a file that has been moved aside meanwhile, with its directory: try the new one.
            file.close()

    def _lock(self, file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            self.works = False
        return self.works

    def _sign(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            self._file.truncate(0)
            self._file.write(f"{os.getpid()} on {socket.gethostname()}".encode())
            self._file.flush()


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b")


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
