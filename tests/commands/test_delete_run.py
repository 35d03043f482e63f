"""Deleting a run directory, and everything that must not be deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands.run_directories import make_run
from vsrppp_tui.commands.delete_run import count_files, delete_run
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.run_lock import RunLock


@pytest.fixture
def run(tmp_path: Path) -> Path:
    make_run(tmp_path / "runs/one", "stopped")
    return tmp_path / "runs/one"


def contents(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_it_goes_with_all_that_is_in_it_and_nothing_else(run: Path) -> None:
    make_run(run.parent / "two", "stopped")
    outside = run.parent / "outside.txt"
    outside.write_text("mine")
    (run / "link").symlink_to(run.parent / "two")
    (run / "file_link").symlink_to(outside)
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
    with pytest.raises(UserError, match="nothing is deleted"):
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
