"""One run on two ranks, in real processes over gloo: commands, NaN, signals, and ranks that are lost."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.ranks import (
    FOREVER,
    bare_ranks,
    endless,
    ends_of,
    rank_process,
    train,
    write_folder,
)
from tests.e2e.runs import command, run_file, steps_done, wait_until
from tests.e2e.test_headless import wait_for_step
from tests.engine import load
from vsrppp_tui.records.edits import read_edits
from vsrppp_tui.records.history_file import read_history
from vsrppp_tui.training.late import LAG

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("faults"))


def digests_in(folder: Path) -> list[str]:
    """What `tests.e2e.rank_program` has written there, by rank."""
    return [(folder / f"rank{rank}.sha256").read_text() for rank in range(2)]


def test_commands_reach_all_ranks_and_a_pause_outlives_the_time_limit(
    folder: Path, tmp_path: Path
) -> None:
    def send(*words: str) -> str:
        answer = command(folder, "send", "told", *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    limit = 5.0
    faults = {"limit": limit, "digests": str(tmp_path)}
    processes = bare_ranks(folder, "told", *FOREVER, faults=faults)
    wait_for_step(folder / "told", 2, processes[0])
    send("pause")
    paused_at = steps_done(folder / "told")
    assert run_file(folder / "told")["state"] == "paused"
    time.sleep(limit + 2.0)  # the ranks go on talking
    assert steps_done(folder / "told") == paused_at
    assert "applied" in send("set", "LR_EXPONENT=-2")
    assert command(folder, "send", "told", "set", "BATCH_SIZE=1").returncode == 1
    send("validate")
    send("checkpoint")
    send("resume")
    wait_until(lambda: steps_done(folder / "told") > paused_at + 1, "a step")
    send("stop")
    codes, outputs = ends_of(processes)
    assert codes == [0, 0], outputs
    assert "cannot be shared out over 2 ranks" in (folder / "told" / "training.log").read_text()
    (edit,) = [e for e in read_edits(folder / "told" / "edits.jsonl") if e.key == "LR_EXPONENT"]
    assert json.loads(load(folder / "told")["validation"])["step"] == edit.step
    assert run_file(folder / "told")["state"] == "stopped"
    first, second = digests_in(tmp_path)
    assert first == second


def test_nan_on_one_rank_is_skipped_and_rolled_back_on_all(folder: Path, tmp_path: Path) -> None:
    faults = {"nan": [1, [3, 9, 10, 11]], "digests": str(tmp_path)}
    more = ["--steps", "20", "--set", "EMA_DECAY=0.9"]
    codes, outputs = ends_of(bare_ranks(folder, "nan", *more, faults=faults))
    assert codes == [0, 0], outputs
    first, second = digests_in(tmp_path)
    assert first == second
    events = read_history(folder / "nan" / "history.jsonl").events
    (rollback,) = [event for event in events if event.kind == "rollback"]
    assert rollback.data["to"] == 8
    # Steps 9 to 11 are known to be bad after the late reading of step 11.
    assert rollback.data["from"] == 11 + LAG
    (edit,) = read_edits(folder / "nan" / "edits.jsonl")
    assert (edit.key, edit.who, edit.step) == ("LR_EXPONENT", "guard", 8)
    saved = load(folder / "nan")
    assert saved["step"] == 20
    assert saved["metrics_state"]["skipped"] == 4
    assert all(weight.isfinite().all() for weight in saved["model_state_dict"].values())


@pytest.mark.parametrize("whom", ["command", "launcher"])
def test_sigterm_saves_and_ends_with_143(folder: Path, whom: str) -> None:
    """The launcher sends it on to each rank and its workers."""
    name = f"term-{whom}"
    with endless(folder, name, "--set", "NUM_WORKERS=1") as process:
        wait_for_step(folder / name, 2, process)
        launcher = psutil.Process(process.pid).children()[0]
        (launcher if whom == "launcher" else psutil.Process(process.pid)).terminate()
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 143, output
    assert_saved_at_the_signal(folder / name, output)


def test_sigterm_to_every_process_group_saves(folder: Path) -> None:
    processes = bare_ranks(folder, "term-all", *FOREVER, "--set", "NUM_WORKERS=1")
    wait_for_step(folder / "term-all", 2, processes[0])
    for process in processes:  # each leads its group
        os.killpg(process.pid, signal.SIGTERM)
    codes, outputs = ends_of(processes)
    assert codes == [143, 143], outputs
    assert_saved_at_the_signal(folder / "term-all", "".join(outputs))


def test_sigterm_before_the_first_step_ends_all_ranks(folder: Path) -> None:
    processes = bare_ranks(folder, "early", *FOREVER)
    assert processes[0].stdout is not None
    assert "Checking the configuration" in processes[0].stdout.readline()
    for process in processes:
        os.killpg(process.pid, signal.SIGTERM)
    codes, outputs = ends_of(processes)
    assert codes == [143, 143], outputs
    assert "Traceback" not in "".join(outputs)


def assert_saved_at_the_signal(run_dir: Path, output: str) -> None:
    assert load(run_dir, "checkpoint_emergency.pth")["step"] >= 2
    assert "Traceback" not in output
    assert "loader worker died" not in (run_dir / "training.log").read_text()
    assert run_file(run_dir)["state"] == "stopped"


@pytest.mark.parametrize("rank", [0, 1])
def test_a_lost_rank_ends_the_run_with_a_checkpoint(folder: Path, rank: int) -> None:
    name = f"lost-{rank}"
    with endless(folder, name, "--set", "NUM_WORKERS=1") as process:
        wait_for_step(folder / name, 2, process)
        rank_process(process, rank).kill()
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 1, output
    saved = load(folder / name, "checkpoint_emergency.pth")["step"]
    assert saved >= 2
    last = output.splitlines()[-1]
    assert f"Rank {rank} of 2 has died" in last
    assert f"Step {saved} is saved as checkpoints/checkpoint_emergency.pth" in last
    assert "Traceback" not in output
    more = ["--steps", "1000000", "--stop-at", str(saved + 1)]
    code, output = train(folder, name, "--device", "cpu", *more)
    assert code == 0, output
    assert load(folder / name)["step"] == saved + 1


def test_a_worker_that_dies_on_another_rank_is_told_of(folder: Path) -> None:
    with endless(folder, "worker", "--set", "NUM_WORKERS=1") as process:
        wait_for_step(folder / "worker", 2, process)
        server = next(
            child
            for child in rank_process(process, 1).children()
            if "forkserver" in " ".join(child.cmdline()) and child.children()
        )
        server.children()[0].kill()
        log = folder / "worker" / "training.log"
        wait_until(lambda: "Rank 1: A loader worker died" in log.read_text(), "the warning")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
