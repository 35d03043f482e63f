"""Where the checkpoints of one run are written, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.config.schema import FileNames
from vsrppp_tui.training.atomic import remove_stale_temporaries
from vsrppp_tui.training.checkpoint_file import write_checkpoint, write_latest
from vsrppp_tui.training.checkpoint_tag import LATEST, Kind, deploy_name, read_tag
from vsrppp_tui.training.deployable import write_deployable
from vsrppp_tui.training.guard import is_good_file
from vsrppp_tui.training.retention import point_best_to, remove_former_bests

FOLDER = "checkpoints"
EMERGENCY = "checkpoint_emergency.pth"


@dataclass(frozen=True, slots=True)
class Files:
    """Which files one save writes: latest.pth with what is named here, or the emergency one alone."""

    milestone: bool = False  # checkpoint_step_N.pth, kept for good
    best: bool = False  # checkpoint_step_N.pth, and checkpoint_best.pth moves to it
    emergency: bool = False

    def __or__(self, other: Files) -> Files:
        return Files(
            self.milestone or other.milestone,
            self.best or other.best,
            self.emergency or other.emergency,
        )

    @property
    def has_own_name(self) -> bool:
        """Whether something is written that no later save replaces."""
        return self.milestone or self.best


class CheckpointStore:
    """Writes the checkpoints of one run directory, under the names that `names` gives them."""

    def __init__(
        self,
        run_dir: Path,
        recipe: str,
        names: FileNames = FileNames(),  # noqa: B008 - immutable
    ) -> None:
        self._run_dir = run_dir
        self._folder = run_dir / FOLDER
        self._recipe = recipe
        self._names = names
        if self._folder.is_dir():  # what a kill in the middle of saving left
            remove_stale_temporaries(self._folder)

    def milestone_name(self, step: int) -> str:
        """File name of the milestone or best checkpoint of a step."""
        return self._names.milestone.format(step=step)

    def has_milestone(self, step: int) -> bool:
        """Whether the milestone of a step is there, not merely a former best of that step.

        Raises:
            OSError: there is a file that cannot be read.
        """
        path = self._folder / self.milestone_name(step)
        tag = read_tag(path) if path.is_file() else None
        return tag is not None and tag.kind == Kind.REGULAR

    def write(self, state: dict[str, Any], files: Files) -> None:
        """Write one state to its files; latest.pth moves last of the checkpoints.

        Raises:
            OSError: a file cannot be written. Calling again with the same writes all of them.
        """
        if files.emergency:
            self.save_as(EMERGENCY, state)
            return
        name = self.milestone_name(state["step"])
        if files.has_own_name:
            stays = files.milestone or self.has_milestone(state["step"])
            self.save_as(name, state, Kind.REGULAR if stays else Kind.BEST)
            if self._names.deploys:
                write_deployable(self._folder / deploy_name(name), state)
        if files.best:
            point_best_to(self._folder, name)
        self.save_latest(state)
        if self._names.export is not None:
            write_deployable(self._run_dir / self._names.export, state)

    def clean(self) -> None:
        """Remove the bests that two better ones have followed.

        Raises:
            OSError: a file cannot be read or removed.
        """
        remove_former_bests(self._folder)

    def save_latest(self, state: dict[str, Any]) -> str:
        """Write latest.pth; the one before stays as previous.pth. Returns the path in the run.

        One that was written between bad steps does not: previous.pth then stays good.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        keep = not is_good_file(self._folder / LATEST)
        write_latest(
            self._folder, state, step=state["step"], recipe=self._recipe, keep_previous=keep
        )
        return f"{FOLDER}/{LATEST}"

    def save_as(self, name: str, state: dict[str, Any], kind: Kind = Kind.REGULAR) -> str:
        """Write a checkpoint of another name. Returns the path in the run."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_checkpoint(
            self._folder / name, state, step=state["step"], recipe=self._recipe, kind=kind
        )
        return f"{FOLDER}/{name}"
