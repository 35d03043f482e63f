"""`vsrppp status`: its exit codes, its object for scripts, where it looks, and what it does not load."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.run_directories import RESULT, answering_run, full_snapshot, make_run
from tests.e2e.terminal import PROGRAM, ROOT
from vsrppp_tui.commands import look
from vsrppp_tui.commands.status import status
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.run_file import read_run_file
from vsrppp_tui.training.telemetry import Event, RunState


def shown(run_dir: Path | None, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The object that --json prints, read strictly: JSON has no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    status(run_dir, as_json=True)
    fields: dict[str, Any] = json.loads(capsys.readouterr().out, parse_constant=refuse)
    return fields


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("starting", 0),
        ("running", 0),
        ("validating", 0),
        ("stopping", 0),
        ("paused", 3),
        ("stopped", 5),
        ("done", 0),
        ("failed", 4),
        ("dead", 5),
    ],
)
def test_every_state_has_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: RunState, code: int
) -> None:
    make_run(tmp_path / "run", state)
    assert status(tmp_path / "run", as_json=False) == code
    assert f"State:            {state}" in capsys.readouterr().out
    assert status(tmp_path / "run", as_json=True) == code
    assert json.loads(capsys.readouterr().out)["state"] == state


def test_a_run_answers_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "running")
    live = full_snapshot(step=77, state="paused")
    with answering_run(run_dir, live, lambda _request: None):
        assert status(run_dir, as_json=False) == 3
        page = capsys.readouterr().out
        fields = shown(run_dir, capsys)
    assert "77 of 1000" in page
    assert f"send {run_dir} resume" in page
    assert fields["step"] == 77
    assert fields["warnings"] == ["the disk is full"]


def test_the_object_is_the_documented_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "stopped")
    quality = {"psnr", "psnr_y", "ssim", "ssim_y", "quality"}
    fields = shown(run_dir, capsys)
    assert set(fields["validation"].pop("baseline")) == quality
    assert set(fields["validation"].pop("network")) == quality
    improvement = fields["validation"].pop("improvement")
    assert improvement == pytest.approx(5.9)
    assert fields == {
        "state": "stopped",
        "pid": os.getpid(),
        "recipe": "vsrppp",
        "step": 42,
        "total_steps": 1000,
        "epoch": 3,
        "steps_per_s": 2.0,
        "eta_s": None,
        "lr": 1e-4,
        "loss": {"l1": 0.5, "perceptual": None, "total": None},
        "convergence": "Converging",
        "cold_blocks": ["Block_02"],
        "data_wait": 0.25,
        "validation": {"step": 40},
        "best": {"step": 40, "quality": 59.2},
        "checkpoint": {"step": 40, "path": str(run_dir / "checkpoints" / "latest.pth")},
        "warnings": ["the disk is full"],
    }


def test_unknown_is_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path / "run", "starting", history=False, total_steps=0)
    fields = shown(tmp_path / "run", capsys)
    known = {name for name, value in fields.items() if value is not None}
    assert known == {"state", "pid", "recipe", "step", "warnings"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_text("spoilt\n" * 5), "lines 1, 2, 3 and 2 more cannot be read"),
        (lambda path: path.unlink(), "is missing"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read: Is a directory"),
    ],
)
def test_what_a_damaged_history_would_tell_is_unknown(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    said: str,
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "done")
    spoil(run_dir / "history.jsonl")
    fields = shown(run_dir, capsys)
    (warning,) = fields["warnings"]
    assert said in warning and str(run_dir / "history.jsonl") in warning
    assert fields["step"] == 42 and fields["epoch"] is fields["best"] is fields["loss"] is None
    assert status(run_dir, as_json=False) == 0
    page = capsys.readouterr().out
    assert page.count(said) == 1 and page.count("unknown: the records cannot be read") == 2
    assert "Epoch:            unknown" in page and "none" not in page


def test_a_line_that_cannot_be_read_is_named_and_the_rest_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "done")
    with (run_dir / "history.jsonl").open("a") as file:
        file.write('{"type":"snapshot",spoilt\n')
    fields = shown(run_dir, capsys)
    assert "history.jsonl: line 3 cannot be read" in fields["warnings"][0]
    assert fields["epoch"] == 3
    status(run_dir, as_json=False)
    assert "at least 0 edits" in capsys.readouterr().out


def test_what_came_after_the_last_snapshot_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "running", dead=True)
    record = HistoryRecord(run_dir / "history.jsonl")
    better = RESULT.network.__class__(31.0, 0.9, 32.0, 0.9, 65.0)
    record.on_validation(
        RESULT.__class__(50, 0.0, 0.03, RESULT.baseline, better, images=2, seconds=1.0), []
    )
    path = "checkpoints/checkpoint_step_50.pth"
    (run_dir / path).write_bytes(b"weights")
    record.on_event(Event(9, 0.0, 50, "checkpoint", "saved", data={"code": 1, "path": path}))
    record.on_close()
    with (run_dir / "history.jsonl").open("ab") as file:
        file.write(b'{"type":"snapshot","seq":')  # killed in the middle of a line
    fields = shown(run_dir, capsys)
    assert (fields["state"], fields["step"]) == ("dead", 50)
    assert (fields["validation"]["step"], fields["best"]["step"]) == (50, 50)
    assert fields["checkpoint"] == {"step": 50, "path": str(run_dir / path)}


def test_a_checkpoint_that_is_not_there_is_not_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "run", "running", dead=True)
    (tmp_path / "run" / "checkpoints" / "latest.pth").unlink()
    assert shown(tmp_path / "run", capsys)["checkpoint"] is None


def test_a_process_that_lives_and_does_not_answer_is_said_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "ANSWER_SECONDS", 0.05)
    run_dir = tmp_path / "run"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        make_run(run_dir, "running", socket=str(tmp_path / "s"))
        assert status(run_dir, as_json=False) == 0
        page = capsys.readouterr().out
        assert "lives but does not answer" in page.splitlines()[0]
        assert "42 of 1000" in page
        assert "does not answer" in shown(run_dir, capsys)["warnings"][0]


def test_a_run_of_another_host_is_not_called_dead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "run", "running", host="gpu-3")
    assert status(tmp_path / "run", as_json=False) == 0
    assert "host gpu-3 and cannot be seen" in capsys.readouterr().out


def test_a_dead_run_is_cleaned_and_told_how_to_continue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = tmp_path / "run"
    make_run(run_dir, "running", dead=True, socket=str(tmp_path / "gone"))
    assert status(run_dir, as_json=False) == 5
    assert f"train --run-dir {run_dir}" in capsys.readouterr().out
    info = read_run_file(run_dir)
    assert info is not None
    assert (info.state, info.socket) == ("dead", None)


def test_without_a_directory_the_live_run_or_the_last_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no run in"):
        status(None, as_json=True)
    for second, (name, step) in enumerate([("late", 2), ("early", 1)]):
        run_dir = tmp_path / "runs" / name
        make_run(run_dir, "stopped", step=100 * step)
        os.utime(run_dir / "history.jsonl", (1000 - second, 1000 - second))
    (tmp_path / "runs" / "foreign").mkdir()
    (tmp_path / "runs" / "foreign" / "run.json").write_text("{}")
    assert shown(None, capsys)["step"] == 200
    make_run(tmp_path / "runs" / "live", "running", step=300)
    os.utime(tmp_path / "runs" / "live" / "history.jsonl", (0, 0))
    assert shown(None, capsys)["step"] == 300
    make_run(tmp_path / "runs" / "other", "paused")
    with pytest.raises(UserError, match=r"runs/live \(running\), runs/other \(paused\)"):
        status(None, as_json=True)


def test_the_program_says_2_where_no_run_is_and_stays_light(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "done")
    heavy = "import sys; import atexit; atexit.register(lambda: print([m for m in ('torch', 'numpy', 'textual') if m in sys.modules])); "
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = (
        f"{heavy} sys.argv = ['vsrppp', 'status', 'run']; from vsrppp_tui.cli import main; main()"
    )
    light = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert light.returncode == 0, light.stderr
    assert "Network" not in light.stderr
    assert light.stdout.endswith("[]\n")
    none = subprocess.run(
        [*PROGRAM, "status", "absent"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert none.returncode == 2
    assert "There is no run in absent" in none.stderr
    assert "Traceback" not in none.stderr
