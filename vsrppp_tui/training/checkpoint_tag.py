"""What a checkpoint says of itself at its end, and in which order a resume tries them; loads no torch.

The comment field at the end of the ZIP archive that `torch.save` wrote holds the tag, one line of
JSON in ASCII:

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

import json
import os
import re
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

LATEST = "latest.pth"

_FORMAT = 1
_DEPLOY = "_deploy"
COMMENT_LIMIT = 65535
# "End of central directory" of the ZIP format (APPNOTE.TXT 4.3.16): signature, 16 bytes of counts
# and offsets, and the length of the comment that follows.
_END_SIGNATURE = b"PK\x05\x06"
_END_BYTES = 22


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


@dataclass(frozen=True, slots=True)
class CheckpointTag:
    """What a checkpoint says of itself at its end."""

    step: int
    recipe: str
    sha256: str
    kind: Kind = Kind.REGULAR


def read_tag(path: Path) -> CheckpointTag | None:
    """Read the tag from the file's tail alone; None where there is no valid one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return find_tag(file)[0]


def candidates(folder: Path) -> list[Path]:
    """Every checkpoint of a folder in the order in which a resume tries them.

    Files without a valid tag come first, so that they are named as damaged before a good one ends
    the search; then the highest step; at equal steps latest.pth, then the newest file. Symlinks
    (checkpoint_best.pth) and deployable siblings only repeat other files and are left out.
    """
    found = [path for path in folder.glob("*.pth") if _is_visible_file(path)]
    return sorted(found, key=_resume_order)


def resume_step(folder: Path) -> int | None:
    """The step of the first of `candidates` that has a tag: where a resume begins if that one is whole."""
    for path in candidates(folder):
        try:
            tag = read_tag(path)
        except OSError:
            continue
        if tag is not None:
            return tag.step
    return None


def encode_tag(tag: CheckpointTag) -> bytes:
    """The comment of the archive."""
    fields = {"format": _FORMAT, "recipe": tag.recipe, "sha256": tag.sha256, "step": tag.step}
    if tag.kind != Kind.REGULAR:
        fields["kind"] = tag.kind
    crc = zlib.crc32(_canonical(fields))
    return _canonical({**fields, "crc": f"{crc:08x}"})


def _canonical(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _decode(comment: bytes) -> CheckpointTag | None:
    """The tag, unless any byte of it is other than `encode_tag` would write it."""
    try:
        fields = json.loads(comment)
        kind = Kind(fields.get("kind", Kind.REGULAR))
        tag = CheckpointTag(fields["step"], fields["recipe"], fields["sha256"], kind)
        as_written = encode_tag(tag)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return tag if as_written == comment and isinstance(tag.step, int) else None


def find_tag(file: BinaryIO) -> tuple[CheckpointTag | None, int]:
    """The tag and the length of the archive before it; (None, 0) where there is no valid one."""
    size = file.seek(0, os.SEEK_END)
    tail_bytes = min(size, _END_BYTES + COMMENT_LIMIT)
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


def _is_visible_file(path: Path) -> bool:
    hidden = path.name.startswith(".") or is_deploy_name(path.name)
    return not hidden and path.is_file() and not path.is_symlink()


def _resume_order(path: Path) -> tuple[bool, int, bool, float]:
    try:
        tag, modified = read_tag(path), path.stat().st_mtime
    except OSError:  # `newest_verified` meets it again and names it
        tag, modified = None, 0.0
    return tag is not None, -tag.step if tag else 0, path.name != LATEST, -modified
