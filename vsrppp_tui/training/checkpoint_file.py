"""The file layer of checkpoints: written whole, verified by a checksum inside the file, found again.

A checkpoint is an ordinary `torch.save` archive that a plain ``torch.load(path,
weights_only=True)`` opens. The comment field at the end of the ZIP archive holds its tag, one
line of JSON in ASCII:

    {"crc":"<8 hex digits>","format":1,"recipe":"vsrppp","sha256":"<64 hex digits>","step":500}

The best checkpoint of its time that is no milestone also has ``"kind":"best"``: retention may remove
it one day; a deployable sibling, which holds weights alone, has ``"kind":"deploy"``. Every other file is
regular and says nothing of it.

`sha256` covers the whole file as `torch.save` wrote it, that is without the comment and with the
two bytes of its length (the last of the archive proper) set to zero. `crc` is the CRC-32 of the
same JSON without `crc`. The tag must stand in exactly this notation, so no byte of the file can
change unseen, and a tag with a changed step is no tag at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import torch

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import replacing, sync_folder, temporary_beside

LATEST = "latest.pth"
PREVIOUS = "previous.pth"

_FORMAT = 1
_DEPLOY = "_deploy"
_COMMENT_LIMIT = 65535
# "End of central directory" of the ZIP format (APPNOTE.TXT 4.3.16): signature, 16 bytes of counts
# and offsets, and the length of the comment that follows.
_END_SIGNATURE = b"PK\x05\x06"
_END_BYTES = 22
_BLOCK = 4 * 1024 * 1024


class Kind(StrEnum):
    """What a checkpoint was written for."""

    REGULAR = "regular"  # stays for good
    BEST = "best"  # stays while it is the best, or the best before
    DEPLOY = "deploy"  # weights alone, see `deployable`; goes with the checkpoint beside it


def is_milestone_name(name: str, step: int) -> bool:
    """Whether a file may be the milestone or best checkpoint of a step by its name, in any recipe."""
    ours = (f"checkpoint_step_{step}.pth", f"checkpoint_step_{step:06d}.pth")
    return name in ours or re.fullmatch(rf"scale\d+_step{step}\.pth", name) is not None


def deploy_name(name: str) -> str:
    """Name of the deployable sibling of a checkpoint: ``scale4_step500_deploy.pth``."""
    path = Path(name)
    return f"{path.stem}{_DEPLOY}{path.suffix}"


def is_deploy_name(name: str) -> bool:
    """Whether a file in checkpoints/ is such a sibling."""
    return Path(name).stem.endswith(_DEPLOY)


class DamagedCheckpoint(UserError):
    """A checkpoint whose content is not what was once written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is damaged: {reason}. Resume from another checkpoint.")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CheckpointTag:
    """What a checkpoint says of itself at its end."""

    step: int
    recipe: str
    sha256: str
    kind: Kind = Kind.REGULAR


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
        _append_comment(file, _encode(CheckpointTag(step, recipe, hashing.hexdigest(), kind)))


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


def read_tag(path: Path) -> CheckpointTag | None:
    """Read the tag from the file's tail alone; None where there is no valid one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _find_tag(file)[0]


def verify(path: Path) -> CheckpointTag:
    """Read the whole file and compare it with its checksum.

    Raises:
        DamagedCheckpoint: there is no valid tag, or the content differs from what was written.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        tag, archive_bytes = _find_tag(file)
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


def candidates(folder: Path) -> list[Path]:
    """Every checkpoint of a folder in the order in which a resume tries them.

    Files without a valid tag come first, so that they are named as damaged before a good one ends
    the search; then the highest step; at equal steps latest.pth, then the newest file. Symlinks
    (checkpoint_best.pth) and deployable siblings only repeat other files and are left out.
    """
    found = [path for path in folder.glob("*.pth") if _is_visible_file(path)]
    return sorted(found, key=_resume_order)


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
    assert len(comment) <= _COMMENT_LIMIT
    file.seek(-2, os.SEEK_END)
    file.write(struct.pack("<H", len(comment)) + comment)


def _encode(tag: CheckpointTag) -> bytes:
    fields = {"format": _FORMAT, "recipe": tag.recipe, "sha256": tag.sha256, "step": tag.step}
    if tag.kind != Kind.REGULAR:
        fields["kind"] = tag.kind
    crc = zlib.crc32(_canonical(fields))
    return _canonical({**fields, "crc": f"{crc:08x}"})


def _canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _decode(comment: bytes) -> CheckpointTag | None:
    """The tag, unless any byte of it is other than `_encode` would write it."""
    try:
        fields = json.loads(comment)
        kind = Kind(fields.get("kind", Kind.REGULAR))
        tag = CheckpointTag(fields["step"], fields["recipe"], fields["sha256"], kind)
        as_written = _encode(tag)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return tag if as_written == comment and isinstance(tag.step, int) else None


def _find_tag(file: BinaryIO) -> tuple[CheckpointTag | None, int]:
    """The tag and the length of the archive before it; (None, 0) where there is no valid one."""
    size = file.seek(0, os.SEEK_END)
    tail_bytes = min(size, _END_BYTES + _COMMENT_LIMIT)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    # The last signature is the right one: JSON in ASCII holds no control characters.
    start = tail.rfind(_END_SIGNATURE)
    if start < 0:
        return None, 0
    comment = tail[start + _END_BYTES :]
    if tail[start + _END_BYTES - 2 : start + _END_BYTES] != struct.pack("<H", len(comment)):
        return None, 0
    return _decode(comment), size - len(comment)


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


def _is_visible_file(path: Path) -> bool:
    hidden = path.name.startswith(".") or is_deploy_name(path.name)
    return not hidden and path.is_file() and not path.is_symlink()


def _resume_order(path: Path) -> tuple[bool, int, bool, float]:
    try:
        tag, modified = read_tag(path), path.stat().st_mtime
    except OSError:  # `newest_verified` meets it again and names it
        tag, modified = None, 0.0
    return tag is not None, -tag.step if tag else 0, path.name != LATEST, -modified
