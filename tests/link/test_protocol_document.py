"""docs/protocol.md says what the program does."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from vsrppp_tui.link import clients, connection, feed, protocol
from vsrppp_tui.link.commands import NAMES, command_of
from vsrppp_tui.link.protocol import CommandMessage, ErrorMessage, decode_client, decode_server
from vsrppp_tui.training.telemetry import Snapshot

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
_FROM_CLIENT, _FROM_RUN = DOCUMENT.split("## From the client")[1].split("## From the run")


def examples(text: str) -> list[str]:
    return [block.replace("\n", " ") for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def again(message: Any) -> Any:
    """What the program sends for a message."""
    return json.loads(protocol.encode(message))


@pytest.mark.parametrize("example", examples(_FROM_CLIENT))
def test_examples_from_the_client(example: str) -> None:
    message = decode_client(example.encode())
    assert again(message) == json.loads(example)
    if isinstance(message, CommandMessage):
        command_of(message)


@pytest.mark.parametrize("example", examples(_FROM_RUN))
def test_examples_from_the_run_are_what_it_sends(example: str) -> None:
    message = decode_server(example.encode())
    assert message is not None
    assert again(message) == json.loads(example)


def test_every_type_command_and_error_is_described() -> None:
    kinds = {json.loads(example)["type"] for example in examples(_FROM_RUN)}
    assert kinds == {"hello", "snapshot", "event", "missed", "reply", "error"}
    assert {json.loads(example)["type"] for example in examples(_FROM_CLIENT)} == {
        "hello",
        "command",
    }
    assert all(f"`{name}`" in _FROM_CLIENT for name in NAMES)
    described = re.findall(r"^\| `(\w+)` \|", _FROM_RUN, re.MULTILINE)
    assert sorted(described) == sorted(["code", *get_args(protocol.ErrorCode)])


def test_the_snapshot_is_shown_with_every_field() -> None:
    shown = next(json.loads(example) for example in examples(_FROM_RUN) if '"snapshot"' in example)
    assert set(shown["snapshot"]) == {field.name for field in fields(Snapshot)}


def test_the_example_of_an_unknown_type_is_the_real_answer() -> None:
    with pytest.raises(protocol.ProtocolError) as raised:
        decode_client(b'{"type": "subscribe"}')
    error = ErrorMessage(code=raised.value.code, text=str(raised.value))
    assert again(error) in [json.loads(example) for example in examples(_FROM_RUN)]


def test_the_limits() -> None:
    assert f"**version {protocol.PROTOCOL}**" in DOCUMENT
    assert protocol.CLIENT_LINE_LIMIT == 64 * 1024
    assert protocol.SERVER_LINE_LIMIT == 4 * 1024 * 1024
    assert (connection.MAX_UNANSWERED, connection.MAX_NAME, clients.MAX_CLIENTS) == (64, 64, 64)
    assert (feed.KEPT_EVENTS, connection.MAX_ERRORS) == (500, 20)
