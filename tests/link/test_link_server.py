"""The server, spoken to byte for byte: it answers what is right, survives what is not."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.link.peers import HELLO, RawClient, ServedRun
from tests.tui.recorded import snapshot
from vsrppp_tui.link import clients, connection, feed, protocol
from vsrppp_tui.training.control import Edit, Stop

NUMBERS = itertools.count()


def command(number: int | str, name: str = "pause", **fields: Any) -> dict[str, Any]:
    return {"type": "command", "id": number, "command": name, **fields}


def test_a_client_is_told_which_run_and_how_it_stands(run: ServedRun) -> None:
    event = run.happen("before anybody came")
    with RawClient(run.path) as client:
        hello = client.read()
        assert (hello["type"], hello["protocol"], hello["run"]["pid"]) == ("hello", 1, 4242)
        assert client.read()["event"]["text"] == event.text
        assert client.read()["snapshot"]["step"] == 100
        run.show(101)
        assert client.read()["snapshot"]["step"] == 101
        run.happen("now")
        assert client.read()["event"]["text"] == "now"


def test_a_command_has_one_reply_with_its_number(run: ServedRun) -> None:
    with RawClient(run.path) as client:
        client.send(command("first", "edit", changes={"LR_EXPONENT": -5}))
        client.send(command(2, "stop"))
        edit, stop = run.take(2)
        assert (edit.command, edit.who) == (Edit({"LR_EXPONENT": -5}), "test")
        assert stop.command == Stop()
        assert run.control.stop_cause == "stop"
        stop.answer(True, 101, "stopping")
        edit.answer(False, 100, "no")
        wanted = {"type": "reply", "id": 2, "ok": True, "step": 101, "text": "stopping"}
        assert client.read_until("reply") == wanted
        wanted = {"type": "reply", "id": "first", "ok": False, "step": 100, "text": "no"}
        assert client.read_until("reply") == wanted


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("  an\x1b[31mna\u202e\n ", "an[31mna"),
        ("x" * 200, "x" * 64),
        ("", "a client"),
    ],
)
def test_a_name_is_cleaned(run: ServedRun, said: str, name: str) -> None:
    with RawClient(run.path, hello=False) as client:
        client.send({**HELLO, "who": said})
        client.send(command(1))
        (request,) = run.take()
        request.answer(True, 1, "paused")
        assert request.who == name


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (command(1, "dance"), "unknown command 'dance'"),
        (command(1, "edit"), "needs"),
        (command(1, "edit", changes={}), "needs"),
    ],
)
def test_a_command_that_is_none_is_refused(run: ServedRun, asked: dict[str, Any], why: str) -> None:
    with RawClient(run.path) as client:
        client.send(asked)
        reply = client.read_until("reply")
        assert (reply["id"], reply["ok"], reply["step"]) == (1, False, 100)
        assert why in reply["text"]


def test_a_read_only_client_commands_nothing(run: ServedRun) -> None:
    with RawClient(run.path, hello=False) as client:
        client.send({**HELLO, "read_only": True})
        client.send(command(1, "stop"))
        assert "only reads" in client.read_until("reply")["text"]
        assert run.control.stop_cause is None


def test_too_many_commands_at_once_are_refused(run: ServedRun) -> None:
    with RawClient(run.path) as client:
        for number in range(connection.MAX_UNANSWERED + 1):
            client.send(command(number))
        reply = client.read_until("reply")
        assert (reply["id"], reply["ok"]) == (connection.MAX_UNANSWERED, False)
        for request in run.take(connection.MAX_UNANSWERED):
            request.answer(True, 1, "paused")
        answered = [client.read_until("reply")["id"] for _ in range(connection.MAX_UNANSWERED)]
        assert answered == list(range(connection.MAX_UNANSWERED))


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"\x80\xff\x00", "json"), (b"[1]", "message"), (b'{"type": "subscribe"}', "type")],
)
def test_garbage_is_answered_and_the_connection_goes_on(
    run: ServedRun, line: bytes, code: str
) -> None:
    with RawClient(run.path) as client:
        client.read_until("snapshot")
        client.send_bytes(line + b"\n\n  \n")
        assert client.read()["code"] == code
        still_served(run, client)


def test_a_stream_of_garbage_is_cut(run: ServedRun) -> None:
    with RawClient(run.path) as client, RawClient(run.path) as other:
        client.send_bytes(b"x\n" * 30_000)
        codes = [client.read_until("error")["code"] for _ in range(connection.MAX_ERRORS + 1)]
        assert codes == ["json"] * connection.MAX_ERRORS + ["errors"]
        assert client.is_closed()
        still_served(run, other)


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_that_is_too_long_is_the_last(run: ServedRun, end: bytes) -> None:
    with RawClient(run.path) as client, RawClient(run.path) as other:
        client.send_bytes(b" " * (protocol.CLIENT_LINE_LIMIT + 1) + end)
        assert client.read_until("error")["code"] == "line"
        assert client.is_closed()
        still_served(run, other)


def test_the_longest_line_is_taken(run: ServedRun) -> None:
    with RawClient(run.path) as client:
        line = json.dumps(command(1, "dance")).encode()
        client.send_bytes(line.ljust(protocol.CLIENT_LINE_LIMIT) + b"\n")
        assert client.read_until("reply")["id"] == 1


def test_an_unknown_version_is_told_and_closed(run: ServedRun) -> None:
    with RawClient(run.path, hello=False) as client:
        client.send({"type": "hello", "protocol": 99})
        error = client.read_until("error")
        assert (error["code"], "99" in error["text"]) == ("version", True)
        assert client.is_closed()


def test_a_command_before_the_hello_is_refused(run: ServedRun) -> None:
    with RawClient(run.path, hello=False) as client:
        client.send(command(1))
        assert client.read_until("error")["code"] == "hello"
        client.send(HELLO)
        client.send(HELLO)
        assert client.read_until("error")["code"] == "hello"
        still_served(run, client)


def test_half_a_message_and_silence_keep_nobody_waiting(run: ServedRun) -> None:
    with (
        RawClient(run.path, hello=False),
        RawClient(run.path, hello=False) as half,
        RawClient(run.path) as other,
    ):
        whole = json.dumps(HELLO).encode()
        half.send_bytes(whole[:20])
        still_served(run, other)
        half.send_bytes(whole[20:] + b"\n")
        still_served(run, half)


def test_who_comes_and_goes_at_once_leaves_nothing(run: ServedRun) -> None:
    for _ in range(50):
        with RawClient(run.path) as client:
            client.send(command(1))
            client.send_bytes(b'{"type"')
    with RawClient(run.path) as other:
        still_served(run, other)


def test_a_client_that_left_is_not_missed_by_its_reply(run: ServedRun) -> None:
    with RawClient(run.path) as client:
        client.send(command(1))
        (request,) = run.take()
    request.answer(True, 1, "paused")
    with RawClient(run.path) as other:
        still_served(run, other)


def test_a_script_may_send_everything_and_then_read(run: ServedRun) -> None:
    with RawClient(run.path) as client:
        client.send(command(1))
        client.socket.shutdown(socket.SHUT_WR)
        run.take()[0].answer(True, 7, "paused")
        assert client.read_until("reply")["step"] == 7
        assert client.is_closed()


def test_another_user_is_refused(tmp_path: Path) -> None:
    with ServedRun(tmp_path, user_of=lambda _: 4711) as run, RawClient(run.path) as client:
        error = client.read_until("error")
        assert (error["code"], "4711" in error["text"]) == ("user", True)
        assert client.is_closed()
        assert run.control.drain() == []


def test_root_is_answered(tmp_path: Path) -> None:
    with ServedRun(tmp_path, user_of=lambda _: 0) as run, RawClient(run.path) as client:
        still_served(run, client)


def test_there_is_a_limit_to_the_clients(run: ServedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MAX_CLIENTS", 2)
    with RawClient(run.path) as one, RawClient(run.path) as two:
        still_served(run, one)
        still_served(run, two)
        with RawClient(run.path) as three:
            assert three.read_until("error")["code"] == "clients"
            assert three.is_closed()
        still_served(run, one)


def test_who_never_said_hello_makes_room(run: ServedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MAX_CLIENTS", 2)
    with RawClient(run.path) as one, RawClient(run.path, hello=False) as silent:
        still_served(run, one)
        silent.read()
        with RawClient(run.path) as three:
            still_served(run, three)
        assert silent.is_closed()


def test_news_is_encoded_once_for_all_and_not_for_nobody(
    run: ServedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Any] = []

    def encode(message: Any) -> bytes:
        encoded.append(message)
        return protocol.encode(message)

    monkeypatch.setattr(feed, "encode", encode)
    for step in range(20):
        run.show(step)
        run.happen("unseen")
    assert encoded == []
    with RawClient(run.path) as one, RawClient(run.path) as two:
        one.read_until("snapshot"), two.read_until("snapshot")
    assert len(encoded) == 21  # twenty events and one snapshot


def test_the_engine_never_waits_for_the_server(tmp_path: Path) -> None:
    """The server's thread is held up; thousands of snapshots and events pass all the same."""
    held, go_on = threading.Event(), threading.Event()

    def hold(_: socket.socket) -> int:
        held.set()
        assert go_on.wait(60)
        return 0

    with ServedRun(tmp_path, user_of=hold) as run, RawClient(run.path) as client:
        assert held.wait(60)
        newest = snapshot(7)
        for number in range(5000):
            run.server.on_snapshot(newest)
            run.happen(f"event {number}")
        go_on.set()
        texts = [client.read_until("event")["event"]["text"] for _ in range(feed.KEPT_EVENTS)]
        assert texts[-1] == "event 4999"
        assert client.read()["snapshot"]["step"] == 7


