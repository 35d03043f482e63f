"""The recipe `vsrpp` in the real engine: exact resume, the adaptive system at work, its records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.engine import Recorder, digests, load, train
from vsrppp_tui.errors import UserError
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.checkpoint_file import write_latest
from vsrppp_tui.training.control import ControlPoint, Edit
from vsrppp_tui.training.late import LAG

VSRPP: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "MODEL_CONFIG.n_feats": 8,
    "MODEL_CONFIG.n_blocks": 4,
    "MODEL_CONFIG.batch_size": 2,
    "MODEL_CONFIG.accumulation_steps": 2,
    "LR_EXPONENT": -5,
    "LR_MAX": 1e-3,
    "WARMUP_STEPS": 4,
    "MAX_STEPS": 16,
    "VAL_STEP_EVERY": 4,
    "SAVE_STEP_EVERY": 10,
    "LOG_TBOARD_EVERY": 4,
    "ADAPT_EVERY": 3,
    "AGGRESSIVE_EVERY": 2,
    "AGGRESSIVE_BELOW": 9.0,  # every output counts as blurred
    "AGGRESSIVE_UNTIL": 9.5,
    "AGGRESSIVE_MAX_STEPS": 5,
    "SOFT_BELOW": 9.0,
    "SHARP_ABOVE": 9.5,
    "CLIP_AFTER": 2,
    "PLATEAU_STEPS": 3,
    "PLATEAU_GAIN_PERCENT": 90.0,
    "NUM_WORKERS": 0,
    "PRECISION": "fp32",
}
ALL_TAGS = {
    *(f"Loss/{name}" for name in ("L1", "MS", "Grad", "Total")),
    "Training/LearningRate",
    *(f"Adaptive/{name}_Weight" for name in ("L1", "MS", "Grad")),
    "Adaptive/GradientClip",
    "Adaptive/AggressiveMode",
    *(f"Quality/{name}" for name in ("LR_Quality", "KI_Quality", "Improvement")),
    *(f"Metrics/{who}_{what}" for who in ("LR", "KI") for what in ("PSNR", "SSIM")),
    "System/VRAM_GB",
    "System/Speed_s_per_iter",
    "Gradients/TotalNorm",
    "Activity/Backward_Trunk_Avg",
    "Activity/Forward_Trunk_Avg",
    "LR_Schedule/Phase",
    "Events/Checkpoints",
}


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests act right after a given step, however fast steps are."""
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


def run(dataset: Path, run_dir: Path, **options: Any) -> Recorder:
    return train(dataset, run_dir, recipe_values=VSRPP, **options)


