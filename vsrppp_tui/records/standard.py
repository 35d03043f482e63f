"""Which records a run keeps, and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vsrppp_tui.config.schema import FileNames
from vsrppp_tui.records.config_watch import ConfigWatch
from vsrppp_tui.records.edits import ConfigFile, EditsFile
from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.history_file import HISTORY_FILE
from vsrppp_tui.records.log import TrainingLog
from vsrppp_tui.records.pictures import PictureRecord
from vsrppp_tui.records.run_file import RunFile
from vsrppp_tui.records.status import StatusFile
from vsrppp_tui.records.tensorboard import LOSS_TAGS, TensorBoardRecord
from vsrppp_tui.records.wqv_board import WqvBoard
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import RunInfo

BOARDS: dict[str, type[TensorBoardRecord]] = {"wqv": WqvBoard}
"""Recipes with TensorBoard tags of their own."""
EDITS_FILE = "edits.jsonl"
STATUS_FILE = "training_status.txt"


def standard_records(
    run_dir: Path,
    run: RunInfo,
    *,
    log_every: int,
    resume_step: int | None = None,
    blocks: Sequence[tuple[str, str]] = (),
    files: FileNames = FileNames(),  # noqa: B008 - immutable
    control_socket: Path | None = None,
    control: ControlPoint | None = None,
) -> list[Observer]:
    """The records of a run, in the order in which they are told.

    Args:
        run_dir: The run directory; it must exist.
        run: The process that trains.
        log_every: LOG_TBOARD_EVERY at the start.
        resume_step: Step of the checkpoint that the run continues from; None for a new run.
        blocks: Name and trunk of every block.
        files: How the files are called.
        control_socket: Where the run listens for screens, if it does.
        control: Where edits of train_config.json on disk are submitted; None: nobody looks for them.

    Raises:
        OSError: one of the files cannot be written.
    """
    config = run_dir / files.config
    records: list[Observer] = [
        RunFile(run_dir, run, _names(files), control_socket),
        TrainingLog(run_dir / files.log),
        # The configuration before the journal: after a death in between, a resume finds the new value
        # as a difference. The other way round it would take the old one for the user's wish.
        ConfigFile(config) if control is None else ConfigWatch(config, control),
        EditsFile(run_dir / EDITS_FILE),
        HistoryRecord(run_dir / HISTORY_FILE, resume_step=resume_step),
        StatusFile(run_dir / STATUS_FILE),
        PictureRecord(run_dir, single=files.single_pictures),
    ]
    if files.tensorboard is not None:
        board = BOARDS.get(run.recipe, TensorBoardRecord)(
            run_dir / files.tensorboard,
            every=log_every,
            purge_step=None if resume_step is None else resume_step + 1,
            blocks=blocks,
            loss_tag=LOSS_TAGS.get(run.recipe, ""),
        )
        records.append(board)
    return records


def _names(files: FileNames) -> dict[str, str]:
    """What run.json says of the names of files and folders."""
    names = {"config": files.config, "log": files.log}
    return names if files.tensorboard is None else {**names, "tensorboard": files.tensorboard}