def test_a_client_that_does_not_read_costs_a_bounded_number_of_bytes(run: ServedRun) -> None:
    with RawClient(run.path) as stuck, RawClient(run.path) as healthy:
        stuck.send_bytes(b"".join(json.dumps(command(n)).encode() + b"\n" for n in range(9)))
        for request in run.take(9):
            request.answer(True, 1, "paused")
        most = 0
        for step in range(2000):
            run.show(step)
            event = run.happen("x" * 1000)
            while healthy.read_until("event")["event"]["seq"] < event.seq:
                pass
            most = max(most, run.server.queued_bytes)
        assert most < 3 * len(protocol.encode(protocol.SnapshotMessage(snapshot=snapshot(1))))
        last = run.show(5000)
        # When it reads again, it gets what was under way, how much it missed, and the newest.
        missed = stuck.read_until("missed")["events"]
        assert stuck.read()["event"]["seq"] == run.server_events - feed.KEPT_EVENTS + 1
        assert missed > 1000
        while (found := stuck.read_until("snapshot"))["snapshot"]["step"] != last.step:
            pass
        assert found["snapshot"]["seq"] == last.seq


def test_a_client_that_reads_no_replies_is_not_read_either(run: ServedRun) -> None:
    """It fills the kernel's buffers with questions until it blocks; the server keeps few of them."""
    with RawClient(run.path) as flood, RawClient(run.path) as other:
        flood.socket.setblocking(False)
        line = json.dumps(command(1, "dance")).encode() + b"\n"
        quiet = 0
        while quiet < 3:  # the server takes no more, also after others were served
            try:
                flood.socket.send(line * 100)
                quiet = 0
            except BlockingIOError:
                quiet += 1
                still_served(run, other)
        assert run.server.queued_bytes < 200 * connection._MAX_QUEUED
        flood.socket.settimeout(10)
        flood.read_until("reply")


