"""Which pictures of a folder train, validate and test; written down in dataset_splits.json and re-used.

A source with the folders train, val and test is taken as it is. Any other is split by shares, in an order
that follows from the seed and the names alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vsrppp_tui.data.image_file import SUFFIXES
from vsrppp_tui.data.sampler import random_words
from vsrppp_tui.errors import UserError

SPLITS_FILE = "dataset_splits.json"
PARTS = ("train", "val", "test")
_STREAM = 2**33
_RUN_FILE = "run.json"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shares:
    """How a source is split; the test has what training and validation leave over."""

    train: float
    val: float
    seed: int

    @property
    def has_test(self) -> bool:
        """Whether something is left over."""
        return round(self.train + self.val, 9) < 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures by part, as paths relative to the source with slashes, each part sorted."""

    train: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]
    staged: bool  # by the user's own folders

    @property
    def all(self) -> frozenset[str]:
        """The pictures of all parts."""
        return frozenset((*self.train, *self.val, *self.test))

    def text(self, source: Path, shares: Shares) -> str:
        """The content of dataset_splits.json."""
        values = {
            "source": str(source),
            "staged": self.staged,
            "seed": shares.seed,
            "train_split": shares.train,
            "val_split": shares.val,
            **{part: list(getattr(self, part)) for part in PARTS},
        }
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def find_images(source: Path) -> tuple[str, ...]:
    """Every picture of a folder and the folders inside it, by suffix; relative paths, sorted.

    Hidden folders and files are passed over, and so is the folder of a run: its pictures are no sources.

    Raises:
        UserError: there is no such folder.
    """
    if not source.is_dir():
        raise UserError(f"There is no folder {source}: name one with clean pictures as SOURCE.")
    found = []
    for folder, inner, files in os.walk(source):
        if _RUN_FILE in files:
            inner.clear()
            continue
        inner[:] = [name for name in inner if not name.startswith(".")]
        place = Path(folder).relative_to(source)
        names = (name for name in files if not name.startswith("."))
        found += [str((place / n).as_posix()) for n in names if n.lower().endswith(SUFFIXES)]
    return tuple(sorted(found))


def split_images(source: Path, names: Sequence[str], shares: Shares) -> Split:
    """Split the pictures of a source.

    Raises:
        UserError: too few of them, or a part of the folders train, val and test is missing or empty.
    """
    folders = [part for part in PARTS if (source / part).is_dir()]
    if "train" in folders and len(folders) > 1:
        return _staged(source, names, folders)
    needed = 3 if shares.has_test else 2
    if len(names) < needed:
        parts = "training, validation and test" if shares.has_test else "training and validation"
        raise UserError(
            f"{source} holds too few pictures (PNG, JPEG, BMP, TIFF: {len(names)}): {parts} need at least "
            f"{needed}, one each. Add pictures, or name another SOURCE."
        )
    return _by_shares(names, shares)


def _staged(source: Path, names: Sequence[str], folders: Sequence[str]) -> Split:
    parts = {part: tuple(n for n in names if n.startswith(f"{part}/")) for part in PARTS}
    empty = [part for part in PARTS if not parts[part]]
    if empty:
        raise UserError(
            f"{source} has the folders {' and '.join(folders)}, but no picture in {source / empty[0]}: put "
            "some there, or move all pictures out of those folders to have them split."
        )
    return Split(parts["train"], parts["val"], parts["test"], staged=True)


def _by_shares(names: Sequence[str], shares: Shares) -> Split:
    count, test = len(names), int(shares.has_test)
    val_count = min(max(round(count * shares.val), 1), count - 1 - test)
    train_count = min(max(round(count * shares.train), 1), count - val_count - test)
    if not test:
        train_count = count - val_count
    order = np.argsort(random_words(shares.seed, _STREAM, 0, count), kind="stable")
    drawn = [names[place] for place in order]
    train, rest = drawn[:train_count], drawn[train_count:]
    val, left = rest[:val_count], rest[val_count:]
    return Split(tuple(sorted(train)), tuple(sorted(val)), tuple(sorted(left)), staged=False)


def read_split(path: Path, shares: Shares, *, resumed: bool) -> Split | None:
    """What a dataset_splits.json says; None where there is none, or of other shares in a new run.

    Raises:
        UserError: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        own = Shares(float(values["train_split"]), float(values["val_split"]), int(values["seed"]))
        parts = [tuple(str(name) for name in values[part]) for part in PARTS]
        split = Split(parts[0], parts[1], parts[2], bool(values["staged"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} cannot be used ({error!r}): put it right, or move it away to have the pictures "
            "split anew."
        ) from None
    return split if resumed or own == shares else None


def keep_split(split: Split, names: Sequence[str], source: Path) -> tuple[str, ...]:
    """What the user should be told of a recorded split and the pictures that are there now.

    Raises:
        UserError: pictures of the split are gone; names up to three of them.
    """
    here = set(names)
    gone = sorted(split.all - here)
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        raise UserError(
            f"{SPLITS_FILE} lists pictures that are not in {source}: {', '.join(gone[:_NAMED])}{more}. "
            "Put them back, or begin anew with --fresh."
        )
    added = len(here - split.all)
    if not added:
        return ()
    return (
        f"Pictures of {source} that {SPLITS_FILE} does not list stay out of this run: {added}.",
    )
