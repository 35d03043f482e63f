"""The file layer of checkpoints: written whole, verified by a checksum inside the file, found again.

A checkpoint is an ordinary `torch.save` archive that a plain ``torch.load(path,
weights_only=True)`` opens. The comment field at the end of the ZIP archive holds its tag, which
`checkpoint_tag` describes and reads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import torch

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import replacing, sync_folder, temporary_beside
from vsrppp_tui.training.checkpoint_tag import (
    COMMENT_LIMIT,
    LATEST,
    CheckpointTag,
    Kind,
    candidates,
    encode_tag,
    find_tag,
)

PREVIOUS = "previous.pth"

_BLOCK = 4 * 1024 * 1024


class DamagedCheckpoint(UserError):
    """A checkpoint whose content is not what was once written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is damaged: {reason}. Resume from another checkpoint.")
        self.path = path
        self.reason = reason


def write_checkpoint(
    path: Path, state: dict[str, Any], *, step: int, recipe: str, kind: Kind = Kind.REGULAR
) -> None:
    """Save `state` to `path`: hashed while it streams out, visible only when it is on the disk.

    Raises:
        OSError: the file cannot be written, the disk being full for example; what stood at `path`
            is untouched.
    """
    with replacing(path) as file:
        hashing = _HashingFile(file)
        torch.save(state, cast(IO[bytes], hashing))  # write and flush are all that it calls
        if hashing.error is not None:
            raise hashing.error
        _append_comment(file, encode_tag(CheckpointTag(step, recipe, hashing.hexdigest(), kind)))


def write_latest(
    folder: Path, state: dict[str, Any], *, step: int, recipe: str, keep_previous: bool = False
) -> Path:
    """Save `state` as latest.pth and keep the one before as previous.pth; returns latest.pth.

    At every moment a complete file stands under a visible name. previous.pth is replaced last, when
    the new latest.pth is safe: a latest.pth damaged meanwhile never costs the last good file. With
    `keep_previous` it stays as it is.

    Raises:
        OSError: as `write_checkpoint`.
    """
    latest = folder / LATEST
    kept = temporary_beside(folder / PREVIOUS)
    try:
        has_previous = not keep_previous and _give_second_name(latest, kept)
        write_checkpoint(latest, state, step=step, recipe=recipe)
        if has_previous:
            kept.replace(folder / PREVIOUS)
            sync_folder(folder)
    finally:
        kept.unlink(missing_ok=True)
    return latest


def verify(path: Path) -> CheckpointTag:
    """Read the whole file and compare it with its checksum.

    Raises:
        DamagedCheckpoint: there is no valid tag, or the content differs from what was written.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        tag, archive_bytes = find_tag(file)
        if tag is None:
            raise DamagedCheckpoint(path, "its end, with the checksum, is missing or changed")
        if _hash_archive(file, archive_bytes) != tag.sha256:
            raise DamagedCheckpoint(path, "its content does not match its checksum")
    return tag


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Verify a checkpoint and load it to the CPU; nothing in the file is executed.

    Raises:
        DamagedCheckpoint: as `verify`.
        OSError: the file cannot be read.
    """
    verify(path)
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def newest_verified(folder: Path) -> tuple[Path | None, list[tuple[Path, str]]]:
    """The first of `candidates` that is whole, and those passed over before it with the reason."""
    damaged: list[tuple[Path, str]] = []
    for path in candidates(folder):
        try:
            verify(path)
        except DamagedCheckpoint as error:
            damaged.append((path, error.reason))
        except OSError as error:
            damaged.append((path, f"it cannot be read ({error.strerror})"))
        else:
            return path, damaged
    return None, damaged


class _HashingFile:
    """What `torch.save` writes to: passes every block on and hashes it.

    An error of the disk must not be raised inside `write`: PyTorch's writer turns it into an
    internal one that no longer says "disk full". It is kept, and the rest is discarded.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, block: bytes) -> int:
        if self.error is None:
            try:
                self._file.write(block)
                self._hash.update(block)
            except OSError as error:
                self.error = error
        return len(block)

    def flush(self) -> None:
        """Nothing to do: `replacing` flushes once at the end."""

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _append_comment(file: BinaryIO, comment: bytes) -> None:
    """Give the finished archive a comment; torch.save leaves it with one of length 0."""
    assert len(comment) <= COMMENT_LIMIT
    file.seek(-2, os.SEEK_END)
    file.write(struct.pack("<H", len(comment)) + comment)


def _hash_archive(file: BinaryIO, archive_bytes: int) -> str:
    """SHA-256 of the first `archive_bytes` bytes, the last two (the comment's length) as zeros."""
    digest = hashlib.sha256()
    file.seek(0)
    remaining = archive_bytes - 2
    while remaining and (block := file.read(min(remaining, _BLOCK))):
        digest.update(block)
        remaining -= len(block)
    digest.update(b"\0\0")
    return digest.hexdigest()


def _give_second_name(path: Path, second: Path) -> bool:
    """Make the file at `path` reachable as `second` too; False where there is none."""
    second.unlink(missing_ok=True)
    try:
        second.hardlink_to(path)
    except FileNotFoundError:
        return False
    except OSError:  # a file system without hard links
        shutil.copyfile(path, second)
    return True