def events_of(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    return events


@pytest.mark.parametrize("stop", [2, 5, 9, 13])
def test_resume_is_exact_wherever_the_adaptive_system_stands(
    dataset: Path, tmp_path: Path, stop: int
) -> None:
    whole = run(dataset, tmp_path / "whole")
    first = run(dataset, tmp_path / "parts", stop_at=stop)
    second = run(dataset, tmp_path / "parts", resume=True)
    assert digests(tmp_path / "whole") == digests(tmp_path / "parts")
    assert load(tmp_path / "whole")["controller"] == load(tmp_path / "parts")["controller"]
    told = ("aggressive on", "aggressive off", "plateau", "schedule")
    happened = [(e.step, e.kind) for e in whole.events if e.kind in told]
    parts = [(e.step, e.kind) for e in (*first.events, *second.events) if e.kind in told]
    assert parts == happened and {kind for _, kind in happened} == set(told)


def test_the_adaptive_system_steers_the_steps(dataset: Path, tmp_path: Path) -> None:
    recorder = run(dataset, tmp_path / "run")
    rows = {row.step: row for row in recorder.rows}
    assert [rows[step].phase for step in (1, 4, 5)] == ["warmup", "warmup", "cosine"]
    assert rows[1].lr == 0.0 and rows[5].lr == pytest.approx(1e-3)
    assert rows[16].phase == "plateau"
    on = next(e.step for e in recorder.events if e.kind == "aggressive on")
    assert on == 3 + LAG, "the values of step 3 are taken four steps later"
    readings = {step: row.adaptive for step, row in rows.items()}
    before, after = readings[on], readings[on + 1]
    assert before is not None and after is not None
    assert not before.aggressive and after.aggressive
    assert after.weights["Grad"] == pytest.approx(0.3)
    assert all(sum(r.weights.values()) == pytest.approx(1.0) for r in readings.values() if r)
    for row in rows.values():
        assert row.adaptive is not None
        weighed = sum(weight * row.losses[name] for name, weight in row.adaptive.weights.items())
        assert row.losses["Total"] == pytest.approx(weighed, rel=1e-5)
        assert row.measures["Sharpness"] > 0
    assert recorder.snapshots[-1].adaptive is not None


def test_every_tag_is_there_at_its_steps(dataset: Path, tmp_path: Path) -> None:
    recorder = run(dataset, tmp_path / "run")
    events = events_of(tmp_path / "run" / "logs")
    tags = events.Tags()
    assert set(tags["scalars"]) >= ALL_TAGS
    assert "Validation/Comparison" in tags["images"]
    assert [image.step for image in events.Images("Validation/Comparison")] == [4, 8, 12, 16]
    rows = {row.step: row for row in recorder.rows}
    for tag in ("Loss/MS", "Adaptive/GradientClip", "LR_Schedule/Phase", "System/VRAM_GB"):
        assert [scalar.step for scalar in events.Scalars(tag)] == [1, 4, 8, 12, 16], tag
    for scalar in events.Scalars("Adaptive/Grad_Weight"):
        reading = rows[scalar.step].adaptive
        assert reading is not None
        assert scalar.value == pytest.approx(reading.weights["Grad"])
    assert [s.value for s in events.Scalars("LR_Schedule/Phase")][:2] == [0, 0]
    codes = {(s.step, s.value) for s in events.Scalars("Events/Checkpoints")}
    assert (10, 1.0) in codes, "regular"
    bests = {step for step, code in codes if code == 2.0}
    assert bests and bests <= {4, 8, 12, 16}


def test_the_best_is_looked_for_within_the_window(dataset: Path, tmp_path: Path) -> None:
    recorder = run(dataset, tmp_path / "run", BEST_WINDOW_PERCENT=[50.0, 80.0])
    assert {s.best.step for s in recorder.snapshots if s.best} <= {8, 16}
    best = tmp_path / "run" / "checkpoints" / "checkpoint_best.pth"
    assert best.is_symlink() and not best.readlink().is_absolute()


def test_the_unused_rate_is_told_once(dataset: Path, tmp_path: Path) -> None:
    recorder = run(dataset, tmp_path / "run", stop_at=2)
    notices = [event.text for event in recorder.events if event.kind == "notice"]
    assert sum("LR_EXPONENT" in text for text in notices) == 1


def test_a_network_of_another_size_is_refused_on_resume(dataset: Path, tmp_path: Path) -> None:
    run(dataset, tmp_path / "run", stop_at=2)
    with pytest.raises(UserError, match=r"MODEL_CONFIG\.n_feats"):
        run(dataset, tmp_path / "run", resume=True, assignments=["MODEL_CONFIG.n_feats=12"])


def test_off_means_off(dataset: Path, tmp_path: Path) -> None:
    recorder = run(dataset, tmp_path / "run", ADAPTIVE=False, GRAD_CLIP=0.5)
    assert not {"aggressive on", "plateau"} & set(recorder.kinds())
    readings = [row.adaptive for row in recorder.rows]
    assert {r.clip for r in readings if r} == {0.5}
    assert all(r.weights["L1"] == pytest.approx(0.6) for r in readings if r)


def test_adaptive_edited_live_waits_for_the_restart(dataset: Path, tmp_path: Path) -> None:
    control = ControlPoint()

    def act(rows: Any) -> None:
        if rows[-1].step == 6:
            control.submit(Edit({"ADAPTIVE": False}), "test")

    recorder = train(dataset, tmp_path / "run", Recorder(act), recipe_values=VSRPP, control=control)
    last = recorder.rows[-1].adaptive
    assert last is not None and last.on and last.clip > 0.0
    assert recorder.snapshots[-1].pending == {"ADAPTIVE": "restart"}
    again = run(dataset, tmp_path / "run", resume=True, assignments=["MAX_STEPS=18"])
    assert not any(row.adaptive.on for row in again.rows if row.adaptive)


def test_a_checkpoint_that_kept_less_is_refused(dataset: Path, tmp_path: Path) -> None:
    run(dataset, tmp_path / "run", stop_at=2)
    state = load(tmp_path / "run")
    del state["controller"]
    write_latest(tmp_path / "run" / "checkpoints", state, step=2, recipe="vsrpp")
    with pytest.raises(UserError, match="earlier version"):
        run(dataset, tmp_path / "run", resume=True)
