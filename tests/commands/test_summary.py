"""The summary of a run that is over: what its records add up to, and commands that can be copied."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.run_directories import full_snapshot, make_run
from tests.tui.replays import BREAK, LAST, recorded_run
from vsrppp_tui.commands.status import status
from vsrppp_tui.commands.summary import RunFacts, end_lines, facts_of, summary
from vsrppp_tui.link.interface import Event, History, Snapshot
from vsrppp_tui.records.history_file import ConfigLine, encode


def value(lines: list[str], name: str) -> str:
    found = [line for line in lines if line.startswith(f"{name}:")]
    assert len(found) == 1, lines
    return found[0].partition(":")[2].strip()


def with_checkpoints(run_dir: Path) -> Path:
    folder = run_dir / "checkpoints"
    folder.mkdir(parents=True)
    for name in ("latest.pth", "checkpoint_step_1000.pth"):
        (folder / name).write_bytes(b"weights")
    (folder / "checkpoint_best.pth").symlink_to("checkpoint_step_1000.pth")
    return folder


def test_the_times_of_two_processes_add_up_without_the_night_and_the_pause() -> None:
    record = recorded_run()
    start = record.snapshots[0].time
    pause = (
        Event(90, start + 10, 40, "paused", "by somebody"),
        Event(91, start + 15, 40, "continued", "by somebody"),
        Event(92, start + 20, 70, "edit", "LR_EXPONENT -3 -> -4 (somebody)"),
        Event(93, start + 21, 70, "rollback", "from step 80 to step 70", "warning", {"to": 70}),
        Event(94, start + 22, 70, "warning", "the disk is full", "warning"),
    )
    facts = facts_of(replace(record, events=(*pause, *record.events)))
    assert facts.processes == 2
    assert facts.steps == LAST - 20  # from the first snapshot of each process
    assert facts.paused == pytest.approx(5.0)
    assert facts.seconds == pytest.approx((LAST - 20) * 0.31 - 5.0, abs=0.1)
    assert (facts.edits, facts.rollbacks, facts.warnings) == (1, 1, 1)
    assert facts.first_loss is not None and facts.first_loss[0] == 10
    assert facts.last_loss is not None and facts.last_loss[0] == LAST
    assert BREAK < LAST


def test_everything_of_a_run_is_on_the_page(tmp_path: Path) -> None:
    run_dir = tmp_path / "my run"
    folder = with_checkpoints(run_dir)
    record = recorded_run()
    last = replace(record.snapshots[-1], validation=record.validations[-1], skipped_steps=3)
    lines = summary(last, facts_of(record), run_dir)
    assert "96 features, 30 blocks, 5,855,142 parameters" in value(lines, "Trained")
    assert "29,000 patches, 12,000 seen (0.4 epochs); 12 validation" in value(lines, "Data")
    assert value(lines, "Time") == "5 min 04 s of training, 3.23 steps/s, in 2 processes"
    assert value(lines, "Loss").startswith("0.07195 at step 10, ")
    assert value(lines, "Best").startswith(
        "step 1,000: PSNR 28.69 dB, bilinear 28.31 dB (+0.38 dB)"
    )
    assert value(lines, "Best weights") == str(folder / "checkpoint_best.pth")
    assert value(lines, "Events") == "0 edits, 0 rollbacks, 3 skipped steps, 0 warnings"
    for name in ("Export", "Enlarge a video", "Validate"):
        assert str(folder / "checkpoint_best.pth") in shlex.split(value(lines, name))
    assert shlex.split(value(lines, "Export"))[-1] == "my run.safetensors"
    assert value(lines, "Train further").endswith("--steps 200000")
    assert shlex.split(value(lines, "Look back"))[-2:] == ["replay", str(run_dir)]


@pytest.mark.parametrize(
    ("state", "first"), [("stopped", "Continue with"), ("dead", "Continue with")]
)
def test_a_run_that_is_not_done_is_continued_first(tmp_path: Path, state: str, first: str) -> None:
    with_checkpoints(tmp_path)
    snapshot = replace(full_snapshot(), state=state)  # type: ignore[arg-type]
    lines = summary(snapshot, RunFacts(), tmp_path)
    assert lines[lines.index("") + 1].startswith(first)


def test_without_a_checkpoint_it_begins_anew_and_offers_no_weights(tmp_path: Path) -> None:
    snapshot = full_snapshot(state="failed", checkpoint=None, best=None, validation=None)
    lines = summary(snapshot, RunFacts(), tmp_path)
    assert "there is no checkpoint" in value(lines, "Begin anew")
    assert value(lines, "What went wrong").endswith("training.log")
    assert value(lines, "Best").startswith("none")
    assert not [line for line in lines if line.startswith(("Export", "Time", "Loss"))]


@pytest.mark.parametrize("history", [History(), History(recorded_run().snapshots[:1])])
def test_little_is_known_of_a_run_of_no_step_or_one(tmp_path: Path, history: History) -> None:
    facts = facts_of(history)
    assert (facts.seconds, facts.steps) == (0.0, 0)
    lines = summary(full_snapshot(), facts, tmp_path)
    assert not any("nan" in line.lower() or "inf" in line for line in lines)


def test_losses_that_are_no_numbers_are_passed_over() -> None:
    def at(step: int, loss: float) -> Snapshot:
        return full_snapshot(step=step, smooth_losses={"Total": loss})

    facts = facts_of(History((at(1, math.nan), at(2, 0.5), at(3, 0.4), at(4, math.inf))))
    assert (facts.first_loss, facts.last_loss) == ((2, 0.5), (3, 0.4))


def test_a_history_that_cannot_be_read_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").mkdir()
    assert value(end_lines(full_snapshot(), tmp_path), "Best").startswith("step 40: PSNR 30.00")


def test_status_of_a_run_that_is_over_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "done")
    record = recorded_run()
    content = [encode(ConfigLine(record.snapshots[0].config)), *map(encode, record.snapshots)]
    (run_dir / "history.jsonl").write_bytes(b"".join(content))
    assert status(run_dir, as_json=False) == 0
    page = capsys.readouterr().out.splitlines()
    assert page[2] == "State:            done"
    assert "5,855,142 parameters" in value(page, "Trained")
    assert "29,000 patches" in value(page, "Data")
    assert "--run-dir" in value(page, "Train further")
