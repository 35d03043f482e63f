"""`vsrppp replay`: what it reads, and what it says about a record that cannot be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.run_directories import full_snapshot, make_run
from tests.e2e.runs import command
from tests.tui.replays import recorded_run
from vsrppp_tui.commands import replay as module
from vsrppp_tui.commands.find_run import keys_of
from vsrppp_tui.commands.replay import read_recording, replay_run, with_its_end
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import RunState
from vsrppp_tui.records.history import HistoryRecord
from vsrppp_tui.records.history_file import ConfigLine, encode, read_history


def write_record(path: Path) -> None:
    record = recorded_run()
    lines = [encode(ConfigLine(record.snapshots[0].config))]
    lines += map(encode, (*record.snapshots, *record.validations, *record.events))
    path.write_bytes(b"".join(lines))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, float | None]]:
    """What would have been shown on the terminal that the test pretends to have."""
    calls: list[tuple[Path, float | None]] = []

    def show(folder: Path, speed: float | None) -> int:
        calls.append((folder, speed))
        return 0

    monkeypatch.setattr(module, "has_terminal", lambda: True)
    monkeypatch.setattr(module, "_show", show)
    return calls


def test_a_whole_record_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    write_record(path)
    history = read_recording(path)
    assert (len(history.snapshots), len(history.validations)) == (100, 4)
    assert history.events == recorded_run().events
    assert history.snapshots[-1].config["MAX_STEPS"] == 100_000


def test_a_record_has_more_events_than_a_late_screen_gets(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    write_record(path)
    with path.open("ab") as file:
        for _ in range(120):
            file.writelines(map(encode, recorded_run().events))
    assert len(read_history(path).events) == 500
    assert len(read_recording(path).events) == 121 * len(recorded_run().events)


def test_a_line_cut_short_is_left_out_and_a_spoilt_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    write_record(path)
    with path.open("ab") as file:
        file.write(b'{"type":"snapshot","seq":12,"time":')
    assert read_recording(path).events == recorded_run().events
    spoilt = len(path.read_bytes().splitlines())  # the one cut short, which goes on here
    with path.open("ab") as file:
        file.write(b'"never"}\n{"type":"hologram"}\n')
    first = read_recording(path).events[0]
    assert f"{path}: lines {spoilt}, {spoilt + 1} cannot be read" in first.text
    assert first.time == recorded_run().snapshots[0].time


def test_a_history_alone_is_a_record(
    tmp_path: Path, shown: list[tuple[Path, float | None]]
) -> None:
    write_record(tmp_path / "history.jsonl")
    assert replay_run(tmp_path, speed=60.0) == 0
    assert shown == [(tmp_path, 60.0)]


def test_without_a_directory_the_run_that_is_meant(
    tmp_path: Path, shown: list[tuple[Path, float | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_run(Path("runs/one"), "done")
    assert replay_run(None, speed=None) == 0
    assert shown == [(Path("runs/one"), None)]


@pytest.mark.parametrize(
    ("state", "dead", "shown_last"),
    [("running", True, "dead"), ("running", False, "running"), ("done", False, "done")],
)
def test_a_killed_run_ends_dead(
    tmp_path: Path, state: RunState, dead: bool, shown_last: RunState
) -> None:
    make_run(tmp_path / "run", state, dead=dead)
    history = read_recording(tmp_path / "run" / "history.jsonl")
    assert with_its_end(history, tmp_path / "run").snapshots[-1].state == shown_last
    (tmp_path / "run" / "run.json").write_text("{}")
    assert with_its_end(history, tmp_path / "run") == history


def test_what_is_no_record_is_told(tmp_path: Path, shown: list[tuple[Path, float | None]]) -> None:
    with pytest.raises(UserError, match="no run in"):
        replay_run(tmp_path / "nowhere", speed=None)
    make_run(tmp_path / "early", "starting", history=False)
    with pytest.raises(UserError, match="is missing"):
        replay_run(tmp_path / "early", speed=None)
    HistoryRecord(tmp_path / "early" / "history.jsonl").on_close()
    with pytest.raises(UserError, match="holds no step yet"):
        replay_run(tmp_path / "early", speed=None)
    (tmp_path / "early" / "history.jsonl").write_text("spoilt\n")
    with pytest.raises(UserError, match=r"history.jsonl: line 1 cannot be read"):
        replay_run(tmp_path / "early", speed=None)
    old = tmp_path / "old"
    old.mkdir()
    (old / "history.jsonl").write_bytes(b'{"type":"snapshot","stage":3}\n')
    assert replay_run(old, speed=None) == 0  # the screen opens, and reads
    with pytest.raises(UserError, match="another version"):
        read_recording(old / "history.jsonl")


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_told(
    tmp_path: Path, shown: list[tuple[Path, float | None]], speed: float
) -> None:
    with pytest.raises(UserError, match="is no speed"):
        replay_run(tmp_path, speed=speed)


def test_without_a_terminal_it_ends_with_a_sentence(tmp_path: Path) -> None:
    write_record(tmp_path / "history.jsonl")
    ended = command(tmp_path, "replay", ".")
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr and "Traceback" not in ended.stderr


def test_keys_of_a_configuration_of_another_version_are_known() -> None:
    now = full_snapshot(config={"RECIPE": "vsrppp", "HOLOGRAM": 1})
    assert "LR_EXPONENT" in keys_of(now)
