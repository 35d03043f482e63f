from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vsrppp_tui.config.read import read_values
from vsrppp_tui.records.edits import ConfigFile, EditLine, EditsFile, read_edits
from vsrppp_tui.training.telemetry import Event

MakeEvent = Callable[..., Event]


def edit_data() -> dict[str, Any]:
    return {
        "changes": {
            "LR_EXPONENT": {"old": -4.0, "new": -5.0},
            "VGG_WEIGHTS": {"old": None, "new": "größe.pth"},
        },
        "who": "dashboard",
        "config": {"LR_EXPONENT": -5.0, "VGG_WEIGHTS": "größe.pth"},
    }


def test_each_changed_key_is_a_line_and_the_run_may_be_resumed(
    tmp_path: Path, make_event: MakeEvent
) -> None:
    path = tmp_path / "edits.jsonl"
    record = EditsFile(path)
    event = make_event("edit", 120, data=edit_data())
    record.on_event(event)
    record.on_event(make_event("paused", 121))
    expected = (
        EditLine(event.time, 120, "LR_EXPONENT", -4.0, -5.0, "dashboard"),
        EditLine(event.time, 120, "VGG_WEIGHTS", None, "größe.pth", "dashboard"),
    )
    assert read_edits(path) == expected
    record.on_close()
    again = EditsFile(path)
    again.on_event(make_event("edit replayed", 120, data=edit_data()))
    assert read_edits(path) == expected
    again.on_event(make_event("edit", 130, data=edit_data()))
    again.on_close()
    assert [line.step for line in read_edits(path)] == [120, 120, 130, 130]


def test_a_half_written_last_line_is_no_edit(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "edits.jsonl"
    record = EditsFile(path)
    record.on_event(make_event("edit", 1, data=edit_data()))
    record.on_close()
    path.write_bytes(path.read_bytes()[:-1])
    assert [line.key for line in read_edits(path)] == ["LR_EXPONENT"]
    again = EditsFile(path)
    again.on_event(make_event("edit", 2, data=edit_data()))
    again.on_close()
    assert [(e.step, e.key[:2]) for e in read_edits(path)] == [(1, "LR"), (2, "LR"), (2, "VG")]


def test_spoilt_lines_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    assert read_edits(path) == ()
    path.write_bytes(b'\0\0\n{"time": 1}\n[]\n')
    assert read_edits(path) == ()


def test_the_configuration_file_follows_the_edits(tmp_path: Path, make_event: MakeEvent) -> None:
    path = tmp_path / "train_config.json"
    record = ConfigFile(path)
    record.on_event(make_event("validation", 1))
    assert not path.exists()
    record.on_event(make_event("edit", 2, data=edit_data()))
    assert read_values(path) == edit_data()["config"]
    assert [p.name for p in tmp_path.iterdir()] == ["train_config.json"]


def test_an_unwritable_place_is_an_error(tmp_path: Path, make_event: MakeEvent) -> None:
    with pytest.raises(FileNotFoundError):
        EditsFile(tmp_path / "absent" / "edits.jsonl")
    with pytest.raises(FileNotFoundError):
        ConfigFile(tmp_path / "absent" / "c.json").on_event(make_event("edit", data=edit_data()))
