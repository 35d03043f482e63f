"""One run on two ranks, in real processes over gloo: it is what one rank trains, and looks the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.ranks import PATIENCE, RANKS, bare_ranks, ends_of, train, write_folder
from tests.e2e.runs import command, ended_at_last, run_file, steps_done, wait_until
from tests.e2e.terminal import Terminal
from tests.e2e.test_headless import run
from tests.engine import digests, load
from tests.training.test_distributed import free_port, rank_environment
from tests.training.test_engine_vsrpp import VSRPP

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, config.json, and the run ``whole``: twelve steps of two ranks."""
    folder = write_folder(tmp_path_factory.mktemp("ranks"))
    code, output = train(folder, "whole", *RANKS)
    assert code == 0, output
    return folder


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
        (["--device", "auto"], "PyTorch finds no GPU here; use --device cpu"),
        (["--set", "AUTO_TUNED=false"], "Auto-tune measures one device"),
    ],
)
def test_what_ranks_cannot_do_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], words: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
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


@pytest.mark.parametrize(
    ("number", "launched", "words"),
    [
        ("0", False, "--gpus 0 is not allowed"),
        ("2", True, "--gpus starts the ranks itself, and a launcher has started this one"),
    ],
)
def test_a_wrong_number_of_gpus_is_refused_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: str, launched: bool, words: str
) -> None:
    if launched:
        for name, value in rank_environment(0, 2, free_port()).items():
            monkeypatch.setenv(name, value)
    code, output = train(folder, "none", "--gpus", number)
    assert code == 2
    assert words in output
    assert not (folder / "none").exists()


def test_any_launcher_that_sets_the_variables(folder: Path) -> None:
    """Without torchrun: rank 0 holds the store itself."""
    codes, outputs = ends_of(bare_ranks(folder, "bare", "--steps", "4"))
    assert codes == [0, 0], outputs
    assert "Done at step 4" in outputs[0]
    assert outputs[1] == ""


@pytest.fixture
def nothing_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the commands of a test put into the folder for temporary files is gone at its end."""
    own = Path(tempfile.mkdtemp(prefix="left-", dir="/tmp"))  # a short name: sockets are made in it
    monkeypatch.setenv("TMPDIR", str(own))

    def left() -> list[str]:  # torch's cache of compiled code has the same name every time
        return [path.name for path in own.iterdir() if not path.name.startswith("torchinductor")]

    yield
    wait_until(lambda: not left(), "an empty folder", timeout=20)
    shutil.rmtree(own)


@pytest.mark.usefixtures("nothing_left")
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


@pytest.mark.usefixtures("nothing_left")
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
