from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vsrppp_tui.errors import UserError
from vsrppp_tui.records.run_file import RunFile, is_alive, read_run_file
from vsrppp_tui.training.telemetry import RunInfo, Snapshot

FOLDERS = {"tensorboard": "logs"}


def test_the_file_is_there_at_once_and_follows_the_state(
    tmp_path: Path, make_run_info: Callable[..., RunInfo], make_snapshot: Callable[..., Snapshot]
) -> None:
    record = RunFile(tmp_path, make_run_info(pid=os.getpid()), FOLDERS)
    info = read_run_file(tmp_path)
    assert info is not None
    assert (info.state, info.pid, info.recipe, info.folders) == (
        "starting",
        os.getpid(),
        "vsrppp",
        FOLDERS,
    )
    seen = []
    for step, state in [(1, "running"), (2, "running"), (3, "validating")]:
        record.on_snapshot(make_snapshot(step, state=state))
        now = read_run_file(tmp_path)
        assert now is not None
        seen.append((now.step, now.state))
    assert seen == [(1, "running"), (1, "running"), (3, "validating")]
    record.on_snapshot(make_snapshot(4, state="validating"))
    record.on_close()
    now = read_run_file(tmp_path)
    assert now is not None
    assert (now.step, now.total_steps) == (4, 1000)


def test_a_live_process_a_dead_one_and_one_elsewhere(
    tmp_path: Path, make_run_info: Callable[..., RunInfo]
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        RunFile(tmp_path, make_run_info(pid=process.pid, host="here"), FOLDERS)
        info = read_run_file(tmp_path)
        assert info is not None
        assert is_alive(info, "here")
        assert not is_alive(info, "elsewhere")
        # A later process that was given the same number is not the run.
        assert not is_alive(replace(info, process_started=info.process_started - 60), "here")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(info, "here")  # a zombie
        process.wait()
        assert not is_alive(info, "here")


def test_no_run_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read_run_file(tmp_path) is None
    assert read_run_file(tmp_path / "absent") is None
    assert read_run_file(tmp_path / "file") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"pid": 1}'])
def test_a_foreign_run_json_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json does not describe a run"):
        read_run_file(tmp_path)


def test_fields_of_a_later_version_do_no_harm(
    tmp_path: Path, make_run_info: Callable[..., RunInfo]
) -> None:
    RunFile(tmp_path, make_run_info(pid=os.getpid()), FOLDERS)
    path = tmp_path / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "socket": ".link/s"}))
    assert read_run_file(tmp_path) is not None


def test_the_first_version_had_no_socket(
    tmp_path: Path, make_run_info: Callable[..., RunInfo]
) -> None:
    RunFile(tmp_path, make_run_info(pid=os.getpid()), FOLDERS, tmp_path / "s")
    path = tmp_path / "run.json"
    fields = json.loads(path.read_text())
    assert fields.pop("socket") == str(tmp_path / "s")
    path.write_text(json.dumps(fields))
    info = read_run_file(tmp_path)
    assert info is not None
    assert info.socket is None
