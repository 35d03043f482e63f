"""Where the control socket of a run lies, and that nobody else can put one there.

``RUN_DIR/.link/s``; where that path is too long for a socket or the file system has none,
``/tmp/vsrppp-<uid>/<hash of the run directory>/s``. Not in $XDG_RUNTIME_DIR, which disappears with the
last login while the training goes on.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from vsrppp_tui.errors import UserError

FOLDER = ".link"
NAME = "s"
LONGEST_PATH = 107  # bytes of sun_path, less the final NUL
FALLBACK_ROOT = Path("/tmp")
_BACKLOG = 64


def preferred_path(run_dir: Path) -> Path:
    """``RUN_DIR/.link/s``, absolute and without symlinks; it may be too long for a socket."""
    return run_dir.resolve() / FOLDER / NAME


def fallback_path(run_dir: Path, root: Path = FALLBACK_ROOT) -> Path:
    """The socket of the run in this user's folder under `root`."""
    digest = hashlib.sha256(os.fsencode(run_dir.resolve())).hexdigest()[:16]
    return root / f"vsrppp-{os.geteuid()}" / digest / NAME


def bind_socket(run_dir: Path, root: Path = FALLBACK_ROOT) -> tuple[socket.socket, Path]:
    """Listen for screens of a run; returns the non-blocking listening socket and where it lies.

    The caller holds the run: a socket file that is there already was left by a dead process and is
    replaced. The file has mode 0600, its folder 0700.

    Raises:
        UserError: neither place will do, because of the file system or of what lies there.
    """
    try:
        return _bind(preferred_path(run_dir)), preferred_path(run_dir)
    except OSError as error:  # too long, no sockets there, modes not kept, a foreign or full folder
        instead = error
    path = fallback_path(run_dir, root)
    try:
        _own_folder(path.parent.parent)
        # Not made private now: whoever could write to it may have left something in it.
        _require_mode(path.parent.parent, 0o700)
        return _bind(path), path
    except OSError as error:
        raise UserError(
            f"There is no place for the control socket: {preferred_path(run_dir)} is not possible "
            f"({instead.strerror or instead}), and neither is {path}: {error.strerror or error}."
        ) from error


def remove_socket(path: Path) -> None:
    """Delete the socket file of a run that ends, and its folder if nothing else is in it."""
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()


def _bind(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, "its path is too long for a socket")
    _own_folder(path.parent)
    path.parent.chmod(0o700)  # a copied run directory may have brought a wider one
    _require_mode(path.parent, 0o700)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fsencode(path))
        # Nobody can connect before `listen`, so there is no moment with wider permissions. (The umask
        # would not do: it belongs to all threads.)
        path.chmod(0o600)
        _require_mode(path, 0o600)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        remove_socket(path)
        raise
    return listener


def _own_folder(folder: Path) -> None:
    """Make the folder, or see that it is this user's own.

    Raises:
        OSError: it is a symlink or a file, or somebody else's.
    """
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise OSError(errno.ENOTDIR, f"{folder} is a link or a file, not a folder")
    if found.st_uid != os.geteuid():
        raise OSError(errno.EPERM, f"{folder} belongs to another user (uid {found.st_uid})")


def _require_mode(path: Path, mode: int) -> None:
    found = path.lstat().st_mode & 0o777
    if found != mode:
        raise OSError(errno.EPERM, f"{path} has mode {found:04o}, not {mode:04o}")
