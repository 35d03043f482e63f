"""Runs of the Unified system: several formats, seven frames, per-format batches, exact resume."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from tests.conftest import write_category
from tests.engine import Recorder, digests, load, make_trainer, train
from tests.training.test_out_of_memory import shrink_memory
from vsrppp_tui.commands.check import check
from vsrppp_tui.commands.validate import validate
from vsrppp_tui.config.read import file_text
from vsrppp_tui.errors import UserError
from vsrppp_tui.training import reporter as reporter_module
from vsrppp_tui.training.control import ControlPoint, Edit

# Nine patches an epoch; the steps of the two formats have two samples each.
FORMATS = {"Patches_24x24": (5, (8, 8)), "Patches_48x27": (4, (9, 16))}
UNIFIED: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "MODEL.base_channels": 8,
    "MODEL.num_blocks": 2,
    "DATA.category": "toon",
    "DATA.lr_version": "7frames",
    "DATA.formats": ["24x24", "48x27"],
    "DATA.format_weights": {"24x24": 0.6, "48x27": 0.4},
    "TRAINING.total_steps": 8,
    "TRAINING.batch_size": {"24x24": 2, "48x27": 1},
    "TRAINING.gradient_accumulation": {"24x24": 1, "48x27": 2},
    "TRAINING.learning_rate": 1e-3,
    "TRAINING.warmup_steps": 0,
    "VAL_STEP_EVERY": 4,
    "SAVE_STEP_EVERY": 4,
    "LOG_TBOARD_EVERY": 2,
    "NUM_WORKERS": 0,
    "PRECISION": "fp32",
    "SEED": 4,
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks: threads that wait for each other would take most of their time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def a_snapshot_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporter_module, "SNAPSHOT_SECONDS", 0.0)


@pytest.fixture
def base(tmp_path: Path) -> dict[str, Any]:
    root = write_category(tmp_path / "data", 7, FORMATS)
    return {**UNIFIED, "DATA.data_root": str(root)}


def run(run_dir: Path, recorder: Recorder | None = None, **options: Any) -> Recorder:
    return train(Path(), run_dir, recorder, **options)


def taken(run_dir: Path) -> list[int]:
    """Samples of each format so far."""
    positions: list[int] = load(run_dir)["data"]["positions"]
    return positions


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_stopped_around_changes_of_its_format_resumes_exactly(
    base: dict[str, Any], tmp_path: Path, workers: int
) -> None:
    run(tmp_path / "whole", recipe_values=base, NUM_WORKERS=workers)
    assert all(count > 0 for count in taken(tmp_path / "whole"))
    formats = []
    for stop in (1, 2, 3, 5):
        run(
            tmp_path / "parts",
            recipe_values=base,
            NUM_WORKERS=workers,
            stop_at=stop,
            resume=stop > 1,
        )
        formats.append(taken(tmp_path / "parts"))
    taken_last = [
        next(place for place, count in enumerate(after) if count != before[place])
        for before, after in pairwise(formats)
    ]
    assert set(taken_last) == {0, 1}, "no change of the format was crossed"
    run(tmp_path / "parts", recipe_values=base, resume=True)
    assert digests(tmp_path / "parts") == digests(tmp_path / "whole")
    state = load(tmp_path / "parts")
    assert (state["data"]["group"], state["samples_seen"], state["epoch"]) == (8, 16, 1)


def test_workers_and_caches_change_nothing(base: dict[str, Any], tmp_path: Path) -> None:
    run(tmp_path / "plain", recipe_values=base)
    recorder = run(tmp_path / "other", recipe_values=base, NUM_WORKERS=2, CACHE_BUDGET_GB=1.0)
    decisions = [event.text for event in recorder.events if event.kind == "cache"]
    assert [text.split(":")[0] for text in decisions] == ["24x24", "48x27"]
    ours, theirs = digests(tmp_path / "other"), digests(tmp_path / "plain")
    assert {**ours, "config": ""} == {**theirs, "config": ""}


def test_edited_maps_wait_for_the_epoch_and_resume_exactly(
    base: dict[str, Any], tmp_path: Path
) -> None:
    control = ControlPoint()
    edit = {
        "TRAINING.batch_size.24x24": 1,
        "TRAINING.batch_size.48x27": 3,
        "TRAINING.gradient_accumulation": 1,
    }

    def act(rows: Any) -> None:
        if rows[-1].step == 1:
            control.submit(Edit(edit), "test")

    recorder = run(tmp_path / "whole", Recorder(act), control=control, recipe_values=base)
    waiting = {s.step: s.pending for s in recorder.snapshots if s.pending}
    assert set(waiting[2]) == {"TRAINING.batch_size", "TRAINING.gradient_accumulation"}
    assert set(waiting[2].values()) == {"next epoch"}
    assert recorder.snapshots[-1].pending == {}
    assert load(tmp_path / "whole")["samples_seen"] != 16
    expected = digests(tmp_path / "whole")
    for path in (tmp_path / "whole" / "checkpoints").glob("*.pth"):
        if path.name != "checkpoint_step_000004.pth":
            path.unlink()
    run(tmp_path / "whole", recipe_values=base, resume=True)
    assert digests(tmp_path / "whole") == expected


def test_a_limit_of_memory_is_found_once_for_each_size(
    base: dict[str, Any], tmp_path: Path
) -> None:
    base = {**base, "TRAINING.batch_size": 2, "TRAINING.gradient_accumulation": 1}
    recorder = Recorder()
    trainer, reporter = make_trainer(Path(), tmp_path / "run", recorder, recipe_values=base)
    sizes = shrink_memory(trainer._parts.step.network, 1)
    trainer.run()
    reporter.close()
    assert sizes.count(2) == len(FORMATS)
    told = [event.text for event in recorder.events if "Out of memory" in event.text]
    assert sorted(text.split(":")[0].split()[-1] for text in told) == ["24x24", "48x27"]
    assert load(tmp_path / "run")["micro_batch"]["most"] == {"7x8x8": 1, "7x9x16": 1}


def test_a_listed_format_without_a_folder_ends_before_anything_is_written(
    base: dict[str, Any], tmp_path: Path
) -> None:
    base = {**base, "DATA.formats": ["24x24", "30x30"], "DATA.format_weights": {}}
    base |= {"TRAINING.batch_size": 1, "TRAINING.gradient_accumulation": 1}
    with pytest.raises(UserError, match=r"format 30x30 has no folder"):
        make_trainer(Path(), tmp_path / "run", Recorder(), recipe_values=base)
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_validates_with_its_own_frames(base: dict[str, Any], tmp_path: Path) -> None:
    run(tmp_path / "run", recipe_values=base, **{"TRAINING.total_steps": 4})
    latest = tmp_path / "run" / "checkpoints" / "latest.pth"
    own = validate(latest, None, "cpu")
    assert (own.images, own.lr_source) == (2, "made on the fly")
    learn = tmp_path / "data" / "Toon" / "ToonModel" / "Learn"
    for named in (tmp_path / "data", learn):  # the dataset, or the folder that holds Val
        other = validate(latest, named, "cpu")
        assert other.network == own.network
    with pytest.raises(UserError, match=r"Set --data to a folder"):
        validate(latest, tmp_path / "nowhere", "cpu")


def test_check_tries_a_step_of_each_format(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[Any] = []
    monkeypatch.setattr(Console, "print", lambda _, *things, **__: printed.extend(things))
    path = tmp_path / "config.json"
    path.write_text(file_text(base))
    assert check(path, (), "cpu") == 0
    [table] = printed
    text = " ".join(str(cell) for column in table.columns for cell in column.cells)
    assert "24x24: 5 training pairs with 7 LR frames of 8x8" in text
    assert "48x27: 4 training pairs with 7 LR frames of 16x9" in text
    assert "2 validation images (LR: made on the fly)" in text
    assert "24x24: first micro-batch of 2" in text
    assert "48x27: first micro-batch of 1" in text
