"""The recipe's own loss, L1 + 0.1 * VGG19, through the whole engine; weights of the published layout."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.engine import Recorder, digests, train
from tests.losses.conftest import published_layout
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.control import ControlPoint, Edit


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg19") / "vgg19.pth"
    torch.save(published_layout(), path)
    return path


def test_the_perceptual_term_trains_is_recorded_and_resumes_exactly(
    dataset: Path, tmp_path: Path, weights: Path
) -> None:
    options = {"PERCEPTUAL_WEIGHT": 0.1, "VGG_WEIGHTS": str(weights), "MAX_STEPS": 4}
    whole = train(dataset, tmp_path / "whole", **options)
    for row in whole.rows:
        assert list(row.losses) == ["L1", "Perceptual", "Total"]
        assert row.losses["Perceptual"] > 0
        expected = row.losses["L1"] + 0.1 * row.losses["Perceptual"]
        assert row.losses["Total"] == pytest.approx(expected, rel=1e-5)
    train(dataset, tmp_path / "halves", stop_at=2, **options)
    train(dataset, tmp_path / "halves", resume=True)
    assert digests(tmp_path / "halves") == digests(tmp_path / "whole")


def test_a_live_edit_of_its_weight_applies_at_the_next_step(
    dataset: Path, tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)
    control = ControlPoint()

    def act(rows: object) -> None:
        if recorder.rows[-1].step == 1:
            control.submit(Edit({"PERCEPTUAL_WEIGHT": 0.0}), "test")

    recorder = Recorder(act)
    options = {"PERCEPTUAL_WEIGHT": 0.1, "VGG_WEIGHTS": str(weights), "MAX_STEPS": 2}
    train(dataset, tmp_path / "run", recorder, control=control, **options)
    first, second = recorder.rows
    assert first.losses["Total"] > first.losses["L1"]
    assert second.losses["Perceptual"] == 0.0
    assert second.losses["Total"] == second.losses["L1"]
