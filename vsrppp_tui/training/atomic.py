"""Files that appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil

_MARK = ".tmp-"
# Two threads of one process may write the same file; each needs a temporary name of its own.
_number = itertools.count()


def temporary_beside(path: Path) -> Path:
    """A new hidden name in the folder of `path`: ``.<name>.tmp-<pid>-<n>``; creates nothing."""
    return path.with_name(f".{path.name}{_MARK}{os.getpid()}-{next(_number)}")


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of `path` when the block ends without an error.

    Args:
        path: The file to create or replace; its folder must exist.
        durable: Whether the content is on the disk, not merely in memory, before the name appears
            (fsync of the file, then of its folder). False is for files that a power loss may take.

    Raises:
        OSError: the file cannot be written; `path` is then untouched and the temporary file gone.
    """
    temporary = temporary_beside(path)
    try:
        # Not "xb": a killed process of the same number may have left this very name behind.
        with temporary.open("wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Create or replace a file with `content` (a text as UTF-8).

    Raises:
        OSError: as `replacing`.
    """
    with replacing(path, durable=durable) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a rename alone may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_stale_temporaries(folder: Path) -> list[Path]:
    """Delete what killed processes left in `folder` under temporary names; returns the names.

    A file of a live process stays. The number of a dead process may have been given to a new one
    (in a container it usually is the same), so a file older than its process is stale too.
    """
    stale = [path for path in folder.glob(f".*{_MARK}*") if not _has_live_writer(path)]
    for path in stale:
        path.unlink(missing_ok=True)
    return stale


def _has_live_writer(path: Path) -> bool:
    pid, _, _ = path.name.rpartition(_MARK)[2].partition("-")
    try:
        # A process counts from its start in hundredths of a second; a file system may round more.
        return path.stat().st_mtime > psutil.Process(int(pid)).create_time() - 1.0
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False
    except ValueError:  # somebody else's name that happens to look alike
        return True
