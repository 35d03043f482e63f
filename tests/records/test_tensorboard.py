from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from vsrppp_tui.records.tensorboard import TensorBoardRecord
from vsrppp_tui.training.telemetry import Event, Snapshot, StepRow, ValidationResult

KEEP_ALL = {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}


def read(folder: Path) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance=KEEP_ALL).Reload()


def steps(events: EventAccumulator, tag: str) -> list[int]:
    return [scalar.step for scalar in events.Scalars(tag)]


def test_scalars_stand_at_their_exact_steps(
    tmp_path: Path, make_row: Callable[..., StepRow]
) -> None:
    record = TensorBoardRecord(tmp_path, every=10)
    for begin in range(1, 38, 7):  # rows come in bundles that end anywhere
        record.on_steps([make_row(step) for step in range(begin, min(begin + 7, 38))])
    record.on_close()
    events = read(tmp_path)
    for tag in ("Training/Loss_L1", "Training/Loss_Total", "Training/LearningRate"):
        assert steps(events, tag) == [1, 10, 20, 30, 37]
    assert steps(events, "Layers/Block_02") == [1, 10, 20, 30, 37]
    tenth = events.Scalars("Training/Loss_L1")[1]
    assert tenth.value == pytest.approx(0.1)
    assert tenth.wall_time == make_row(10).time
    assert [h.step for h in events.Histograms("Layers/ActivityDistribution")] == [1, 10, 20, 30, 37]
    assert "Training/Loss_Perceptual" not in events.Tags()["scalars"]


def test_the_perceptual_term_and_block_names(
    tmp_path: Path, make_row: Callable[..., StepRow]
) -> None:
    record = TensorBoardRecord(
        tmp_path, every=1, blocks=(("Fuse", "fuse"), ("Block_01", "backward"))
    )
    record.on_steps([make_row(1, losses={"L1": 1.0, "Perceptual": 2.0, "Total": 1.2})])
    record.on_close()
    assert {
        "Training/Loss_L1",
        "Training/Loss_Perceptual",
        "Training/Loss_Total",
        "Training/LearningRate",
        "Gradients/TotalNorm",
        "System/Speed_s_per_iter",
        "Activity/Backward_Trunk_Avg",
        "Layers/Fuse",
        "Layers/Block_01",
    } == set(read(tmp_path).Tags()["scalars"])


def test_an_edited_cadence_counts_from_the_next_snapshot(
    tmp_path: Path, make_row: Callable[..., StepRow], make_snapshot: Callable[..., Snapshot]
) -> None:
    record = TensorBoardRecord(tmp_path, every=10)
    record.on_steps([make_row(step) for step in range(1, 13)])
    record.on_snapshot(make_snapshot(12, config={"LOG_TBOARD_EVERY": 4}, total_steps=18))
    record.on_steps([make_row(step) for step in range(13, 19)])
    record.on_close()
    assert steps(read(tmp_path), "Training/Loss_L1") == [1, 10, 16, 18]


def test_a_resumed_run_hides_what_it_takes_again(
    tmp_path: Path, make_row: Callable[..., StepRow]
) -> None:
    first = TensorBoardRecord(tmp_path, every=10)
    first.on_steps([make_row(step) for step in range(1, 51)])
    first._writer.flush()  # and then the process is killed
    second = TensorBoardRecord(tmp_path, every=10, purge_step=26)
    second.on_steps([make_row(step, lr=2e-4) for step in range(26, 56)])
    second.on_close()
    first.on_close()
    assert len(list(tmp_path.iterdir())) == 2
    rates = read(tmp_path).Scalars("Training/LearningRate")
    assert [scalar.step for scalar in rates] == [1, 10, 20, 30, 40, 50, 55]
    assert [round(scalar.value * 1e4) for scalar in rates] == [1, 1, 1, 2, 2, 2, 2]


def test_not_a_number_is_logged_and_does_not_break_the_histogram(
    tmp_path: Path, make_row: Callable[..., StepRow]
) -> None:
    nan = float("nan")
    record = TensorBoardRecord(tmp_path, every=1)
    record.on_steps([make_row(1, losses={"Total": nan}, activity=(nan, 0.5))])
    record.on_steps([make_row(2, losses={"Total": nan}, activity=(nan, nan))])
    record.on_close()
    events = read(tmp_path)
    assert np.isnan([s.value for s in events.Scalars("Training/Loss_Total")]).all()
    assert [h.step for h in events.Histograms("Layers/ActivityDistribution")] == [1]


def test_validation_numbers_and_pictures(
    tmp_path: Path, make_validation: Callable[..., ValidationResult]
) -> None:
    picture = np.zeros((6, 12, 3), np.uint8)
    picture[..., 0] = 200  # red
    record = TensorBoardRecord(tmp_path, every=10)
    record.on_validation(make_validation(250), [picture] * 5)
    record.on_close()
    events = read(tmp_path)
    expected = {
        "Validation/Loss": 0.04,
        "Metrics/LR_PSNR": 28.0,
        "Metrics/LR_SSIM": 0.80,
        "Metrics/KI_PSNR": 30.0,
        "Metrics/KI_SSIM": 0.85,
        "Quality/LR_Quality": 53.3,
        "Quality/KI_Quality": 59.2,
        "Quality/Improvement": 5.9,
    }
    assert {t: events.Scalars(t)[0].value for t in events.Tags()["scalars"]} == pytest.approx(
        expected, rel=1e-5
    )
    assert steps(events, "Metrics/KI_PSNR") == [250]
    (image,) = events.Images("Validation/Comparison")
    assert (image.step, image.width, image.height) == (250, 12, 6)
    decoded = cv2.imdecode(np.frombuffer(image.encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
    assert decoded[0, 0].tolist() == [0, 0, 200]  # BGR
    assert len(events.Tags()["images"]) == 2


def test_checkpoints_and_edits(tmp_path: Path, make_event: Callable[..., Event]) -> None:
    record = TensorBoardRecord(tmp_path, every=10)
    record.on_event(make_event("checkpoint", 100, data={"code": 1, "path": "x.pth"}))
    record.on_event(make_event("checkpoint", 130, data={"code": 3, "path": "y.pth"}))
    record.on_event(make_event("edit", 110, "LR_EXPONENT -4 -> -5 (dashboard)"))
    record.on_event(make_event("paused", 111))
    record.on_close()
    events = read(tmp_path)
    codes = events.Scalars("Events/Checkpoints")
    assert [(c.step, c.value) for c in codes] == [(100, 1.0), (130, 3.0)]
    (edit,) = events.Tensors("Events/Edits/text_summary")
    assert edit.step == 110
    assert edit.tensor_proto.string_val[0] == b"LR_EXPONENT -4 -> -5 (dashboard)"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    with pytest.raises(OSError, match="logs"):
        TensorBoardRecord(tmp_path / "logs", every=10)
