"""training.log, training_status.txt and the words they share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from vsrppp_tui.records.log import TrainingLog
from vsrppp_tui.records.status import StatusFile, status_text
from vsrppp_tui.records.wording import date_text, duration_text, speed_text
from vsrppp_tui.training.telemetry import (
    Alert,
    BestResult,
    CheckpointInfo,
    Event,
    Machine,
    Snapshot,
    TaskProgress,
    ValidationResult,
)

MakeSnapshot = Callable[..., Snapshot]
MakeEvent = Callable[..., Event]


def test_the_log_has_one_timestamped_line_an_event(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "training.log"
    log = TrainingLog(path)
    log.on_event(make_event("validation", 100, "network 30.00 dB", level="good"))
    log.on_event(make_event("warning", 101, "Disk full.\n  Free some space.", level="warning"))
    log.on_event(make_event("save", 102, "no", level="error"))
    first, second, third = path.read_text().splitlines()  # at once, not at the end
    assert re.fullmatch(
        r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] step 100  validation  network 30\.00 dB", first
    )
    assert second.endswith("] step 101  WARNING  Disk full. Free some space.")
    assert third.endswith("] step 102  ERROR  save  no")
    log.on_close()


def test_the_log_is_appended_to_and_a_half_line_is_cut(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "training.log"
    path.write_text("[2026-02-04 15:00:00] step 1  started  a\n[2026-02-04 15:00:0")
    log = TrainingLog(path)
    log.on_event(make_event("resumed", 2, "b"))
    log.on_close()
    assert [text[-10:] for text in path.read_text().splitlines()] == ["started  a", "resumed  b"]


def test_the_status_is_rewritten_at_multiples_of_five_and_at_a_change_of_state(
    tmp_path: Path, make_snapshot: MakeSnapshot
) -> None:
    path = tmp_path / "training_status.txt"
    record = StatusFile(path)
    shown = []
    for step, state in [(1, "running"), (4, "running"), (6, "running"), (9, "running")]:
        record.on_snapshot(make_snapshot(step, state=state))
        shown.append(_step(path))
    record.on_snapshot(make_snapshot(9, state="paused"))
    shown.append(_step(path))
    record.on_snapshot(make_snapshot(9, state="running"))
    record.on_snapshot(make_snapshot(21, state="running"))
    shown.append(_step(path))
    record.on_snapshot(make_snapshot(23, state="running"))
    record.on_close()
    shown.append(_step(path))
    assert shown == [1, 1, 6, 6, 9, 21, 23]
    assert [p.name for p in tmp_path.iterdir()] == ["training_status.txt"]


def _step(path: Path) -> int:
    found = re.search(r"^Step: +(\d+) of", path.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_the_status_says_what_one_looks_for(
    make_snapshot: MakeSnapshot, make_validation: Callable[..., ValidationResult]
) -> None:
    text = status_text(
        make_snapshot(
            500,
            steps_per_s=0.25,
            eta_s=2000.0,
            lr=1e-4,
            machine=Machine(gpu_mem_used=4_500_000_000, gpu_mem_total=24_000_000_000),
            validation=make_validation(500),
            best=BestResult(250, 60.0),
            checkpoint=CheckpointInfo(500, "checkpoints/latest.pth"),
            warnings=(Alert("save", "Checkpoint not saved.", 0.0, 499),),
            task=TaskProgress("Validating", 1, 8),
        )
    )
    for part in (
        "500 of 1000 (50.0%)",
        "4.00 s/step",
        "33 min 20 s",
        "4.5 GB of 24.0 GB",
        "PSNR 30.00 dB",
        "+5.90 percentage points",
        "checkpoints/latest.pth (step 500)",
        "Checkpoint not saved. (step 499)",
        "1.000e-04",
        "Validating",
    ):
        assert part in text


def test_the_status_of_a_run_that_has_only_begun(make_snapshot: MakeSnapshot) -> None:
    text = status_text(make_snapshot(0, state="starting", total_steps=0, losses={}, blocks=()))
    assert "starting" in text
    assert "unknown" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (float("inf"), "unknown"),
        (42.4, "42 s"),
        (125, "2 min 05 s"),
        (11_400, "3 h 10 min"),
        (439_200, "5 d 02 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_speeds_and_dates() -> None:
    assert speed_text(2.5) == "2.50 steps/s"
    assert speed_text(0.2) == "5.00 s/step"
    assert speed_text(0.0) == speed_text(None) == "unknown"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", date_text(1_770_000_000.0))


def test_places_that_cannot_be_written_are_errors(
    tmp_path: Path, make_snapshot: MakeSnapshot
) -> None:
    with pytest.raises(FileNotFoundError):
        TrainingLog(tmp_path / "absent" / "training.log")
    with pytest.raises(FileNotFoundError):
        StatusFile(tmp_path / "absent" / "status.txt").on_snapshot(make_snapshot(5))
