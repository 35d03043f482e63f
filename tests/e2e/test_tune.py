"""`vsrppp tune` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.runs import command

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