def test_the_end_reaches_everybody_and_refuses_what_waits(run: ServedRun) -> None:
    with RawClient(run.path) as client, RawClient(run.path) as stuck:
        client.read_until("snapshot")
        for step in range(200):  # the kernel keeps no more for the one that does not read
            run.show(step)
            while client.read_until("snapshot")["snapshot"]["step"] != step:
                pass
        client.send(command(5))
        run.take()
        run.happen("the last event")
        run.end("stopped")
        last = [client.read() for _ in range(3)]
        reply = next(message for message in last if message["type"] == "reply")
        assert (reply["id"], reply["ok"], reply["text"]) == (5, False, "the run has ended")
        assert [m["event"]["text"] for m in last if m["type"] == "event"] == ["the last event"]
        assert [m["snapshot"]["state"] for m in last if m["type"] == "snapshot"] == ["stopped"]
        assert client.is_closed()
        assert stuck.is_closed()
    assert not run.path.parent.exists()


def test_after_the_end_nothing_happens_any_more(run: ServedRun) -> None:
    run.end()
    run.show(300)
    run.happen("late")
    run.server.on_close()


def test_a_server_that_broke_is_told_of(run: ServedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("selector")

    monkeypatch.setattr(clients.Clients, "turn", broken)
    with RawClient(run.path) as client:
        assert client.is_closed()
    with pytest.raises(RuntimeError, match="no screen can attach"):
        run.server._thread.join()
        run.show(1)
    monkeypatch.undo()
    run.server._failure = None


def test_a_mistake_in_serving_one_client_ends_that_connection_alone(
    run: ServedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawClient(run.path) as other, RawClient(run.path) as client:
        still_served(run, other)
        client.read_until("snapshot")
        monkeypatch.setattr(connection, "command_of", lambda _: 1 / 0)
        client.send(command(1))
        assert client.read_until("error")["code"] == "defect"
        assert client.is_closed()
        monkeypatch.undo()
        still_served(run, other)


def test_running_out_of_files_makes_newcomers_wait(
    run: ServedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.accept
    failures = [OSError(24, "Too many open files")]

    def accept(listener: socket.socket) -> Any:
        if failures:
            raise failures.pop()
        return real(listener)

    monkeypatch.setattr(clients, "_ACCEPT_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(socket.socket, "accept", accept)
    with RawClient(run.path) as client:
        still_served(run, client)
    assert failures == []


def still_served(run: ServedRun, client: RawClient) -> None:
    """A client's command reaches the engine, and the reply comes back."""
    changes = {"STILL": next(NUMBERS)}
    client.send(command("still", "edit", changes=changes))
    while (request := run.take()[0]).command != Edit(changes):
        pass  # what others have asked before
    request.answer(True, 100, "applied")
    assert client.read_until("reply")["ok"]
