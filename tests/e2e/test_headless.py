"""The real program without a screen, in processes of its own: exit codes, kills, broken input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.conftest import write_dataset
from tests.e2e.terminal import PROGRAM, ROOT
from tests.engine import TINY, digests, load
from vsrppp_tui.records.history_file import read_history

pytestmark = pytest.mark.e2e


@pytest.fixture
def config(tmp_path: Path, dataset: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**TINY, "DATASET_ROOT": str(dataset), "MAX_STEPS": 12}))
    return path


def start(arguments: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(arguments: Sequence[str], cwd: Path, timeout: float = 120) -> tuple[int, str]:
    with start(arguments, cwd) as process:
        output, _ = process.communicate(timeout=timeout)
    return process.returncode, output


def wait_for_step(run_dir: Path, step: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        path = run_dir / "history.jsonl"
        if path.exists() and any(s.step >= step for s in read_history(path).snapshots):
            return
        time.sleep(0.02)
    raise AssertionError(f"step {step} was not reached")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dataset, config.json and ``whole``, a run of twelve steps without a break."""
    folder = tmp_path_factory.mktemp("whole")
    data = write_dataset(folder / "dataset")
    values = {**TINY, "DATASET_ROOT": str(data), "MAX_STEPS": 12}
    (folder / "config.json").write_text(json.dumps(values))
    code, output = run(["train", "config.json", "--headless", "--run-dir", "whole"], folder)
    assert code == 0, output
    return folder


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_kill_and_resume_equals_the_whole(whole: Path, workers: int) -> None:
    name = f"killed{workers}"
    arguments = ["train", "config.json", "--headless", "--run-dir", name]
    arguments += ["--set", f"NUM_WORKERS={workers}"]
    with start(arguments, whole) as process:
        wait_for_step(whole / name, 6, process)
        process.kill()
        process.communicate()
    code, output = run(arguments, whole)
    assert code == 0, output
    killed, reference = digests(whole / name), digests(whole / "whole")
    # The number of workers is the one thing that may differ.
    assert killed.pop("config") == reference.pop("config") or workers != TINY["NUM_WORKERS"]
    assert killed == reference


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_its_code_and_a_checkpoint(
    tmp_path: Path, config: Path, number: int, code: int
) -> None:
    arguments = ["train", str(config), "--headless", "--run-dir", "run"]
    with start([*arguments, "--steps", "100000"], tmp_path) as process:
        wait_for_step(tmp_path / "run", 2, process)
        process.send_signal(number)
        process.send_signal(number)  # `timeout` signals the process, and then its group
        output, _ = process.communicate(timeout=30)
    assert process.returncode == code, output
    state = load(tmp_path / "run", "checkpoint_emergency.pth")
    assert state["step"] >= 2
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    assert info["state"] == "stopped"
    assert "Traceback" not in output


def test_the_run_directory_holds_what_is_promised(whole: Path) -> None:
    run_dir = whole / "whole"
    assert {
        "train_config.json",
        "edits.jsonl",
        "history.jsonl",
        "training.log",
        "training_status.txt",
        "checkpoints",
        "logs",
        "validation_images",
        "run.json",
    } <= {path.name for path in run_dir.iterdir()}
    assert (run_dir / "checkpoints" / "checkpoint_step_4.pth").is_file()
    assert list((run_dir / "validation_images" / "step_000004").glob("*.png"))
    assert json.loads((run_dir / "run.json").read_text())["state"] == "done"


def test_training_outlives_whoever_reads_its_output(tmp_path: Path, config: Path) -> None:
    arguments = ["train", str(config), "--headless", "--run-dir", "run", "--steps", "60"]
    with start(arguments, tmp_path) as process:
        wait_for_step(tmp_path / "run", 1, process)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=120) == 0
    assert load(tmp_path / "run")["step"] == 60


def test_fresh_moves_the_old_run_aside(tmp_path: Path, config: Path) -> None:
    arguments = ["train", str(config), "--headless", "--run-dir", "run", "--steps", "1"]
    assert run(arguments, tmp_path)[0] == 0
    before = digests(tmp_path / "run")
    code, output = run([*arguments, "--fresh"], tmp_path)
    assert code == 0, output
    assert digests(tmp_path / "run.old-1") == before
    assert load(tmp_path / "run")["step"] == 1


