"""`vsrppp send`: every command reaches the run by its own name, and the reply decides the exit code."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.commands.run_directories import answering_run, full_snapshot, make_run
from vsrppp_tui.commands.send import send
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.control import (
    Command,
    Continue,
    Edit,
    Pause,
    Remark,
    Request,
    SaveCheckpoint,
    Stop,
    Validate,
)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    make_run(tmp_path / "run", "running")
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("action", "assignments", "command"),
    [
        ("pause", [], Pause()),
        ("resume", [], Continue()),
        ("validate", [], Validate()),
        ("checkpoint", [], SaveCheckpoint()),
        ("stop", [], Stop()),
        (
            "set",
            ["LR_EXPONENT=-5", "VGG_WEIGHTS=null"],
            Edit({"LR_EXPONENT": -5, "VGG_WEIGHTS": None}),
        ),
    ],
)
@pytest.mark.parametrize("ok", [True, False])
def test_a_command_and_its_reply(
    run_dir: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    assignments: Sequence[str],
    command: Command,
    ok: bool,
) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    taken: list[tuple[Command | Remark, str]] = []

    def answer(request: Request) -> None:
        taken.append((request.command, request.who))
        request.answer(ok, 12, "applied at step 12" if ok else "not now")

    with answering_run(run_dir, full_snapshot(), answer):
        assert send(run_dir, action, assignments) == (0 if ok else 1)
    assert taken == [(command, "anna (send)")]
    assert capsys.readouterr().out == ("applied at step 12\n" if ok else "refused: not now\n")


@pytest.mark.parametrize(
    ("action", "assignments", "words"),
    [
        ("halt", [], "Unknown command halt: allowed are pause, resume"),
        ("pause", ["now"], "`pause` takes nothing more"),
        ("set", [], "KEY=VALUE"),
        ("set", ["LR_EXPONENT"], "'LR_EXPONENT' is not an assignment"),
        ("set", ["LR_EXPONEN=-5"], "did you mean LR_EXPONENT"),
    ],
)
def test_wrong_arguments_are_named(
    run_dir: Path, action: str, assignments: Sequence[str], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        send(run_dir, action, assignments)


def test_where_no_live_run_is(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no run in"):
        send(tmp_path / "absent", "pause", [])
    make_run(tmp_path / "stopped", "stopped")
    with pytest.raises(UserError, match="its run is stopped"):
        send(tmp_path / "stopped", "pause", [])
    make_run(tmp_path / "dead", "running", dead=True)
    with pytest.raises(UserError, match="its run is dead"):
        send(tmp_path / "dead", "pause", [])
    make_run(tmp_path / "elsewhere", "running", host="gpu-3")
    with pytest.raises(UserError, match="running on host gpu-3"):
        send(tmp_path / "elsewhere", "pause", [])
    make_run(tmp_path / "silent", "running")
    with pytest.raises(UserError, match="has no control socket"):
        send(tmp_path / "silent", "pause", [])


def test_a_run_that_ends_before_it_answers(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = threading.Event()
    replies: list[int] = []
    sender = threading.Thread(target=lambda: replies.append(send(run_dir, "pause", [])))
    with answering_run(run_dir, full_snapshot(), lambda _request: taken.set()):
        sender.start()
        assert taken.wait(30)
    sender.join()
    assert replies == [1]
    assert capsys.readouterr().out.startswith("refused: the run")


def test_ctrl_c_ends_the_wait(run_dir: Path) -> None:
    def interrupt(_request: Request) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with answering_run(run_dir, full_snapshot(), interrupt):
        assert send(run_dir, "pause", []) == 130
