"""`vsrppp tune` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.runs import command, run_file
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.read import read_values

pytestmark = pytest.mark.e2e

FILE = """{
    "WARMUP_STEPS": 10,
    "LR_CROP": 16,
    "PRECISION": "fp32",
    "MODEL_CONFIG": {
        "n_feats": 160,   // too large here
        "n_blocks": 32,
        "batch_size": 4,
        "accumulation_steps": 1
    },
    "AUTO_TUNED": false
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "train_config.json"
    path.write_text(FILE)
    return path


def test_the_first_that_fits_is_written(tmp_path: Path, path: Path) -> None:
    sizes = ["--candidate", "512,64,32", "--candidate", "12,3,2", "--candidate", "8,1,2"]
    done = command(tmp_path, "tune", *sizes, "--max-vram-gb", "1.2", "--target-speed", "5")
    assert done.returncode == 0, done.stderr
    assert "out of memory" in done.stdout and "taken" in done.stdout
    text = path.read_text()
    assert "// too large here" in text and '"AUTO_TUNED": true' in text
    assert '"n_feats": 12,' in text and '"accumulation_steps": 2' in text


def test_a_limit_that_nothing_meets_ends_with_the_table(tmp_path: Path, path: Path) -> None:
    done = command(tmp_path, "tune", "--candidate", "8,1,2", "--target-speed", "0.001")
    assert done.returncode == 2
    assert "too slow" in done.stdout and "Nothing fits" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == FILE


def test_without_a_file_there_is_nothing_to_write_to(tmp_path: Path) -> None:
    done = command(tmp_path, "tune", "--candidate", "8,1,2")
    assert done.returncode == 2 and "train_config.json" in done.stderr
    (tmp_path / "a.json").write_text(json.dumps({"RECIPE": "vsrpp"}))
    done = command(tmp_path, "tune", "a.json", "--candidate", "nonsense")
    assert done.returncode == 2 and "dataset" in done.stderr


def test_the_spelling_of_the_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"WARMUP_STEPS": 2, "LR_CROP": 16, "BATCH_SIZE": 2, "ACCUMULATION_STEPS": 3}')
    done = command(tmp_path, "tune", "a.json", "--candidate", "8,1,2", "--target-speed", "60")
    assert done.returncode == 0, done.stderr
    config = build_config(read_values(path))
    assert (config.batch_of(None), config.accumulation_of(None)) == (1, 4)


@pytest.mark.parametrize(
    ("values", "candidate", "named"),
    [
        ({"VGG_WEIGHTS": "absent.pth", "LR_CROP": 16}, "8,2,2", "absent.pth"),
        ({"RECIPE": "vsrpp", "LR_CROP": 16}, "2000,1,2", "MODEL_CONFIG.n_feats"),
        ({"RECIPE": "vsrpp", "LR_CROP": 16, "TUNE_CANDIDATES": []}, None, "TUNE_CANDIDATES"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(
    tmp_path: Path, values: dict[str, Any], candidate: str | None, named: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(values))
    sizes = [] if candidate is None else ["--candidate", candidate]
    done = command(tmp_path, "tune", "a.json", *sizes)
    assert done.returncode == 2 and named in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_command_resumes_a_run_that_has_tuned_itself(
    tmp_path: Path, dataset: Path
) -> None:
    values = {"WARMUP_STEPS": 2, "DATASET_ROOT": str(dataset), "NUM_WORKERS": 0}
    (tmp_path / "a.json").write_text(json.dumps(values))
    arguments = ["train", "a.json", "--headless", "--run-dir", "run", "--set", "AUTO_TUNED=false"]
    arguments += ["--set", 'TUNE_CANDIDATES=["4,2,2"]', "--set", "TUNE_TARGET_SPEED=60"]
    for stop in ("1", "2"):
        done = command(tmp_path, *arguments, "--stop-at", stop)
        assert done.returncode == 0, done.stderr
    assert run_file(tmp_path / "run")["state"] == "stopped"