def broken(kind: str, dataset: Path) -> str:
    """Break a dataset; returns what the refusal must name."""
    lr = dataset / "Patches" / "LR" / "patches_003.png"
    if kind == "stack":
        cv2.imwrite(str(lr), cv2.imread(str(lr))[:-16])
    elif kind == "truncated":
        lr.write_bytes(lr.read_bytes()[:-40])
    elif kind == "missing":
        lr.unlink()
    return "patches_003.png"


@pytest.mark.parametrize("kind", ["stack", "truncated", "missing"])
def test_a_broken_dataset_is_refused_by_name(
    tmp_path: Path, config: Path, dataset: Path, kind: str
) -> None:
    name = broken(kind, dataset)
    code, output = run(["train", str(config), "--headless", "--run-dir", "run"], tmp_path)
    assert code == 2
    assert name in output
    assert "Traceback" not in output
    assert not (tmp_path / "run").exists()
    code, output = run(["check", str(config)], tmp_path)
    assert code == 1
    assert name in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "absent.json", "--headless"], "absent.json"),
        (["train", "--headless", "--set", "DATASET_ROOT=absent"], "prepare VIDEO --out absent"),
        (["train", "{config}", "--headless", "--set", "BATCHSIZE=2"], "BATCH_SIZE"),
        (["train", "{config}", "--headless", "--set", "BATCH_SIZE=0"], "BATCH_SIZE = 0"),
        (["train", "{config}", "--headless", "--device", "cuda:7"], "cuda:7"),
        (["train", "{config}", "--headless", "--resume"], "--resume"),
        (["train", "{config}", "--headless", "--fresh", "--resume"], "--fresh"),
        (["train", "{config}", "--headless", "--set", "DATASET_ROOT=nowhere"], "nowhere"),
        (["validate", "absent.pth"], "absent.pth"),
        (["validate", "{config}"], "config.json"),
    ],
)
def test_a_users_error_is_a_sentence_and_code_2(
    tmp_path: Path, config: Path, arguments: list[str], words: str
) -> None:
    code, output = run([part.format(config=config) for part in arguments], tmp_path)
    assert code == 2, output
    assert words in output
    assert "Traceback" not in output
    assert not (tmp_path / "runs").exists()


def test_check_and_validate_print_their_tables(whole: Path) -> None:
    code, output = run(["check", "config.json"], whole)
    assert code == 0, output
    assert "12 training pairs" in output
    code, output = run(["validate", "whole/checkpoints/latest.pth"], whole)
    assert code == 0, output
    stored: Any = json.loads(load(whole / "whole")["validation"])
    assert f"{stored['network']['psnr']:.2f}" in output
    assert f"{stored['baseline']['psnr']:.2f}" in output


def test_the_demo_beats_bilinear_and_says_both_numbers(tmp_path: Path) -> None:
    code, output = run(["demo", "--headless", "--steps", "120"], tmp_path, timeout=280)
    assert code == 0, output
    found = re.search(r"network ([\d.]+) dB, bilinear ([\d.]+) dB \(\+", output)
    assert found, output
    assert float(found[1]) > float(found[2])
    assert (tmp_path / "runs" / "demo" / "dataset" / "Patches" / "GT").is_dir()
    code, output = run(["demo", "--headless", "--steps", "1"], tmp_path)
    assert code == 0, output
    assert (tmp_path / "runs" / "demo.old-1").is_dir(), "a finished demo starts afresh"


def test_prepare_check_and_train_on_a_real_clip(tmp_path: Path) -> None:
    clip = ROOT / "vsrppp_tui" / "data" / "clips" / "solid_white_right.mp4"
    arguments = ["prepare", str(clip), "--out", "dataset", "--formats", "96x96", "--limit", "4"]
    code, output = run(arguments, tmp_path)
    assert code == 0, output
    values = {**TINY, "DATASET_ROOT": "dataset", "MAX_STEPS": 2}
    (tmp_path / "train_config.json").write_text(json.dumps(values))
    code, output = run(["train", "--headless"], tmp_path)
    assert code == 0, output
    assert load(tmp_path / "runs" / "vsrppp")["step"] == 2
