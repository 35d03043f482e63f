"""The saver and its writer thread: one job at a time, outcomes told by the engine's thread, retries."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import Recorder, load
from vsrppp_tui.training.checkpoint_file import verify
from vsrppp_tui.training.checkpoint_store import CheckpointStore, Files
from vsrppp_tui.training.control import Request, SaveCheckpoint
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.saving import RETRY_SECONDS, Saver
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.telemetry import RunInfo


class SlowStore(CheckpointStore):
    """Writes when it is let, and fails as long as it is told to."""

    def __init__(self, run_dir: Path) -> None:
        super().__init__(run_dir, "vsrppp")
        self.may_write = threading.Event()
        self.may_write.set()
        self.error: Exception | None = None
        self.written: list[tuple[int, Files, str]] = []

    def write(self, state: dict[str, Any], files: Files) -> None:
        assert self.may_write.wait(30)
        self.written.append((state["step"], files, threading.current_thread().name))
        if self.error is not None:
            raise self.error
        super().write(state, files)


class Bench:
    """A saver with a state of one tensor that is filled with the step."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.store = SlowStore(run_dir)
        self.progress = Progress()
        self.recorder = Recorder()
        self.threads: set[str] = set()
        self.weights = torch.zeros(1000)
        self.now = 0.0
        reporter = Reporter(RunInfo("run", "vsrppp", 1, "test", 0.0), [self.recorder])
        self.saver = Saver(self.store, self.progress, reporter, self.capture, lambda: self.now)

    def capture(self) -> dict[str, Any]:
        return {"step": self.progress.step, "weights": self.weights}

    def step(self, step: int) -> None:
        self.progress.step = step
        self.weights.fill_(step)

    def request(self) -> Request:
        request = Request(SaveCheckpoint(), "test")
        self.saver.requested(request)
        return request

    def full_disk(self) -> None:
        self.store.error = OSError(errno.ENOSPC, "No space left on device")

    def warnings(self) -> list[str]:
        return [alert.text for alert in self.recorder.snapshots[-1].warnings]

    def steps_on_disk(self) -> dict[str, int]:
        paths = (self.run_dir / "checkpoints").glob("*.pth")
        return {path.name: verify(path).step for path in paths}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.may_write.set()
    bench.saver.close()


def test_a_save_is_a_snapshot_though_training_goes_on_at_once(bench: Bench) -> None:
    bench.store.may_write.clear()
    bench.step(5)
    bench.saver.milestone()
    bench.saver.poll()
    for step in (6, 7):
        bench.step(step)
        bench.saver.poll()
    assert not bench.recorder.events, "nothing is on the disk, so nothing is told"
    bench.store.may_write.set()
    bench.saver.settle()
    assert torch.equal(load(bench.run_dir)["weights"], torch.full((1000,), 5.0))
    assert bench.steps_on_disk() == {"latest.pth": 5, "checkpoint_step_5.pth": 5}
    (event,) = bench.recorder.events
    assert (event.step, event.data["code"]) == (5, 1)
    checkpoint = bench.recorder.snapshots[-1].checkpoint
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.path) == (5, "checkpoints/latest.pth")


def test_what_one_boundary_asks_for_is_one_job(bench: Bench) -> None:
    bench.step(5)
    bench.saver.validated(best=True)
    bench.saver.milestone()
    request = bench.request()
    bench.saver.poll()
    bench.saver.settle()
    assert [job[:2] for job in bench.store.written] == [(5, Files(milestone=True, best=True))]
    assert bench.store.written[0][2].startswith("checkpoint writer")
    assert request.reply.result(0).text == "saved at step 5"
    assert [event.data["code"] for event in bench.recorder.events] == [1, 2, 1]
    assert verify(bench.run_dir / "checkpoints" / "checkpoint_best.pth").step == 5


def test_a_save_waits_for_the_one_before(bench: Bench) -> None:
    bench.store.may_write.clear()
    bench.step(1)
    first = bench.request()
    bench.saver.poll()
    bench.step(2)
    second = bench.request()
    threading.Timer(0.05, bench.store.may_write.set).start()
    bench.saver.poll()  # comes back once the first is written
    assert first.reply.result(0).step == 1
    bench.saver.settle()
    assert second.reply.result(0).step == 2
    assert bench.steps_on_disk() == {"latest.pth": 2, "previous.pth": 1}


def test_a_failed_save_is_tried_again_until_it_is_on_the_disk(bench: Bench) -> None:
    bench.step(3)
    bench.full_disk()
    request = bench.request()
    bench.saver.poll()
    bench.saver.settle()
    reply = request.reply.result(0)
    assert not reply.ok
    assert "No space left" in reply.text
    assert "No space left" in bench.warnings()[0]
    bench.step(4)
    bench.now = RETRY_SECONDS - 1
    bench.saver.poll()
    assert len(bench.store.written) == 1
    bench.now = RETRY_SECONDS
    bench.saver.poll()
    bench.saver.settle()
    assert len(bench.store.written) == 2
    assert len([event for event in bench.recorder.events if event.kind == "warning"]) == 1
    bench.store.error = None
    bench.now = 2 * RETRY_SECONDS
    bench.saver.poll()
    bench.saver.settle()
    assert bench.warnings() == []
    assert torch.equal(load(bench.run_dir)["weights"], torch.full((1000,), 3.0))
    bench.now = 9 * RETRY_SECONDS
    bench.saver.poll()
    assert len(bench.store.written) == 3, "once is enough"


def test_the_next_save_due_tries_too_and_brings_the_milestone(bench: Bench) -> None:
    bench.step(4)
    bench.full_disk()
    bench.saver.milestone()
    bench.saver.poll()
    bench.saver.settle()
    bench.store.error = None
    bench.step(6)
    bench.saver.latest()
    bench.saver.poll()
    bench.saver.settle()
    assert bench.steps_on_disk() == {
        "latest.pth": 6,
        "previous.pth": 4,
        "checkpoint_step_4.pth": 4,
    }
    assert bench.warnings() == []


def test_the_last_save_is_waited_for_and_says_whether_it_succeeded(bench: Bench) -> None:
    bench.step(1)
    assert bench.saver.last()
    assert bench.steps_on_disk() == {"latest.pth": 1}
    bench.full_disk()
    assert not bench.saver.last()
    assert not bench.saver.emergency()
    bench.store.error = None
    assert bench.saver.emergency()
    assert bench.steps_on_disk() == {"latest.pth": 1, "checkpoint_emergency.pth": 1}
    assert bench.recorder.events[-1].level == "warning"


def test_a_defect_of_the_writer_is_raised_in_the_engine_and_hangs_nothing(bench: Bench) -> None:
    bench.store.error = ZeroDivisionError("injected")
    request = bench.request()
    bench.saver.poll()
    with pytest.raises(ZeroDivisionError):
        bench.saver.settle()
    assert not request.reply.result(0).ok
    with pytest.raises(ZeroDivisionError):
        bench.saver.emergency()
    bench.saver.close()


def test_whoever_asked_too_late_is_told(bench: Bench) -> None:
    request = bench.request()
    bench.saver.close()
    assert not request.reply.result(0).ok


def test_a_former_best_that_cannot_be_removed_is_a_warning_and_no_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(bench.store, "clean", refuse)
    request = bench.request()
    bench.saver.poll()
    bench.saver.settle()
    assert request.reply.result(0).ok
    assert "cannot be removed" in bench.warnings()[0]
    monkeypatch.undo()
    bench.saver.latest()
    bench.saver.poll()
    bench.saver.settle()
    assert bench.warnings() == []
