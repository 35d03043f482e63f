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


def test_a_done_run_is_described_as_status_does(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "done")
    text = describe_run(tmp_path / "run")
    assert "done" in text and "--steps" in text
