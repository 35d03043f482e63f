from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vsrppp_tui.records.standard import standard_records
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import (
    Event,
    RunInfo,
    Snapshot,
    StepRow,
    ValidationResult,
)


def test_a_run_and_its_resume_leave_the_files_of_a_run_directory(
    tmp_path: Path,
    make_run_info: Callable[..., RunInfo],
    make_snapshot: Callable[..., Snapshot],
    make_row: Callable[..., StepRow],
    make_validation: Callable[..., ValidationResult],
    make_event: Callable[..., Event],
) -> None:
    def train(records: list[Observer], first: int, last: int) -> None:
        change = {"changes": {"SEED": {"old": 0, "new": 1}}, "who": "x", "config": {"SEED": 1}}
        for record in records:
            record.on_event(make_event("edit", first, data=change))
            for step in range(first, last + 1):
                record.on_steps([make_row(step)])
                record.on_snapshot(make_snapshot(step))
            record.on_validation(make_validation(last), [np.zeros((3, 9, 3), dtype=np.uint8)])
            record.on_close()

    run = make_run_info(pid=os.getpid())
    train(standard_records(tmp_path, run, log_every=10), 1, 20)
    train(standard_records(tmp_path, run, log_every=10, resume_step=20), 21, 30)
    assert {path.name for path in tmp_path.iterdir()} == {
        "train_config.json",
        "edits.jsonl",
        "history.jsonl",
        "training.log",
        "training_status.txt",
        "logs",
        "validation_images",
        "run.json",
    }
    assert len(list((tmp_path / "logs").iterdir())) == 2
