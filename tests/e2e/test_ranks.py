"""One run on two ranks, in real processes over gloo: commands, signals, lost ranks, resumes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import write_dataset
from tests.e2e.runs import command, ended_at_last, run_file, steps_done, wait_until
from tests.e2e.terminal import Terminal
from tests.e2e.test_headless import run, start, wait_for_step
from tests.engine import TINY, digests, load
from tests.training.test_distributed import free_port, rank_environment
from tests.training.test_engine_vsrpp import VSRPP
from vsrppp_tui.records.edits import read_edits

pytestmark = pytest.mark.e2e

RANKS = ["--device", "cpu", "--gpus", "2"]
PATIENCE = 240.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, config.json, and the run ``whole``: twelve steps of two ranks."""
    folder = tmp_path_factory.mktemp("ranks")
    data = write_dataset(folder / "dataset", val=3)
    values = {**TINY, "DATASET_ROOT": str(data), "MAX_STEPS": 12}
    (folder / "config.json").write_text(json.dumps(values))
    code, output = train(folder, "whole", *RANKS)
    assert code == 0, output
    return folder


def train(folder: Path, name: str, *more: str) -> tuple[int, str]:
    arguments = ["train", "config.json", "--headless", "--run-dir", name, *more]
    return run(arguments, folder, timeout=PATIENCE)


def endless(folder: Path, name: str, *more: str) -> subprocess.Popen[str]:
    """Start a run of two ranks that somebody has to end."""
    steps = ["--steps", "1000000", "--set", "VAL_STEP_EVERY=1000", "--set", "SAVE_STEP_EVERY=1000"]
    arguments = ["train", "config.json", "--headless", "--run-dir", name, *RANKS, *steps, *more]
    return start(arguments, folder)


def rank_process(process: subprocess.Popen[str], rank: int) -> psutil.Process:
    """The process of a rank; its loader's workers have its variables too, and are its children."""
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.environ().get("RANK") == str(rank):
            return child
    raise AssertionError(f"there is no rank {rank}")


def weights_differ_little(first: dict[str, Any], second: dict[str, Any]) -> bool:
    one, other = first["model_state_dict"], second["model_state_dict"]
    return all(float((one[name] - other[name]).abs().max()) < 1e-4 for name in one)


def test_two_ranks_train_what_one_trains(folder: Path) -> None:
    code, output = train(folder, "alone", "--device", "cpu")
    assert code == 0, output
    alone, ranks = load(folder / "alone"), load(folder / "whole")
    assert alone["data"] == ranks["data"]
    assert alone["samples_seen"] == ranks["samples_seen"] == 12 * 4
    assert (alone["ranks"], ranks["ranks"]) == (1, 2)
    assert weights_differ_little(alone, ranks)
    one, other = json.loads(alone["validation"]), json.loads(ranks["validation"])
    assert one["images"] == other["images"] == 3
    assert one["baseline"] == other["baseline"]
    assert one["network"]["psnr"] == pytest.approx(other["network"]["psnr"], abs=1e-3)
    pictures = folder / "whole" / "validation_images" / "step_000012"
    assert len(list(pictures.glob("*.png"))) == 3


def test_a_resume_with_two_is_exact_and_with_one_says_that_it_is_not(folder: Path) -> None:
    for name, ranks in (("two", RANKS), ("one", ["--device", "cpu"])):
        code, output = train(folder, name, *RANKS, "--stop-at", "6")
        assert code == 0, output
        code, output = train(folder, name, *ranks)
        assert code == 0, output
        assert ("it is not bit-exact" in output) == (name == "one")
        assert load(folder / name)["data"] == load(folder / "whole")["data"]
        assert weights_differ_little(load(folder / name), load(folder / "whole"))
    assert digests(folder / "two") == digests(folder / "whole")


