"""Records on a disk that is full for a while: a warning from each, and nothing lost."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.faulty_disk import FaultyDisk
from vsrppp_tui.records.edits import ConfigFile, EditsFile, read_edits
from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.history_file import read_history
from vsrppp_tui.records.lines import AppendFile, complete_lines, open_lines
from vsrppp_tui.records.log import TrainingLog
from vsrppp_tui.records.pictures import PictureRecord
from vsrppp_tui.records.run_file import RunFile, read_run_file
from vsrppp_tui.records.status import StatusFile
from vsrppp_tui.records.tensorboard import TensorBoardRecord
from vsrppp_tui.training.telemetry import Event, RunInfo, Snapshot, StepRow, ValidationResult

MakeEvent = Callable[..., Event]
MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FaultyDisk:
    return FaultyDisk(monkeypatch)


def fails(call: Callable[..., Any], *arguments: Any) -> None:
    with pytest.raises(OSError, match="No space left"):
        call(*arguments)


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(st.tuples(st.binary(max_size=40), st.sampled_from(["", "write", "fsync"]))),
    durable=st.booleans(),
)
def test_whatever_fails_in_between_every_line_stands_once_and_in_order(
    plan: list[tuple[bytes, str]], durable: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    lines = [content.replace(b"\n", b"").replace(b"\r", b"") for content, _fault in plan]
    with pytest.MonkeyPatch.context() as patch:
        disk = FaultyDisk(patch)
        file = open_lines(path)
        for line, (_content, fault) in zip(lines, plan, strict=True):
            if fault:
                disk.breaks(errno.ENOSPC, actions=(fault,))
            file.write(line + b"\n")
            try:
                file.flush(durable=durable)
            except OSError:
                assert path.read_bytes() == b"".join(
                    line + b"\n" for line in path.read_bytes().split(b"\n")[:-1]
                ), "half a line"
            disk.repair()
        file.close()
    assert path.read_bytes().split(b"\n")[:-1] == lines


def test_a_cut_that_fails_as_well_is_made_up_for(
    tmp_path: Path, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = AppendFile(tmp_path / "a")
    file.write(b"one\n")
    file.flush()
    raw = file._file

    class Stuck:
        closed = False
        fileno = raw.fileno

        def truncate(self, size: int) -> int:
            raise OSError(errno.EIO, "Input/output error")

    disk.breaks(errno.ENOSPC)
    file.write(b"second\n")
    monkeypatch.setattr(file, "_file", Stuck())
    fails(file.flush)
    monkeypatch.setattr(file, "_file", raw)
    assert (tmp_path / "a").read_bytes().startswith(b"one\nsec")
    disk.repair()
    file.close()
    assert (tmp_path / "a").read_bytes() == b"one\nsecond\n"


def test_what_waits_is_bounded_and_the_oldest_expendable_goes_first(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    file = AppendFile(
        tmp_path / "a", waiting_bytes=100, expendable=lambda line: not line.startswith(b"!")
    )
    disk.breaks(errno.ENOSPC)
    lines = [b"! keep\n", *(b"%09d\n" % number for number in range(50)), b"! keep too\n"]
    for line in lines:
        file.write(line)
        fails(file.flush)
    disk.repair()
    file.close()
    assert complete_lines(tmp_path / "a") == [
        b"! keep",
        *(b"%09d" % number for number in range(42, 50)),
        b"! keep too",
    ]


def test_edits_survive_and_are_on_the_disk_as_soon_as_it_takes_them(
    tmp_path: Path, disk: FaultyDisk, make_event: MakeEvent, make_snapshot: MakeSnapshot
) -> None:
    def edit(step: int, new: float) -> Event:
        data = {"changes": {"LR_EXPONENT": {"old": -4.0, "new": new}}, "who": "x"}
        return make_event("edit", step, data={**data, "config": {"LR_EXPONENT": new}})

    edits, config = EditsFile(tmp_path / "edits.jsonl"), ConfigFile(tmp_path / "c.json")
    disk.breaks(errno.ENOSPC)
    for step in (1, 2):
        for record in (config, edits):
            fails(record.on_event, edit(step, -4.0 - step))
    for record in (config, edits):
        fails(record.on_event, make_event("validation", 3))  # the warning stays up
        record.on_snapshot(make_snapshot(3))
    disk.repair()
    for record in (config, edits):
        record.on_snapshot(make_snapshot(4))
    assert [(e.step, e.new) for e in read_edits(tmp_path / "edits.jsonl")] == [(1, -5.0), (2, -6.0)]
    assert json.loads((tmp_path / "c.json").read_text())["LR_EXPONENT"] == -6.0
    for record in (config, edits):
        record.on_close()


def test_the_log_and_the_history_keep_their_lines(
    tmp_path: Path,
    disk: FaultyDisk,
    make_event: MakeEvent,
    make_snapshot: MakeSnapshot,
    make_validation: Callable[..., ValidationResult],
) -> None:
    log, history = TrainingLog(tmp_path / "training.log"), HistoryRecord(tmp_path / "h.jsonl")
    history.on_snapshot(make_snapshot(10))
    disk.breaks(errno.ENOSPC)
    fails(log.on_event, make_event("paused", 11, "by me"))
    fails(history.on_event, make_event("paused", 11))
    fails(history.on_validation, make_validation(20), [])
    for step in (20, 21, 30):
        fails(history.on_snapshot, make_snapshot(step))
    disk.repair()
    log.on_snapshot(make_snapshot(31))
    history.on_snapshot(make_snapshot(31))
    assert (tmp_path / "training.log").read_text().count("by me") == 1
    read = read_history(tmp_path / "h.jsonl")
    assert [snapshot.step for snapshot in read.snapshots] == [10, 20, 30]
    assert [event.step for event in read.events] == [11]
    assert [validation.step for validation in read.validations] == [20]
    log.on_close()
    history.on_close()


def test_a_history_that_cannot_be_thinned_goes_on_growing_for_a_while(
    tmp_path: Path, disk: FaultyDisk, make_event: MakeEvent
) -> None:
    record = HistoryRecord(tmp_path / "h.jsonl", byte_limit=2000)
    disk.breaks(errno.ENOSPC, lambda path: ".tmp-" in path)  # there is room for lines alone
    failed = 0
    for step in range(100):
        try:
            record.on_event(make_event("paused", step))
        except OSError:
            failed += 1
    assert 0 < failed < 10
    record.on_close()
    assert len(read_history(tmp_path / "h.jsonl").events) == 100


def test_status_run_file_and_pictures_are_written_the_next_time(
    tmp_path: Path,
    disk: FaultyDisk,
    make_run_info: Callable[..., RunInfo],
    make_snapshot: MakeSnapshot,
    make_validation: Callable[..., ValidationResult],
) -> None:
    import os

    run = RunFile(tmp_path, make_run_info(pid=os.getpid()), {})
    status, pictures = StatusFile(tmp_path / "status.txt"), PictureRecord(tmp_path)
    picture = np.zeros((3, 9, 3), np.uint8)
    disk.breaks(errno.ENOSPC)
    for record in (run, status):
        fails(record.on_snapshot, make_snapshot(5, state="validating"))
    fails(pictures.on_validation, make_validation(5), [picture, picture])
    fails(pictures.on_validation, make_validation(10), [picture])
    disk.repair()
    for record in (run, status):
        record.on_snapshot(make_snapshot(5, state="validating"))  # nothing has changed
    info = read_run_file(tmp_path)
    assert info is not None
    assert info.state == "validating"
    assert "validating" in (tmp_path / "status.txt").read_text()
    pictures.on_validation(make_validation(15), [picture])
    pictures.on_close()
    names = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.png"))
    assert [name.split("/")[1] for name in names] == ["step_000010", "step_000015"]


def test_tensorboard_misses_no_step_and_its_file_stays_readable(
    tmp_path: Path,
    disk: FaultyDisk,
    make_row: Callable[..., StepRow],
    make_validation: Callable[..., ValidationResult],
) -> None:
    record = TensorBoardRecord(tmp_path, every=1)
    record.on_steps([make_row(1)])
    disk.breaks(errno.ENOSPC)
    fails(record.on_steps, [make_row(2), make_row(3)])
    fails(record.on_validation, make_validation(3), [np.zeros((3, 9, 3), np.uint8)])
    fails(record.on_steps, [make_row(4)])
    disk.repair()
    record.on_steps([make_row(5)])
    record.on_close()
    events = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0}).Reload()
    assert [s.step for s in events.Scalars("Training/Loss_L1")] == [1, 2, 3, 4, 5]
    assert [s.step for s in events.Scalars("Validation/Loss")] == [3]
