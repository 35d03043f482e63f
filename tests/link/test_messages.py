"""What crosses the socket arrives as it was, and what is no message is named."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.tui.recorded import ALERTS, RUN, snapshot
from vsrppp_tui.link.commands import command_of, message_of
from vsrppp_tui.link.protocol import (
    CommandMessage,
    EventMessage,
    ProtocolError,
    ServerMessage,
    SnapshotMessage,
    decode_client,
    decode_server,
    encode,
)
from vsrppp_tui.training.control import (
    Command,
    Continue,
    Edit,
    Pause,
    SaveCheckpoint,
    Stop,
    Validate,
)
from vsrppp_tui.training.telemetry import Event, RunInfo, Snapshot


def crossed(message: ServerMessage) -> ServerMessage:
    line = encode(message)
    assert line.count(b"\n") == 1
    found = decode_server(line[:-1])
    assert found is not None
    return found


@pytest.mark.parametrize(
    "sent",
    [
        snapshot(3500, warnings=ALERTS, pending={"BATCH_SIZE": "the next epoch"}),
        Snapshot(seq=0, time=0.0, state="starting", run=RUN),
        snapshot(10, losses={"Total": math.inf}),
    ],
)
def test_a_snapshot_arrives_as_it_was(sent: Snapshot) -> None:
    assert crossed(SnapshotMessage(snapshot=sent)) == SnapshotMessage(snapshot=sent)


def test_a_loss_that_is_no_number_arrives() -> None:
    message = crossed(SnapshotMessage(snapshot=snapshot(10, losses={"Total": math.nan})))
    assert isinstance(message, SnapshotMessage)
    assert math.isnan(message.snapshot.losses["Total"])


def test_a_text_with_line_feeds_stays_one_line() -> None:
    event = Event(1, 0.0, 5, "error", "one\ntwo\u2028three", data={"a": [1, {"b": None}]})
    assert crossed(EventMessage(event=event)) == EventMessage(event=event)


def test_a_file_name_that_is_not_utf8_does_not_stop_it() -> None:
    event = Event(1, 0.0, 5, "warning", "unreadable: a\udcff.png", data={"loss": math.inf})
    message = crossed(EventMessage(event=event))
    assert isinstance(message, EventMessage)
    assert message.event.text == "unreadable: a?.png"
    run = RunInfo(str(Path("b\udcfe")), "vsrppp", 1, "host", 0.0)
    crossed(SnapshotMessage(snapshot=Snapshot(seq=0, time=0.0, state="starting", run=run)))


@pytest.mark.parametrize(
    "command",
    [
        Pause(),
        Continue(),
        Validate(),
        SaveCheckpoint(),
        Stop(),
        Edit({"LR_EXPONENT": -5, "A": None}),
    ],
)
def test_a_command_arrives_as_it_was(command: Command) -> None:
    message = decode_client(encode(message_of(3, command)).rstrip())
    assert isinstance(message, CommandMessage)
    assert message.id == 3
    assert command_of(message) == command


def test_unknown_fields_are_passed_over() -> None:
    line = b'{"type":"hello","protocol":1,"who":"a","colour":{"deep":[1]}}'
    assert decode_client(line) == decode_client(b'{"type":"hello","protocol":1,"who":"a"}')


def test_a_client_passes_over_unknown_types_of_the_run() -> None:
    assert decode_server(b'{"type":"weather","id":[]}') is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"\x00\xff\xfe", "json"),
        (b'{"type":"hello","who":"\xff"}', "json"),
        (b'{"type":"command","id":1,"command":"edit","changes":{"A":NaN}}', "json"),
        (b'{"type":"hello","who":"\\ud800","protocol":1}', "json"),
        (b"[" * 60_000, "json"),
        (b"9" * 60_000, "json"),
        (b'{"type":"hello"', "json"),
        (b"[]", "message"),
        (b'{"protocol":1}', "message"),
        (b'{"type":7}', "message"),
        (b'{"type":"hello"}', "message"),
        (b'{"type":"hello","protocol":"one"}', "message"),
        (b'{"type":"command","id":[],"command":"pause"}', "message"),
        (b'{"type":"command","id":' + b"9" * 30 + b',"command":"pause"}', "message"),
        (b'{"type":"command","id":"' + b"x" * 65 + b'","command":"pause"}', "message"),
        (b'{"type":"command","id":1,"command":"edit","changes":[1]}', "message"),
        (b'{"type":"subscribe"}', "type"),
    ],
)
def test_what_is_no_message_is_named(line: bytes, code: str) -> None:
    with pytest.raises(ProtocolError) as raised:
        decode_client(line)
    assert raised.value.code == code
    assert len(str(raised.value)) < 300
