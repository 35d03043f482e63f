from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.history_file import KEPT_SNAPSHOTS, cut, encode, read_history, thin
from vsrppp_tui.training.telemetry import Event, History, Snapshot, ValidationResult

MakeSnapshot = Callable[..., Snapshot]
MakeValidation = Callable[..., ValidationResult]
MakeEvent = Callable[..., Event]


def steps(history: History) -> list[int]:
    return [snapshot.step for snapshot in history.snapshots]


def line(record: Snapshot | ValidationResult | Event) -> bytes:
    return encode(record).rstrip(b"\n")


def test_what_is_recorded_is_read_back_equal(
    tmp_path: Path,
    make_snapshot: MakeSnapshot,
    make_validation: MakeValidation,
    make_event: MakeEvent,
) -> None:
    nan = float("nan")
    snapshots = (
        make_snapshot(1),
        make_snapshot(10),
        make_snapshot(20, config={"LOG_TBOARD_EVERY": 5, "VGG_WEIGHTS": None}),
    )
    event = make_event("edit", 10, data={"changes": {"VGG_WEIGHTS": {"old": None, "new": "a"}}})
    record = HistoryRecord(tmp_path / "history.jsonl")
    for snapshot in snapshots:
        record.on_snapshot(snapshot)
    record.on_event(event)
    record.on_validation(make_validation(20), [])
    record.on_snapshot(make_snapshot(25, losses={"Total": nan}))
    record.on_close()
    history = read_history(tmp_path / "history.jsonl")
    assert history.snapshots[:3] == snapshots
    assert history.events == (event,)
    assert history.validations == (make_validation(20),)
    assert str(history.snapshots[3].losses["Total"]) == "nan"


def test_the_first_snapshot_at_or_after_each_multiple_and_the_last(
    tmp_path: Path, make_snapshot: MakeSnapshot
) -> None:
    path = tmp_path / "history.jsonl"
    record = HistoryRecord(path)
    for step in (0, 0, 3, 4, 9, 12, 15, 20, 20, 21, 41, 44):
        record.on_snapshot(make_snapshot(step))
    assert steps(read_history(path)) == [3, 12, 20, 41]
    record.on_close()
    assert steps(read_history(path)) == [3, 12, 20, 41, 44]


def test_the_final_state_is_recorded_whatever_its_step(
    tmp_path: Path, make_snapshot: MakeSnapshot
) -> None:
    record = HistoryRecord(tmp_path / "history.jsonl")
    record.on_snapshot(make_snapshot(10))
    done = make_snapshot(10, state="done")
    record.on_snapshot(done)
    record.on_snapshot(replace(done, seq=99))
    record.on_close()
    history = read_history(tmp_path / "history.jsonl")
    assert [snapshot.state for snapshot in history.snapshots] == ["running", "done"]


def test_an_unchanged_configuration_is_written_once(
    tmp_path: Path, make_snapshot: MakeSnapshot
) -> None:
    record = HistoryRecord(tmp_path / "history.jsonl")
    for step in range(10, 200, 10):
        record.on_snapshot(make_snapshot(step))
    record.on_close()
    assert (tmp_path / "history.jsonl").read_bytes().count(b"VGG_WEIGHTS") == 1


def test_a_resumed_run_does_not_fold_its_curves_back(
    tmp_path: Path,
    make_snapshot: MakeSnapshot,
    make_validation: MakeValidation,
    make_event: MakeEvent,
) -> None:
    path = tmp_path / "history.jsonl"
    first = HistoryRecord(path)
    for step in range(10, 60, 10):
        first.on_snapshot(make_snapshot(step))
        first.on_validation(make_validation(step), [])
        first.on_event(make_event("validation", step))
    first.on_close()
    second = HistoryRecord(path, resume_step=30)
    for step in (30, 31, 40):
        second.on_snapshot(make_snapshot(step, lr=2e-5))
    second.on_close()
    history = read_history(path)
    assert steps(history) == [10, 20, 30, 40]
    assert [snapshot.lr for snapshot in history.snapshots] == [None, None, None, 2e-5]
    assert [validation.step for validation in history.validations] == [10, 20, 30]
    assert len(history.events) == 5
    assert all(snapshot.config for snapshot in history.snapshots)


