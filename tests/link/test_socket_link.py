"""A screen's side: a run in another process looks like one in this process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.link.peers import PATIENCE, ServedRun, eventually
from tests.tui.recorded import snapshot
from vsrppp_tui.errors import UserError
from vsrppp_tui.link.client import SocketLink, connect
from vsrppp_tui.link.interface import (
    Command,
    Continue,
    Edit,
    History,
    Link,
    Pause,
    SaveCheckpoint,
    Stop,
    Validate,
)
from vsrppp_tui.training.control import Reply

ROOT = Path(__file__).parents[2]
COMMANDS = [Pause(), Continue(), Validate(), SaveCheckpoint(), Edit({"LR_EXPONENT": -5.0}), Stop()]
SERVE = """
import sys, time
from pathlib import Path
from tests.tui.recorded import snapshot
from vsrppp_tui.link.server import LinkServer
from vsrppp_tui.training.control import ControlPoint
print(LinkServer(Path(sys.argv[1]), ControlPoint(), snapshot(100)).start(), flush=True)
time.sleep(600)
"""


@contextmanager
def opened(run: ServedRun, **options: Any) -> Iterator[SocketLink]:
    link = run.link(**options)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def served_elsewhere(run_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process that serves a run."""
    arguments = [sys.executable, "-c", SERVE, str(run_dir)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().decode().strip())
        finally:
            process.kill()


@contextmanager
def pretended(tmp_path: Path, answer: bytes) -> Iterator[Path]:
    """A run that says one thing to the first client, and waits until that leaves."""
    path = tmp_path / "s"

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(answer)
            while peer.recv(4096):
                pass

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def test_it_begins_with_the_newest_snapshot_and_keeps_it(run: ServedRun) -> None:
    with opened(run) as link:
        screen: Link = link
        first = screen.snapshot()
        assert first == snapshot(100)
        assert screen.snapshot() is first
        shown = run.show(101)
        eventually(lambda: link.snapshot() is not first)
        assert link.snapshot() == shown


def test_events_come_in_order_and_are_asked_for_by_number(run: ServedRun) -> None:
    before = run.happen("before")
    with opened(run) as link:
        after = [run.happen(f"event {number}") for number in range(5)]
        eventually(lambda: len(link.events(-1)) == 6)
        assert link.events(-1) == (before, *after)
        assert link.events(after[2].seq) == tuple(after[3:])


def test_several_screens_agree(run: ServedRun) -> None:
    with opened(run, who="anna") as anna, opened(run, who="ben") as ben, opened(run) as carl:
        asked = ben.send(Edit({"LR_EXPONENT": -5.0}))
        (request,) = run.take()
        event = run.happen(f"LR_EXPONENT -4 -> -5 ({request.who})")
        shown = run.show(102, config={"LR_EXPONENT": -5.0})
        request.answer(True, 102, "applied at step 102")
        assert asked.result(PATIENCE).ok
        for link in (anna, ben, carl):
            eventually(lambda link=link: link.snapshot() == shown)  # type: ignore[misc]
            assert link.events(-1) == (event,)
        assert "(ben)" in event.text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_answered(run: ServedRun, command: Command) -> None:
    with opened(run) as link:
        asked = link.send(command)
        (request,) = run.take()
        assert (request.command, request.who) == (command, "anna")
        request.answer(True, 42, "so it is")
        assert asked.result(PATIENCE) == Reply(True, 42, "so it is")


@pytest.mark.parametrize("command", COMMANDS)
def test_also_when_the_engine_has_ended(run: ServedRun, command: Command) -> None:
    run.control.close("the run has ended")
    with opened(run) as link:
        assert link.send(command).result(PATIENCE) == Reply(False, 0, "the run has ended")


def test_the_end_of_the_run(run: ServedRun) -> None:
    with opened(run) as link:
        waiting = link.send(Validate())
        run.take()
        run.end("done")
        assert waiting.result(PATIENCE).text == "the run has ended"
        eventually(lambda: isinstance(link.send(Pause()).exception(PATIENCE), OSError))
        assert link.snapshot().state == "done"


def test_a_read_only_screen_refuses_by_itself(run: ServedRun) -> None:
    with opened(run, read_only=True) as link:
        reply = link.send(Stop()).result(0)
        assert (reply.ok, reply.step, "only watches" in reply.text) == (False, 100, True)


def test_an_edit_too_long_for_a_line_is_refused(run: ServedRun) -> None:
    with opened(run) as link:
        assert "too long" in link.send(Edit({"A": "x" * 70_000})).result(0).text
        assert run.control.drain() == []


def test_history_is_read_from_the_records(run: ServedRun) -> None:
    kept = History(snapshots=(snapshot(1),))
    with opened(run, read_history=lambda: kept) as link:
        assert link.history() is kept


def test_closing_ends_what_waits(run: ServedRun) -> None:
    with opened(run) as link:
        waiting = link.send(Pause())
        link.close()
        assert isinstance(waiting.exception(0), OSError)
        assert isinstance(link.send(Pause()).exception(0), OSError)
        assert link.snapshot().state == "running"  # the screen went, not the run


def test_a_killed_run_is_dead(tmp_path: Path) -> None:
    with served_elsewhere(tmp_path) as (process, path):
        link = connect(path, who="anna", read_history=History)
        waiting = link.send(Pause())
        process.kill()
        assert isinstance(waiting.exception(PATIENCE), OSError)
        assert (link.snapshot().state, link.snapshot().step) == ("dead", 100)
        assert link.snapshot() is link.snapshot()
        link.close()
        process.wait()
        with pytest.raises(UserError, match="its process is gone"):
            connect(path, who="anna", read_history=History)


def test_a_stopped_process_does_not_answer(tmp_path: Path) -> None:
    with served_elsewhere(tmp_path) as (process, path):
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(UserError, match="may be stopped"):
            connect(path, who="anna", read_history=History, timeout=0.2)


def test_no_socket_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No run answers"):
        connect(tmp_path / "s", who="anna", read_history=History)


def test_a_socket_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(UserError, match="another user"):
        connect(tmp_path / "s", who="anna", read_history=History)


def test_another_user_is_told_so(tmp_path: Path) -> None:
    with (
        ServedRun(tmp_path, user_of=lambda _: 4711) as run,
        pytest.raises(UserError, match="belongs to another user than you"),
    ):
        run.link()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"type": "hello", "protocol": 2, "program": "9.0", "run": None}, "protocol 2"),
        ({"type": "error", "code": "version", "text": "Speak 7."}, "has not answered"),
    ],
)
def test_a_run_of_another_version(tmp_path: Path, answer: dict[str, Any], why: str) -> None:
    if "run" in answer:
        answer["run"] = {"run_dir": "", "recipe": "", "pid": 1, "host": "", "started": 0}
    line = json.dumps(answer).encode() + b"\n"
    with pretended(tmp_path, line) as path, pytest.raises(UserError, match=why):
        connect(path, who="anna", read_history=History, timeout=0.5)


def test_something_else_that_listens(tmp_path: Path) -> None:
    said = b"HTTP/1.1 400 Bad Request\n"
    with (
        pretended(tmp_path, said) as path,
        pytest.raises(UserError, match="cannot be reached: Not a line of JSON"),
    ):
        connect(path, who="anna", read_history=History)


def test_importing_it_loads_nothing_heavy() -> None:
    """`status` and `send` answer at once because of this."""
    code = "import sys, vsrppp_tui.link.client; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    heavy = {"torch", "pydantic", "textual", "psutil", "numpy"}
    assert not heavy & set(out.stdout.decode().split())
