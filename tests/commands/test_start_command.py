"""What the start screen hands on: each choice is the command that could have been typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.run_directories import make_run
from vsrppp_tui.commands import attach, demo, train, wqv
from vsrppp_tui.commands.start import _Start, describe_run, resume
from vsrppp_tui.commands.train import TrainOptions
from vsrppp_tui.commands.wqv import WqvOptions
from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.start.entries import Attach, Demo, Resume

LEAVE: Any = object()


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What the commands were given; none of them does anything."""
    monkeypatch.chdir(tmp_path)
    calls: list[Any] = []

    def record(name: str) -> Any:
        def command(*given: Any, **named: Any) -> int:
            calls.append((name, given, named))
            return 7

        return command

    for module, name in ((attach, "attach"), (demo, "demo"), (train, "train"), (wqv, "wqv")):
        monkeypatch.setattr(module, name, record(name))
    return calls


def test_a_live_run_is_attached_to(called: list[Any], tmp_path: Path) -> None:
    assert _Start(LEAVE, False)._do(Attach(tmp_path / "runs/one")) == 7
    assert called == [("attach", (Path("runs/one"),), {"read_only": False})]


def test_a_stopped_run_is_resumed_in_the_same_child(called: list[Any], tmp_path: Path) -> None:
    make_run(tmp_path / "runs/one", "stopped")
    (tmp_path / "runs/one/train_config.json").write_text(json.dumps({"RECIPE": "vsrpp"}))
    assert _Start(LEAVE, True)._do(Resume(tmp_path / "runs/one")) == 7
    options = TrainOptions(run_dir=Path("runs/one"), resume=True, debug=True)
    assert called == [("train", (options, LEAVE), {})]


def test_a_run_of_pictures_is_resumed_by_its_own_command(called: list[Any], tmp_path: Path) -> None:
    run = tmp_path / "far/work"
    make_run(run, "stopped", recipe="wqv", folders={"config": "training_config.json"})
    config = {"RECIPE": "wqv", "SOURCE": "/data/pictures"}
    (run / "training_config.json").write_text(json.dumps(config))
    assert resume(run, debug=False, leave=LEAVE) == 7
    options = WqvOptions(Path("/data/pictures"), run)
    assert called == [("wqv", (options, LEAVE), {})]


@pytest.mark.parametrize("key", ["DATASET_ROOT", "SOURCE", "DATA"])
def test_a_run_from_elsewhere_is_not_resumed_on_other_data_of_the_name(
    called: list[Any], tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = tmp_path / "project", tmp_path / "project/runs/one"
    recipe, name = ("wqv", "training_config.json") if key == "SOURCE" else ("vsrpp", "config")
    make_run(run, "stopped", recipe=recipe, folders={"config": name})
    (project / "data").mkdir()
    (tmp_path / "data").mkdir()  # another dataset, of the same name, in the present folder
    values = {"DATA": {"data_root": "data"}} if key == "DATA" else {key: "data"}
    (run / name).write_text(json.dumps(values))
    with pytest.raises(UserError, match=f"start again in {project} to resume it"):
        resume(run, debug=False, leave=LEAVE)
    (project / "data").rmdir()
    (tmp_path / "data").rmdir()
    with pytest.raises(UserError, match="in the folder that it was begun in"):
        resume(run, debug=False, leave=LEAVE)
    assert called == []
    monkeypatch.chdir(project)
    assert resume(Path("runs/one"), debug=False, leave=LEAVE) == 7
    monkeypatch.chdir(tmp_path)
    (run / name).write_text(json.dumps({key: "/data"}))
    assert resume(run, debug=False, leave=LEAVE) == 7


def test_what_is_missing_is_said(called: list[Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no run"):
        resume(tmp_path / "gone", debug=False, leave=LEAVE)
    make_run(tmp_path / "run", "stopped")
    run_file = json.loads((tmp_path / "run/run.json").read_text())
    (tmp_path / "run/run.json").write_text(json.dumps({**run_file, "recipe": "wqv"}))
    with pytest.raises(UserError, match="No configuration at"):
        resume(tmp_path / "run", debug=False, leave=LEAVE)
    assert called == []


def test_the_demo_is_that_of_the_command(called: list[Any]) -> None:
    _Start(LEAVE, False)._do(Demo())
    ((name, _, named),) = called
    assert name == "demo"
    assert named["run_dir"] == Path("runs/demo") and named["leave"] is LEAVE


def test_the_demo_writes_an_absolute_path_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    given: list[TrainOptions] = []
    monkeypatch.setattr(demo, "train", lambda options, leave: given.append(options) or 0)
    demo.demo(headless=True, steps=2, run_dir=Path("runs/demo"), device="cpu", debug=False)
    (options,) = given
    assert options.embedded is not None and options.run_dir == Path("runs/demo")
    assert options.embedded["DATASET_ROOT"] == str(tmp_path / "runs/demo/dataset")


def test_a_done_run_is_described_as_status_does(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "done")
    text = describe_run(tmp_path / "run")
    assert "done" in text and "--steps" in text