@settings(max_examples=40, deadline=None)
@given(cut_at=st.floats(0, 1))
def test_a_file_cut_anywhere_is_read_and_continued(
    cut_at: float,
    make_snapshot: MakeSnapshot,
    make_validation: MakeValidation,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("cut") / "history.jsonl"
    record = HistoryRecord(path)
    for step in (10, 20):
        record.on_snapshot(make_snapshot(step))
        record.on_validation(make_validation(step), [])
    record.on_close()
    content = path.read_bytes()
    path.write_bytes(content[: round(cut_at * len(content))])
    before = read_history(path)
    again = HistoryRecord(path, resume_step=20)
    again.on_snapshot(make_snapshot(30))
    again.on_close()
    after = read_history(path)
    assert after.snapshots == (*before.snapshots, make_snapshot(30))
    assert after.validations == before.validations


def test_a_spoilt_line_is_passed_over(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "history.jsonl"
    whole = encode(make_event())
    path.write_bytes(b"\0\0\0\n" + whole + whole[:30] + b"\n" + whole)
    assert len(read_history(path).events) == 2


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "history.jsonl") == History()


def test_the_file_stays_within_its_limit(
    tmp_path: Path, make_snapshot: MakeSnapshot, make_validation: MakeValidation
) -> None:
    path = tmp_path / "history.jsonl"
    one = len(encode(make_snapshot(10_000)))
    limit = 3 * KEPT_SNAPSHOTS * one
    record = HistoryRecord(path, byte_limit=limit)
    for step in range(10, 20_010, 10):
        record.on_snapshot(make_snapshot(step))
        if step % 1000 == 0:
            record.on_validation(make_validation(step), [])
        assert path.stat().st_size <= limit
    record.on_close()
    history = read_history(path)
    assert len(history.validations) == 20
    assert steps(history)[-KEPT_SNAPSHOTS:] == list(range(20_010 - 10 * KEPT_SNAPSHOTS, 20_010, 10))
    assert all(snapshot.config for snapshot in history.snapshots)
    # The early part is thinner, but by no more than the limit asks for, and evenly so.
    gaps = [b - a for a, b in zip(steps(history), steps(history)[1:], strict=False)]
    assert 10 < max(gaps) <= 320


def test_a_file_that_cannot_be_thinned_is_not_rewritten_at_each_event(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "history.jsonl"
    record = HistoryRecord(path, byte_limit=1000)
    files = set()
    for step in range(200):
        record.on_event(make_event("paused", step))
        files.add(path.stat().st_ino)
    record.on_close()
    assert len(read_history(path).events) == 200
    assert len(files) < 15


@settings(max_examples=60, deadline=None)
@given(
    taken=st.lists(st.integers(1, 400), min_size=1, max_size=400),
    share=st.floats(0.0, 1.2),
)
def test_thinning_keeps_order_ends_and_validations(
    taken: list[int], share: float, make_snapshot: MakeSnapshot, make_validation: MakeValidation
) -> None:
    lines: list[bytes] = []
    step = 0
    for number, gap in enumerate(taken):
        step += gap
        lines.append(line(make_snapshot(step)))
        if number % 7 == 0:
            lines.append(line(make_validation(step)))
    limit = round(share * sum(map(len, lines)))
    kept = thin(lines, limit)
    rest = iter(lines)
    assert all(one in rest for one in kept)  # a subsequence
    assert kept[0] == lines[0]
    lost = set(lines) - set(kept)
    assert all(b'"type":"snapshot"' in one for one in lost)
    snapshots = [one for one in lines if b'"type":"snapshot"' in one]
    assert not lost & set(snapshots[-KEPT_SNAPSHOTS:])
    if share > 1.1:
        assert kept == lines


def test_thinning_drops_old_trivial_events_alone(make_event: MakeEvent) -> None:
    old = [make_event("validation", 1), make_event("checkpoint", 2, level="warning")]
    newest = [make_event("validation", 3, seq=n) for n in range(500)]
    kept = thin([line(event) for event in (*old, *newest)], 10**9)
    assert kept == [line(event) for event in (old[1], *newest)]


@given(
    events=st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=40),
    at=st.integers(0, 99),
)
def test_cutting_leaves_nothing_after_the_step_but_events(
    events: list[tuple[bool, int]], at: int, make_validation: MakeValidation, make_event: MakeEvent
) -> None:
    records = [
        make_event("paused", s) if is_event else make_validation(s) for is_event, s in events
    ]
    kept = cut([line(record) for record in records], at)
    assert kept == [line(r) for r in records if isinstance(r, Event) or r.step <= at]


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HistoryRecord(tmp_path / "absent" / "history.jsonl")