def test_commands_reach_all_ranks(folder: Path) -> None:
    def send(*words: str) -> str:
        answer = command(folder, "send", "told", *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    with endless(folder, "told") as process:
        wait_for_step(folder / "told", 2, process)
        send("pause")
        paused_at = steps_done(folder / "told")
        assert run_file(folder / "told")["state"] == "paused"
        time.sleep(2.0)  # the ranks go on talking
        assert steps_done(folder / "told") == paused_at
        assert "applied" in send("set", "WEIGHT_DECAY=0.02")
        assert command(folder, "send", "told", "set", "BATCH_SIZE=1").returncode == 1
        send("validate")
        send("checkpoint")
        send("resume")
        wait_until(lambda: steps_done(folder / "told") > paused_at + 1, "a step")
        send("stop")
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "cannot be shared out over 2 ranks" in (folder / "told" / "training.log").read_text()
    (edit,) = [e for e in read_edits(folder / "told" / "edits.jsonl") if e.key == "WEIGHT_DECAY"]
    assert json.loads(load(folder / "told")["validation"])["step"] == edit.step
    assert run_file(folder / "told")["state"] == "stopped"


@pytest.mark.parametrize("whom", ["group", "launcher"])
def test_sigterm_saves_and_ends_with_143(folder: Path, whom: str) -> None:
    name = f"term-{whom}"
    with endless(folder, name, "--set", "NUM_WORKERS=1") as process:
        wait_for_step(folder / name, 2, process)
        launcher = psutil.Process(process.pid).children()[0]
        (launcher if whom == "launcher" else psutil.Process(process.pid)).terminate()
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 143, output
    assert load(folder / name, "checkpoint_emergency.pth")["step"] >= 2
    assert "Traceback" not in output
    assert run_file(folder / name)["state"] == "stopped"


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


def test_the_adaptive_system_decides_the_same_on_two_ranks(folder: Path) -> None:
    data = json.loads((folder / "config.json").read_text())["DATASET_ROOT"]
    (folder / "adaptive.json").write_text(json.dumps({**VSRPP, "DATASET_ROOT": data}))
    told = []
    for name, ranks in (("adaptive-1", ["--device", "cpu"]), ("adaptive-2", RANKS)):
        arguments = ["train", "adaptive.json", "--headless", "--run-dir", name, *ranks]
        code, output = run(arguments, folder, timeout=PATIENCE)
        assert code == 0, output
        lines = (line.split() for line in output.splitlines())
        told.append([words[:3] for words in lines if words[2:3] in (["aggressive"], ["plateau"])])
        assert told[-1]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--set", "BATCH_SIZE=1"], "BATCH_SIZE = 1 cannot be shared out over 2 ranks"),
        (["--device", "cpu:0"], "names one device for 2 ranks"),
        (["--set", "AUTO_TUNED=false"], "Auto-tune measures one device"),
    ],
)
def test_what_ranks_cannot_do_is_refused(folder: Path, more: list[str], words: str) -> None:
    values = json.loads((folder / "config.json").read_text())
    if "AUTO_TUNED=false" in more:
        values = {"RECIPE": "vsrpp", "DATASET_ROOT": values["DATASET_ROOT"]}
    (folder / "other.json").write_text(json.dumps(values))
    arguments = ["train", "other.json", "--headless", "--run-dir", "refused", *RANKS, *more]
    code, output = run(arguments, folder, timeout=PATIENCE)
    assert code == 2, output
    assert words in output
    assert "Traceback" not in output
    assert not (folder / "refused").exists()


def test_no_number_of_gpus_is_refused_at_once(folder: Path) -> None:
    code, output = train(folder, "none", "--gpus", "0")
    assert code == 2
    assert "--gpus 0 is not allowed" in output


def test_any_launcher_that_sets_the_variables(folder: Path) -> None:
    """Without torchrun: rank 0 holds the store itself."""
    port = free_port()
    arguments = ["train", "config.json", "--run-dir", "bare", "--device", "cpu", "--steps", "4"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "vsrppp_tui", *arguments],
            cwd=folder,
            env=rank_environment(rank, 2, port),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert "Done at step 4" in outputs[0]
    assert outputs[1] == ""


def test_the_dashboard_of_several_ranks(folder: Path) -> None:
    arguments = ["train", "config.json", "--run-dir", "shown", *RANKS, "--steps", "1000000"]
    shown = folder / "shown"
    with ended_at_last(shown), Terminal(arguments, folder) as terminal:
        terminal.wait_for("▶ running", timeout=90)
        terminal.wait_for("2 ranks")
        terminal.press("d")
        assert terminal.wait_for_exit() == 0
        assert "Training goes on in shown" in terminal.text()
        before = steps_done(shown)
        wait_until(lambda: steps_done(shown) > before, "a step")
        pid = run_file(shown)["pid"]
        assert command(folder, "send", "shown", "stop").returncode == 0
        wait_until(lambda: not psutil.pid_exists(pid), "the end")
    assert run_file(shown)["state"] == "stopped"
    with ended_at_last(shown), Terminal(arguments, folder) as terminal:
        terminal.wait_for("▶ running", timeout=90)
        terminal.press("q", "s")
        assert terminal.wait_for_exit(timeout=60) == 0
        assert "Stopped at step" in terminal.text()


def test_a_hang_up_leaves_the_ranks_alone(folder: Path) -> None:
    arguments = ["train", "config.json", "--run-dir", "hung", *RANKS, "--steps", "1000000"]
    hung = folder / "hung"
    with ended_at_last(hung), Terminal(arguments, folder) as terminal:
        terminal.wait_for("▶ running", timeout=90)
        pid = run_file(hung)["pid"]
        terminal.hang_up()
        wait_until(lambda: terminal.process.poll() is not None, "the end of the command")
        before = steps_done(hung)
        wait_until(lambda: steps_done(hung) > before, "a step")
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not psutil.pid_exists(pid), "the end")
    assert run_file(hung)["state"] == "stopped"
