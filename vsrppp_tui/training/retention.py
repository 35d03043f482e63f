"""Which checkpoints of a run stay: the links to the best ones, and what may be removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from vsrppp_tui.training.atomic import sync_folder, temporary_beside
from vsrppp_tui.training.checkpoint_file import newest_verified
from vsrppp_tui.training.checkpoint_tag import (
    CheckpointTag,
    Kind,
    deploy_name,
    is_deploy_name,
    is_milestone_name,
    read_tag,
)

BEST = "checkpoint_best.pth"
BEST_OLD = "checkpoint_best_old.pth"


def removable(
    files: Mapping[str, CheckpointTag | None], linked: Collection[str], newest: str | None
) -> list[str]:
    """The former bests among `files`, oldest first: all that retention may ever remove.

    Args:
        files: Names in the folder with their tags; None where a file has no valid one.
        linked: Names that checkpoint_best.pth and checkpoint_best_old.pth point to.
        newest: The newest checkpoint that verifies, whatever it is.

    A file that was given another name, or that has lost its tag, is somebody else's business.
    """
    former = [
        (tag.step, name)
        for name, tag in files.items()
        if tag is not None
        and tag.kind == Kind.BEST
        and is_milestone_name(name, tag.step)
        and name not in linked
        and name != newest
    ]
    return [name for _step, name in sorted(former)]


def remove_former_bests(folder: Path) -> list[str]:
    """Delete what `removable` names; returns the names.

    Raises:
        OSError: a file cannot be read or deleted.
    """
    files = {path.name: read_tag(path) for path in _checkpoints(folder)}
    linked = {target for link in (BEST, BEST_OLD) if (target := best_target(folder, link))}
    if not removable(files, linked, None):
        return []  # without reading a whole checkpoint to verify it
    newest, _damaged = newest_verified(folder)
    names = removable(files, linked, newest.name if newest else None)
    for name in names:
        (folder / name).unlink(missing_ok=True)
        (folder / deploy_name(name)).unlink(missing_ok=True)
    return names


def point_best_to(folder: Path, name: str) -> None:
    """Let checkpoint_best.pth point to `name`, and checkpoint_best_old.pth to the one before.

    The old one moves first, so that at every moment both bests are pointed to.

    Raises:
        OSError: a link cannot be made.
    """
    before = best_target(folder, BEST)
    if before == name:
        return
    if before is not None:
        _link(folder / BEST_OLD, before)
    _link(folder / BEST, name)
    sync_folder(folder)


def repair_best_links(folder: Path) -> None:
    """After files have been moved away: no link dangles, and the best is the newest that is left."""
    left = [best_target(folder, link) for link in (BEST, BEST_OLD)]
    left = [target for target in dict.fromkeys(left) if target is not None]
    for link, target in zip((BEST, BEST_OLD), (*left, None, None), strict=False):
        if target is not None:
            _link(folder / link, target)
        elif (folder / link).is_symlink():
            (folder / link).unlink()


def best_target(folder: Path, link: str) -> str | None:
    """The file in `folder` that a link stands for; None where there is none.

    A copy of a run may hold a file in place of the link; its tag then tells which one it repeats.
    """
    path = folder / link
    if path.is_symlink():
        target = path.readlink().name
        return target if (folder / target).is_file() else None
    tag = read_tag(path) if path.is_file() else None
    if tag is None:
        return None
    names = sorted(path.name for path in _checkpoints(folder))
    return next((name for name in names if is_milestone_name(name, tag.step)), None)


def _checkpoints(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.glob("*_step*.pth")
        if not path.is_symlink() and not is_deploy_name(path.name)
    ]


def _link(path: Path, target: str) -> None:
    """Make or replace a relative link in one step."""
    if path.is_symlink() and str(path.readlink()) == target:
        return
    temporary = temporary_beside(path)
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(target)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
