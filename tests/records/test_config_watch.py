"""train_config.json edited on disk: offered to the engine once, refused with the reason, never lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from vsrppp_tui.config.read import file_text, read_values
from vsrppp_tui.records import config_watch
from vsrppp_tui.records.config_watch import ConfigText, ConfigWatch
from vsrppp_tui.training.control import ControlPoint, Edit, Remark, Request
from vsrppp_tui.training.telemetry import Event

FIRST = {"LR_EXPONENT": -4.0, "GRAD_CLIP": 0.0, "BATCH_SIZE": 1}


class Desk:
    """The file, the mailbox, and an engine that answers when it is told to."""

    def __init__(self, folder: Path, make_event: Callable[..., Event]) -> None:
        self.path = folder / "train_config.json"
        self.path.write_text(file_text(FIRST))
        self.control = ControlPoint()
        self.text = ConfigText(self.path, self.control)
        self.config: dict[str, Any] = dict(FIRST)
        self._make_event = make_event
        self.looks()

    def save(self, content: str) -> None:
        self.path.write_text(content)

    def looks(self) -> list[Request]:
        """Look until a text that stands still has been read; what has been submitted."""
        for _ in range(2):
            self.text.look()
        return self.control.drain()

    def edits(self) -> list[Mapping[str, Any]]:
        return [r.command.changes for r in self.looks() if isinstance(r.command, Edit)]

    def apply(self, changes: Mapping[str, Any], who: str = "train_config.json") -> None:
        """What the engine does with an edit that changes something."""
        self.config.update(changes)
        data = {"changes": {}, "who": who, "config": dict(self.config)}
        self.text.on_event(self._make_event("edit", 1, data=data))

    def on_disk(self) -> dict[str, Any]:
        return read_values(self.path)


@pytest.fixture
def desk(tmp_path: Path, make_event: Callable[..., Event]) -> Desk:
    return Desk(tmp_path, make_event)


def test_what_the_engine_writes_itself_is_no_edit(desk: Desk) -> None:
    assert desk.looks() == []
    desk.apply({"GRAD_CLIP": 1.0}, "dashboard")
    assert desk.looks() == []
    assert desk.on_disk() == {**FIRST, "GRAD_CLIP": 1.0}


def test_the_differences_are_one_edit_and_absent_keys_stay(desk: Desk) -> None:
    desk.save('{\n  // gentler\n  "LR_EXPONENT": -5, "GRAD_CLIP": 0.5\n}')
    (request,) = desk.looks()
    assert request.command == Edit({"LR_EXPONENT": -5, "GRAD_CLIP": 0.5})
    assert request.who == "train_config.json"
    desk.apply({"LR_EXPONENT": -5.0, "GRAD_CLIP": 0.5})
    request.answer(True, 1, "applied at step 1")
    assert desk.looks() == []
    assert desk.on_disk() == {"LR_EXPONENT": -5.0, "GRAD_CLIP": 0.5, "BATCH_SIZE": 1}


def test_a_text_that_says_all_keeps_its_comments(desk: Desk) -> None:
    text = '{"BATCH_SIZE": 1, "GRAD_CLIP": 2, "LR_EXPONENT": -4} // mine'
    desk.save(text)
    (request,) = desk.looks()
    desk.apply({"GRAD_CLIP": 2.0})
    request.answer(True, 1, "")
    assert desk.looks() == []
    assert desk.path.read_text() == text
    desk.apply({"BATCH_SIZE": 2}, "dashboard")
    assert desk.on_disk() == {"LR_EXPONENT": -4.0, "GRAD_CLIP": 2.0, "BATCH_SIZE": 2}


def test_one_and_true_differ_and_one_and_one_point_nought_do_not(desk: Desk) -> None:
    desk.save('{"BATCH_SIZE": true, "LR_EXPONENT": -4}')
    assert desk.edits() == [{"BATCH_SIZE": True}]


def test_another_order_is_no_edit_but_counts_as_read(desk: Desk) -> None:
    desk.save(json.dumps(dict(reversed(FIRST.items()))))
    assert desk.looks() == []
    desk.apply({"GRAD_CLIP": 1.0}, "dashboard")
    assert desk.on_disk()["GRAD_CLIP"] == 1.0


def test_what_moves_is_not_read_yet(desk: Desk) -> None:
    desk.save("")
    desk.text.look()
    desk.save('{"GRAD_CLIP": ')
    desk.text.look()
    desk.save('{"GRAD_CLIP": 1}')
    desk.text.look()
    assert desk.control.drain() == []
    assert desk.edits() == [{"GRAD_CLIP": 1}]


def test_a_file_renamed_over_it_is_read(desk: Desk) -> None:
    new = desk.path.with_name("new")
    new.write_text('{"GRAD_CLIP": 1}')
    desk.path.unlink()
    assert desk.looks() == []
    new.rename(desk.path)
    assert desk.edits() == [{"GRAD_CLIP": 1}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"GRAD_CLIP": ', "is not JSON"),
        (b"[]", "one object"),
        (b"\xff", "no text file"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"SEED": ' + b"9" * 5000 + b"}", "cannot be read"),
        (b" " * 1_000_001, "too large"),
    ],
)
def test_what_is_no_configuration_is_refused_once_with_the_reason(
    desk: Desk, content: bytes, words: str
) -> None:
    desk.path.write_bytes(content)
    (request,) = desk.looks()
    assert isinstance(request.command, Remark)
    assert (request.command.kind, request.command.level) == ("edit refused", "warning")
    assert words in request.command.text
    assert desk.looks() == []
    assert desk.path.read_bytes() == content
    desk.save(file_text(FIRST))  # put right again
    assert desk.looks() == []


def test_a_refused_text_stays_until_the_engine_must_write(desk: Desk) -> None:
    text = '{"GRAD_CLIP": -1}'
    desk.save(text)
    (request,) = desk.looks()
    request.answer(False, 1, "GRAD_CLIP = -1 is not allowed")
    assert desk.looks() == []
    assert desk.path.read_text() == text
    desk.apply({"BATCH_SIZE": 2}, "dashboard")
    aside = desk.path.with_name("train_config.json.refused")
    assert aside.read_text() == text
    assert desk.on_disk() == {**FIRST, "BATCH_SIZE": 2}
    (request,) = desk.looks()
    assert isinstance(request.command, Remark)
    assert "train_config.json.refused" in request.command.text


def test_a_corrected_text_is_offered_as_a_whole(desk: Desk) -> None:
    desk.save('{"GRAD_CLIP": -1, "BATCH_SIZE": 2}')
    desk.looks()[0].answer(False, 1, "no")
    desk.save('{"GRAD_CLIP": 1, "BATCH_SIZE": 2}')
    assert desk.edits() == [{"GRAD_CLIP": 1, "BATCH_SIZE": 2}]


@pytest.mark.parametrize("moment", ["before it is read", "while it is on its way"])
@pytest.mark.parametrize("ok", [True, False])
def test_an_edit_from_a_screen_in_between_takes_nothing_back(
    desk: Desk, moment: str, ok: bool
) -> None:
    text = file_text({**FIRST, "GRAD_CLIP": 3})
    desk.save(text)
    requests = desk.looks() if moment == "while it is on its way" else []
    desk.apply({"BATCH_SIZE": 2}, "dashboard")
    assert desk.path.read_text() == text, "the user's words come first"
    (request,) = requests or desk.looks()
    assert request.command == Edit({"GRAD_CLIP": 3})
    if ok:
        desk.apply({"GRAD_CLIP": 3.0})
    request.answer(ok, 1, "")
    desk.looks()
    assert desk.on_disk() == {**FIRST, "BATCH_SIZE": 2, "GRAD_CLIP": 3.0 if ok else 0.0}
    assert desk.path.with_name("train_config.json.refused").exists() is not ok
    assert desk.edits() == []


def test_a_full_disk_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(config_watch, "write_atomically", full)
        with pytest.raises(OSError, match="No space"):
            desk.apply({"BATCH_SIZE": 2}, "dashboard")
        with pytest.raises(OSError, match="No space"):
            desk.text.look()
    assert desk.looks() == []
    assert desk.on_disk() == {**FIRST, "BATCH_SIZE": 2}


def test_the_end_of_the_run_leaves_the_file_as_it_should_be(desk: Desk) -> None:
    desk.save('{"GRAD_CLIP": 1}')
    (request,) = desk.looks()
    desk.apply({"GRAD_CLIP": 1.0})
    request.answer(True, 1, "")
    desk.text.on_close()
    assert desk.on_disk() == {**FIRST, "GRAD_CLIP": 1.0}


def test_the_thread_looks_by_itself_and_ends_with_the_run(
    tmp_path: Path, make_event: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_watch, "LOOK_SECONDS", 0.01)
    path = tmp_path / "train_config.json"
    path.write_text(file_text(FIRST))
    control = ControlPoint()
    watch = ConfigWatch(path, control)
    watch.on_event(make_event())
    path.write_text('{"GRAD_CLIP": 1}')
    control.wait(30.0)
    (request,) = control.drain()
    assert request.command == Edit({"GRAD_CLIP": 1})
    watch.on_close()
    assert "config watch" not in {thread.name for thread in threading.enumerate()}


def test_a_watch_that_never_began_closes(tmp_path: Path) -> None:
    path = tmp_path / "train_config.json"
    path.write_text(file_text(FIRST))
    ConfigWatch(path, ControlPoint()).on_close()
