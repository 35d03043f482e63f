"""The list of runs, read from real run directories, and the memory of those elsewhere."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.commands.run_directories import make_run
from vsrppp_tui.commands import list_runs
from vsrppp_tui.commands.delete_run import delete_run
from vsrppp_tui.commands.list_runs import RunReader
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.recent_runs import KEPT, read_recent, recent_file, remember_run
from vsrppp_tui.training.checkpoint_file import write_checkpoint


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an empty memory; returns a folder beside it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "elsewhere"


def test_live_runs_first_then_by_the_time_of_their_work(elsewhere: Path) -> None:
    make_run(Path("runs/old"), "stopped")
    make_run(Path("runs/gone"), "running", dead=True)
    make_run(Path("runs/live"), "validating")
    make_run(elsewhere / "far", "done", history=False)
    remember_run(elsewhere / "far")
    os.utime("runs/old/history.jsonl", (1, 1))
    found = RunReader().read(True)
    assert [(each.name, each.state) for each in found] == [
        ("runs/live", "validating"),
        (str(elsewhere / "far"), "done"),
        ("runs/gone", "dead"),
        ("runs/old", "stopped"),
    ]
    live = found[0]
    assert live.live and live.resumable and not live.host
    assert (live.step, live.total_steps, live.best) == (42, 1000, 59.2)
    assert found[3].last_at_work == 1


def test_where_a_dead_run_resumes_its_checkpoints_tell() -> None:
    make_run(Path("runs/gone"), "running", dead=True)
    reader = RunReader()
    assert reader.read(True)[0].resumes_at is None  # latest.pth holds nothing that could tell
    folder = Path("runs/gone/checkpoints")
    for step in (20, 30):
        write_checkpoint(folder / f"checkpoint_step_{step}.pth", {}, step=step, recipe="vsrppp")
    found = reader.read(True)[0]
    assert (found.step, found.resumes_at) == (42, 30)


def test_a_run_on_another_host_is_told_as_such() -> None:
    make_run(Path("runs/far"), "running", host="gpu-7")
    (found,) = RunReader().read(False)
    assert (found.host, found.live, found.state) == ("gpu-7", False, "running")


def test_what_is_no_run_is_left_out(elsewhere: Path) -> None:
    Path("runs/empty").mkdir(parents=True)
    make_run(elsewhere / "moved", "done")
    remember_run(elsewhere / "moved")
    shutil.rmtree(elsewhere)
    assert RunReader().read(True) == ()


@pytest.mark.parametrize(
    "spoilt",
    [
        "{",
        "[]",
        '{"state": "x"}',
        "recipe",
        "state",
        "step",
        "total_steps",
        "folders",
        "host",
        "pid",
    ],
)
def test_a_broken_run_is_told_as_such_and_hides_no_other(spoilt: str) -> None:
    make_run(Path("runs/good"), "stopped")
    make_run(Path("runs/odd"), "stopped")
    path = Path("runs/odd/run.json")
    fields = json.loads(path.read_text())
    text = json.dumps({**fields, spoilt: [1]}) if spoilt in fields else spoilt
    path.write_text(text)
    found = {each.name: each for each in RunReader().read(True)}
    assert set(found) == {"runs/good", "runs/odd"}
    assert "does not describe a run" in found["runs/odd"].problem
    assert not found["runs/odd"].live and not found["runs/good"].problem


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"snapshot","step":null,"best":[1],"losses":3}',
        '{"type":"snapshot","step":50,"total_steps":[],"best":[1]}',
        '{"type":"snapshot","step":' + "9" * 5000 + "}",
        '{"type":"validation","network":null}',
        '{"type":"validation","network":{"quality":true}}',
        '{"type":"snapshot",' + "[" * 100_000,
        '{"type":"snapshot","step":1e400}',
    ],
)
def test_an_odd_history_hides_nothing(line: str) -> None:
    make_run(Path("runs/odd"), "stopped")
    with Path("runs/odd/history.jsonl").open("a") as file:
        file.write(line + "\n")
    (found,) = RunReader().read(True)
    assert found.step in (42, 50) and found.problem == ""
    Path("runs/odd/history.jsonl").unlink()
    Path("runs/odd/history.jsonl").mkdir()
    assert [each.name for each in RunReader().read(True)] == ["runs/odd"]


def test_whatever_goes_wrong_with_one_run_the_others_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_run(Path("runs/good"), "stopped")
    make_run(Path("runs/odd"), "stopped")
    real = list_runs.read_outline

    def read(path: Path) -> list_runs.Outline:
        if path.parent.name == "odd":
            raise TypeError("odd")
        return real(path)

    monkeypatch.setattr(list_runs, "read_outline", read)
    found = {each.name: each for each in RunReader().read(True)}
    assert "TypeError" in found["runs/odd"].problem and not found["runs/good"].problem


def test_a_link_is_listed_as_a_link_and_a_folder_once(elsewhere: Path) -> None:
    make_run(elsewhere / "exp1", "stopped")
    remember_run(elsewhere / "exp1")
    Path("runs").mkdir()
    Path("runs/latest").symlink_to(elsewhere / "exp1")
    (found,) = RunReader().read(True)
    assert found.run_dir == Path("runs/latest").absolute()
    with pytest.raises(UserError, match="is a link to"):
        delete_run(found.run_dir, "latest")
    with pytest.raises(UserError, match="The run is called latest"):
        delete_run(found.run_dir, "exp1")
    assert (elsewhere / "exp1/run.json").is_file()
    make_run(Path("runs/own"), "stopped")
    Path("runs/a").symlink_to("own")
    names = {each.name for each in RunReader().read(True)}
    assert names == {"runs/latest", "runs/own"}


def test_an_unchanged_history_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(Path("runs/one"), "stopped")
    reads: list[Path] = []
    real = list_runs.read_outline
    monkeypatch.setattr(list_runs, "read_outline", lambda path: reads.append(path) or real(path))
    reader = RunReader()
    assert reader.read(True) == reader.read(True)
    assert len(reads) == 1


def test_the_memory_keeps_the_newest_each_once(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        remember_run(tmp_path / str(number))
    remember_run(tmp_path / "20")
    found = read_recent()
    assert len(found) == KEPT
    assert found[:2] == (tmp_path / "20", tmp_path / str(KEPT + 4))


@pytest.mark.parametrize("content", ["", "[]", '{"runs": 3}', '{"runs": [1, "relative", null]}'])
def test_a_spoilt_memory_counts_as_empty(content: str) -> None:
    recent_file().parent.mkdir(parents=True)
    recent_file().write_text(content)
    assert read_recent() == ()


def test_a_memory_that_cannot_be_written_troubles_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("a file")
    remember_run(tmp_path / "run")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert recent_file() == tmp_path / "home/.local/state/vsrppp/recent.json"
