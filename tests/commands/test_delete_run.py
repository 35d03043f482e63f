"""Deleting a run directory, and everything that must not be deleted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands.run_directories import make_run, run_info
from vsrppp_tui.commands import deletion
from vsrppp_tui.commands.delete_run import count_files, delete_run, finish_earlier_deletions
from vsrppp_tui.commands.list_runs import RunReader
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.data.demo import prepare_demo
from vsrppp_tui.data.layout import CATEGORY_FOLDERS
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.recent_runs import remember_run
from vsrppp_tui.records.run_lock import RunLock
from vsrppp_tui.records.standard import standard_records


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in ./runs, and an empty memory of runs elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    make_run(tmp_path / "runs/one", "stopped")
    return tmp_path / "runs/one"


def contents(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_it_goes_with_all_that_is_in_it_and_nothing_else(run: Path) -> None:
    make_run(run.parent / "two", "stopped")
    outside = run.parent / "outside.txt"
    outside.write_text("mine")
    (run / "checkpoints/link").symlink_to(run.parent / "two")
    (run / "checkpoints/file_link").symlink_to(outside)
    files, size = count_files(run)
    assert files >= 3 and size > 0
    delete_run(run, "one")
    assert not run.exists()
    assert outside.read_text() == "mine"
    assert (run.parent / "two/checkpoints/latest.pth").is_file()


@pytest.mark.parametrize("typed", ["", "on", "One", "one ", "runs/one", "."])
def test_another_name_deletes_nothing(run: Path, typed: str) -> None:
    before = contents(run)
    with pytest.raises(UserError, match="The run is called one"):
        delete_run(run, typed)
    assert contents(run) == before


def test_a_live_run_stays(tmp_path: Path) -> None:
    make_run(tmp_path / "one", "paused")
    with pytest.raises(UserError, match="stop it first"):
        delete_run(tmp_path / "one", "one")
    assert (tmp_path / "one/checkpoints/latest.pth").is_file()


def test_a_run_that_another_host_may_train_stays(tmp_path: Path) -> None:
    make_run(tmp_path / "one", "running", host="gpu-7")
    with pytest.raises(UserError, match="delete it there"):
        delete_run(tmp_path / "one", "one")
    assert (tmp_path / "one/run.json").is_file()


def test_what_would_be_refused_is_refused_before_its_files_are_counted(tmp_path: Path) -> None:
    make_run(tmp_path / "one", "paused")
    with pytest.raises(UserError, match="stop it first"):
        count_files(tmp_path / "one")


def test_a_locked_run_stays(run: Path) -> None:
    lock = RunLock(run)
    try:
        with pytest.raises(UserError, match="stop it first"):
            delete_run(run, "one")
    finally:
        lock.release()
    assert (run / "checkpoints/latest.pth").is_file()


def test_a_link_to_a_run_is_no_run_directory(run: Path) -> None:
    link = run.parent / "link"
    link.symlink_to(run)
    with pytest.raises(UserError, match=r"is a link to .*one, no run directory"):
        delete_run(link, "link")
    assert link.is_symlink() and (run / "run.json").is_file()


def test_a_folder_without_a_run_stays(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/thesis.txt").write_text("mine")
    for make in (lambda: None, lambda: (tmp_path / "one/run.json").symlink_to("/etc/hostname")):
        make()
        with pytest.raises(UserError, match="nothing is deleted"):
            delete_run(tmp_path / "one", "one")
    assert (tmp_path / "one/thesis.txt").is_file()


def test_a_place_that_holds_more_stays(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(run / "runs/inner", "stopped")
    with pytest.raises(UserError, match="more than one run"):
        delete_run(run, "one")
    (run / "work").mkdir()
    monkeypatch.chdir(run / "work")
    with pytest.raises(UserError, match="where you work"):
        delete_run(run, "one")
    assert (run / "runs/inner/run.json").is_file()


def test_the_root_of_a_project_stays(run: Path) -> None:
    (run / ".git").mkdir()
    with pytest.raises(UserError, match="more than one run"):
        delete_run(run, "one")
    assert (run / ".git").is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may delete everything")
def test_what_cannot_be_deleted_is_named(run: Path) -> None:
    (run / "checkpoints").chmod(0o500)
    try:
        with pytest.raises(UserError, match="cannot be deleted"):
            delete_run(run, "one")
    finally:
        (run / "checkpoints").chmod(0o700)


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")


def test_everything_that_a_run_makes_is_its_own(run: Path) -> None:
    files = WqvConfig(SOURCE="photos", TENSORBOARD=True).files
    info = run_info(recipe="wqv")
    for record in standard_records(run, info, log_every=1, files=files):
        record.on_close()
    (run / "training_config.json").write_text("{}")
    fill(run, "models/wqv_neosr_x4.pth", "dataset_splits.json", "checkpoints/abandoned-1/a.pth")
    fill(
        run, "validation_images/step_000001/comparison_000.png", "logs/events.out.tfevents.1.h.2.0"
    )
    fill(
        run, "train_config.json", "train_config.json~", ".run.json.tmp-12-0", "training_status.txt"
    )
    fill(run, "dataset/prepare.json", "dataset/Patches/GT/a.png", "dataset/Val/GT/a.png")
    state = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**state, "state": "stopped"}))
    delete_run(run, "one")
    assert list(run.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("my_videos/holiday.mp4", "my_videos"),
        ("notes.txt", "notes.txt"),
        ("Patches/GT/a.png", "Patches"),
        ("dataset/Patches/GT/a.png", "dataset"),  # made by hand: there is no prepare.json
        ("models/other.pth", "models"),
        ("logs/access.log", "logs"),
        (".hidden", ".hidden"),
        ("checkpoints/notes.txt", "checkpoints/notes.txt"),
        ("checkpoints/best/a.pth", "checkpoints/best/a.pth"),
        ("validation_images/favourite.png", "validation_images/favourite.png"),
    ],
)
def test_what_the_run_did_not_make_keeps_all_of_it(run: Path, name: str, named: str) -> None:
    state = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**state, "folders": {}}))
    fill(run, name)
    before = contents(run)
    with pytest.raises(UserError, match=f"holds {named}, which the run did not make"):
        delete_run(run, "one")
    assert contents(run) == before


def test_a_prepared_dataset_goes_but_not_what_was_put_into_it(run: Path) -> None:
    prepare_demo(run / "dataset")
    (run / "dataset/film.mp4").write_text("mine")
    with pytest.raises(UserError, match=r"holds dataset/film.mp4, which"):
        delete_run(run, "one")
    (run / "dataset/film.mp4").unlink()
    delete_run(run, "one")
    assert not run.exists()


def test_a_dataset_of_a_category_is_known_by_its_own_record(run: Path) -> None:
    root = run / "dataset" / CATEGORY_FOLDERS["space"]
    fill(root, "prepare.json", "Patches_180x320/GT/a.png")
    fill(run / "dataset/Space", "film.mp4")
    with pytest.raises(UserError, match=r"holds dataset/Space/film.mp4, which"):
        delete_run(run, "one")
    (run / "dataset/Space/film.mp4").unlink()
    delete_run(run, "one")
    assert not run.exists()


@pytest.mark.parametrize("key", ["DATASET_ROOT", "SOURCE", "DATA"])
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("far", [True, False])
def test_the_data_of_another_run_stay(
    run: Path, tmp_path: Path, key: str, relative: bool, far: bool
) -> None:
    fill(run, "dataset/prepare.json", "dataset/Patches/GT/a.png")
    other = tmp_path / ("far/two" if far else "runs/two")
    make_run(other, "stopped")
    remember_run(other)
    place = "runs/one/dataset" if relative else str(run / "dataset")
    config = {"DATA": {"data_root": place}} if key == "DATA" else {key: place}
    (other / "train_config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"holds the data of .*two"):
        delete_run(run, "one")
    assert (run / "dataset/Patches/GT/a.png").is_file()
    (other / "train_config.json").write_text(json.dumps({"DATASET_ROOT": "/elsewhere"}))
    delete_run(run, "one")
    assert not run.exists()


def test_the_runs_own_data_do_not_keep_it(run: Path) -> None:
    fill(run, "dataset/prepare.json")
    (run / "train_config.json").write_text(json.dumps({"DATASET_ROOT": "runs/one/dataset"}))
    remember_run(run)
    delete_run(run, "one")
    assert not run.exists()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("entry", ["checkpoints", "dataset", "validation_images"])
def test_a_deletion_that_was_cut_off_is_finished_at_the_next_start(
    run: Path, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(run, "dataset/prepare.json", "dataset/Patches/a.png", "validation_images/step_1/a.png")
    real = deletion._remove_entry

    def die(path: Path) -> None:
        if path.name == entry:
            for inner in path.iterdir():
                real(inner)  # half of it
                raise Killed
        real(path)

    monkeypatch.setattr(deletion, "_remove_entry", die)
    with pytest.raises(Killed):
        delete_run(run, "one")
    assert not run.exists()
    left = run.parent / ".one.deleting-1"
    assert left.is_dir()
    assert RunReader().read(True) == ()  # half a run is none
    monkeypatch.setattr(deletion, "_remove_entry", real)
    make_run(run, "stopped")  # the name is free for a new one
    finish_earlier_deletions()
    assert not left.exists() and (run / "checkpoints/latest.pth").is_file()


def test_only_what_a_deletion_left_is_finished(run: Path, tmp_path: Path) -> None:
    runs = run.parent
    fill(runs, ".mine.deleting-1/film.mp4", ".deleting-1/a", "x.deleting-1/run.json")
    make_run(runs / ".three.deleting-2", "stopped")
    fill(runs, ".three.deleting-2/film.mp4")
    (tmp_path / "outside").mkdir()
    (runs / ".link.deleting-1").symlink_to(tmp_path / "outside")
    make_run(runs / ".busy.deleting-1", "stopped")
    (runs / ".over.deleting-1/.link").mkdir(parents=True)
    before = contents(runs) | {runs / ".busy.deleting-1/.link"}
    lock = RunLock(runs / ".busy.deleting-1")  # another screen is at it
    try:
        finish_earlier_deletions()
    finally:
        lock.release()
    gone = {runs / ".over.deleting-1", runs / ".over.deleting-1/.link"}
    assert contents(runs) - {runs / ".busy.deleting-1/.link/lock"} == before - gone


def test_what_resists_gets_its_name_back(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(deletion, "_remove_entry", refuse)
    with pytest.raises(UserError, match="/one/checkpoints cannot be deleted"):
        delete_run(run, "one")
    assert (run / "checkpoints/latest.pth").is_file()
    assert list(run.parent.iterdir()) == [run]


def test_a_deletion_holds_the_lock_to_its_end(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Any] = []

    def look(path: Path) -> None:
        finish_earlier_deletions()
        held.append(path.parent.is_dir() and path.exists())

    monkeypatch.setattr(deletion, "_remove_entry", look)
    with pytest.raises(UserError):  # nothing was removed
        delete_run(run, "one")
    assert held and all(held)
