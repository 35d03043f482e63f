"""The shipped YAML configurations, from a video to a trained network, as they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.e2e.runs import command, run_file
from tests.engine import digests
from vsrppp_tui.data.demo import demo_clip

pytestmark = pytest.mark.e2e

CONFIGS = Path(__file__).parents[2] / "configs"
CATEGORIES = ("general", "space", "toon")
# Two cores: small formats and a small network.
SMALL = [
    *("--set", "DATA.formats=[48x48, 96x54]"),
    *("--set", "DATA.format_weights={48x48: 0.5, 96x54: 0.5}"),
    *("--set", "TRAINING.batch_size={48x48: 2, 96x54: 1}"),
    *("--set", "TRAINING.gradient_accumulation={48x48: 1, 96x54: 2}"),
    *("--set", "MODEL.base_channels=8", "--set", "MODEL.num_blocks=2"),
    *("--set", "VAL_STEP_EVERY=3", "--set", "SAVE_STEP_EVERY=3", "--set", "NUM_WORKERS=0"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where `prepare` has made a dataset of all categories."""
    folder = tmp_path_factory.mktemp("unified")
    for category in CATEGORIES:
        done = command(
            folder,
            *("prepare", str(demo_clip()), "--out", "dataset", "--category", category),
            *("--formats", "48x48,96x54", "--frames", "5,7", "--limit", "2"),
        )
        assert done.returncode == 0, done.stderr
    yield folder


def train(folder: Path, config: Path, run: str, *more: str) -> None:
    arguments = ["train", str(config), "--run-dir", run, "--headless", "--steps", "6", *SMALL]
    done = command(folder, *arguments, *more)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_shipped_configuration_trains_and_resumes_exactly(folder: Path, config: Path) -> None:
    run = folder / config.stem
    train(folder, config, config.stem)
    checkpoints = {path.name for path in (run / "checkpoints").glob("checkpoint_step_*")}
    assert {"checkpoint_step_000003.pth", "checkpoint_step_000006.pth"} <= checkpoints
    pictures = run / "validation_images" / "step_000006"
    assert {"pred_000.png", "gt_000.png"} <= {path.name for path in pictures.iterdir()}
    assert list((run / "tensorboard").glob("events.*"))
    state = torch.load(run / "checkpoints" / "latest.pth", weights_only=True)
    assert all(state["data"]["positions"]), "both formats have been trained on"
    frames = 7 if "7frames" in config.stem else 5
    assert state["config"]["DATA"]["lr_version"] == f"{frames}frames"
    if config.stem == "train_toon_7frames":  # the others are the same engine
        for stop in ("2", "4", "6"):
            train(folder, config, "parts", "--stop-at", stop)
        assert digests(folder / "parts") == digests(run)
        goes_on_without_its_file(folder, run)


def goes_on_without_its_file(folder: Path, run: Path) -> None:
    """The command that the program prints under "Continue with" knows what kind of run it is."""
    entry = ["--set", "TRAINING.total_steps=8", "--set", "TRAINING.batch_size.48x48=1"]
    done = command(folder, "train", "--run-dir", run.name, "--headless", *entry)
    assert done.returncode == 0, done.stderr
    assert run_file(run)["recipe"] == "vsrpp"
    config = torch.load(run / "checkpoints" / "latest.pth", weights_only=True)["config"]
    assert config["TRAINING"]["batch_size"] == {"48x48": 1, "96x54": 1}
    (folder / "other.json").write_text('{"RECIPE": "vsrppp"}')
    done = command(folder, "train", "other.json", "--run-dir", run.name, "--headless")
    assert done.returncode == 2
    assert "other.json is a configuration of recipe vsrppp" in done.stderr
    assert "is of recipe vsrpp, YAML" in done.stderr
