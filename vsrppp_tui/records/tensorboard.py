"""TensorBoard event files, every scalar at its exact step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard.summary import histogram, text

from vsrppp_tui.records.event_file import EventFile
from vsrppp_tui.records.pictures import png_bytes
from vsrppp_tui.records.step_tags import activity_tags, step_tags
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event, Snapshot, StepRow, ValidationResult

COMPARISONS = 2  # pictures a validation; all of them stand in validation_images/
HISTOGRAM_BINS = 20
LOSS_TAGS = {"vsrppp": "Training/Loss_", "vsrpp": "Loss/"}
"""What the tags of the losses begin with, by recipe; one line a recipe."""


class TensorBoardRecord(Observer):
    """Writes one event file; a resumed run adds another one beside it.

    What cannot be written (a full disk) waits and is written with what comes next.

    Args:
        folder: Folder of the event files; created where it is missing.
        every: LOG_TBOARD_EVERY at the start; later snapshots tell of edits. Beside its multiples the
            first step of the run and the last one are written.
        purge_step: The first step that a resumed run takes; TensorBoard hides what an interrupted
            run had written from there on. None for a new run.
        blocks: Name and trunk of every block; without them Block_01, Block_02, ... of no trunk.
        loss_tag: What the tags of the losses begin with; one of `LOSS_TAGS`.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        every: int,
        purge_step: int | None = None,
        blocks: Sequence[tuple[str, str]] = (),
        loss_tag: str = LOSS_TAGS["vsrppp"],
    ) -> None:
        self._writer = EventFile(folder, purge_step)
        self._every = every
        self._total_steps = 0
        self._blocks = tuple(blocks)
        self._loss_tag = loss_tag
        self._memory: int | None = None  # bytes
        self._unwritten: StepRow | None = None  # the newest row, in case that it is the last

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._every = snapshot.config.get("LOG_TBOARD_EVERY", self._every)
        self._total_steps = snapshot.total_steps
        machine = snapshot.machine
        self._memory = machine.gpu_mem_used or machine.process_ram or self._memory

    def on_steps(self, rows: Sequence[StepRow]) -> None:
        for row in rows:
            if row.step % self._every == 0 or row.step in (1, self._total_steps):
                self._write_row(row)
                self._unwritten = None
            else:
                self._unwritten = row
        self._writer.flush()

    def on_validation(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]]
    ) -> None:
        self._write_scalars(_validation_tags(result), result.step, result.time)
        self._write_pictures("Validation/Comparison", pictures, result.step, result.time)
        self._writer.flush()

    def on_event(self, event: Event) -> None:
        if event.kind == "checkpoint":
            self._write_scalars({"Events/Checkpoints": event.data["code"]}, event.step, event.time)
        elif event.kind == "edit":
            edit = text("Events/Edits", event.text)  # type: ignore[no-untyped-call]
            self._writer.add(edit, event.step, event.time)
        elif event.kind == "rollback":
            self._go_back(event)
        self._writer.flush()

    def on_close(self) -> None:
        if self._unwritten is not None:
            self._write_row(self._unwritten)
            self._unwritten = None
        self._writer.close()

    def _go_back(self, event: Event) -> None:
        """The run stands at an earlier step: what was written of later ones comes again."""
        self._unwritten = None
        self._writer.hide_from(event.data["to"] + 1, event.time)

    def _write_scalars(self, tags: Mapping[str, float], step: int, time: float) -> None:
        self._writer.add(_scalars(tags), step, time)

    def _write_pictures(
        self, tag: str, pictures: Sequence[NDArray[np.uint8]], step: int, time: float
    ) -> None:
        """The first pictures under one tag: ``tag``, ``tag/001``."""
        names = [tag, *(f"{tag}/{number:03d}" for number in range(1, COMPARISONS))]
        shown = zip(names, pictures, strict=False)
        values = [Summary.Value(tag=name, image=_image(picture)) for name, picture in shown]
        self._writer.add(Summary(value=values), step, time)

    def _write_row(self, row: StepRow) -> None:
        blocks = self._blocks or [(f"Block_{n + 1:02d}", "") for n in range(len(row.activity))]
        tags = {f"{self._loss_tag}{name}": value for name, value in row.losses.items()}
        tags |= step_tags(row) | activity_tags(row, blocks)
        if self._memory is not None:
            tags["System/VRAM_GB"] = self._memory / 1e9
        summary = _scalars(tags)
        finite = [value for value in row.activity if math.isfinite(value)]
        if finite:
            tag = "Layers/ActivityDistribution"
            spread = histogram(tag, np.array(finite), HISTOGRAM_BINS)  # type: ignore[no-untyped-call]
            summary.value.extend(spread.value)
        self._writer.add(summary, row.step, row.time)


def _scalars(tags: Mapping[str, float]) -> Summary:
    # One event for all tags of a step: an eighth of the time of one add_scalar each.
    return Summary(value=[Summary.Value(tag=tag, simple_value=tags[tag]) for tag in tags])


def _validation_tags(result: ValidationResult) -> dict[str, float]:
    return {
        "Validation/Loss": result.loss,
        "Metrics/LR_PSNR": result.baseline.psnr,
        "Metrics/LR_SSIM": result.baseline.ssim,
        "Metrics/KI_PSNR": result.network.psnr,
        "Metrics/KI_SSIM": result.network.ssim,
        "Quality/LR_Quality": result.baseline.quality,
        "Quality/KI_Quality": result.network.quality,
        "Quality/Improvement": result.improvement,
    }


def _image(picture: NDArray[np.uint8]) -> Summary.Image:
    height, width, _ = picture.shape
    return Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=png_bytes(picture)
    )
