"""The rules that a GT picture and its LR stack keep, and the words for a breach."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from vsrppp_tui.data.folder_scan import Problem, ScannedFolder, Size
from vsrppp_tui.data.formats import SCALE, PatchFormat


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair that keeps the rules. Paths are relative to the root; `lr` is None: made on the fly."""

    gt: str
    lr: str | None
    gt_size: Size
    file_bytes: tuple[int, int]  # of GT and LR


def gt_rule(gt_size: Size) -> str | None:
    """What is wrong with the size of a GT picture; None: nothing."""
    width, height = gt_size
    if width % SCALE or height % SCALE:
        return f"is {width}x{height}: both sides of a GT picture must be multiples of 3"
    return None


def lr_rule(gt_size: Size, lr_size: Size, frames: int) -> str | None:
    """What is wrong with the size of a stack, for a GT picture whose sides are multiples of 3."""
    width, frame_height = gt_size[0] // SCALE, gt_size[1] // SCALE
    height = frame_height * frames
    if lr_size[0] != width:
        return (
            f"is {lr_size[0]} pixels wide, must be {width}: "
            f"GT ({gt_size[0]}x{gt_size[1]}) is not 3 times the LR width"
        )
    if lr_size[1] == height:
        return None
    rule = f"has the wrong stack height: {lr_size[1]} pixels, must be {height} ({frames} frames of {frame_height})"
    if lr_size[1] % frame_height == 0:
        rule += f"; it is a stack of {lr_size[1] // frame_height}"
    return rule


def pair_up(
    gt: ScannedFolder, lr: ScannedFolder, frames: int, problems: list[Problem]
) -> list[Pair]:
    """GT and LR files of one name whose sizes go together; files already named broken are left out."""
    pairs = []
    for name in sorted(gt.sizes.keys() & lr.sizes.keys()):
        gt_size, gt_bytes = gt.sizes[name]
        lr_size, lr_bytes = lr.sizes[name]
        rule = gt_rule(gt_size)
        if rule is not None:
            problems.append(Problem(f"{gt.name}/{name}", rule))
            continue
        rule = lr_rule(gt_size, lr_size, frames)
        if rule is not None:
            problems.append(Problem(f"{lr.name}/{name}", rule))
            continue
        pairs.append(Pair(f"{gt.name}/{name}", f"{lr.name}/{name}", gt_size, (gt_bytes, lr_bytes)))
    return pairs


def of_one_size(
    pairs: list[Pair], wanted: PatchFormat | None, problems: list[Problem]
) -> list[Pair]:
    """The training pairs of the size that is `wanted`.

    None: of the commonest size (the first one where two are as common).
    """
    if not pairs:
        return pairs
    if wanted is None:
        size, _ = Counter(pair.gt_size for pair in pairs).most_common(1)[0]
        others = "the other GT patches are {0}x{1}"
    else:
        size = (wanted.gt_width, wanted.gt_height)
        others = f"GT patches of the format {wanted.name} are {{0}}x{{1}}"
    for pair in pairs:
        if pair.gt_size != size:
            rule = f"is {pair.gt_size[0]}x{pair.gt_size[1]}, {others.format(*size)}"
            problems.append(Problem(pair.gt, rule))
    return [pair for pair in pairs if pair.gt_size == size]


def name_orphans(gt: ScannedFolder, lr: ScannedFolder, problems: list[Problem]) -> None:
    """Name the LR stacks that have no GT picture."""
    for name in sorted(lr.present - gt.present):
        problems.append(Problem(f"{lr.name}/{name}", f"has no GT picture {gt.name}/{name}"))
