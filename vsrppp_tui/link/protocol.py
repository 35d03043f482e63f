"""The messages between a run and its screens: JSON objects, one a line; see docs/protocol.md.

Each message is a dataclass here; `encode` and the two `decode` functions are the only ones that know
bytes. Fields that this version does not know are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from vsrppp_tui.training.telemetry import Event, RunInfo, Snapshot, from_json, to_json

PROTOCOL = 1
CLIENT_LINE_LIMIT = 64 * 1024  # bytes of a line to the run, without its line feed
SERVER_LINE_LIMIT = 4 * 1024 * 1024  # bytes of a line to a screen
MAX_ID = 64  # characters, or bits of a whole number

ErrorCode = Literal[
    "line",  # longer than the limit; the connection is closed
    "json",  # not UTF-8, or not JSON
    "message",  # an object without a known shape
    "type",  # of a kind that this version does not know
    "version",  # a protocol that this version does not speak; the connection is closed
    "hello",  # a command before the hello, or a second hello
    "errors",  # too many of them; the connection is closed
    "clients",  # the run has as many clients as it takes; the connection is closed
    "defect",  # the run failed to serve this client; the connection is closed
    "user",  # the other side runs as another user; the connection is closed
]

# Read by pydantic, for what the messages hold of type Any.
_JSON = {"ser_json_inf_nan": "strings"}


class ProtocolError(ValueError):
    """A line that is no message of this protocol."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code: ErrorCode = code


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHello:
    """The first message of a client: what it speaks and who it is."""

    type: Literal["hello"] = "hello"
    protocol: int
    who: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandMessage:
    """Ask the engine for something; `id` comes back with the reply."""

    __pydantic_config__: ClassVar = _JSON

    type: Literal["command"] = "command"
    id: int | str
    command: str
    changes: dict[str, Any] | None = None  # of an edit


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHello:
    """The first message of the run: what it speaks and which run it is."""

    type: Literal["hello"] = "hello"
    protocol: int
    program: str  # version of the program that trains
    run: RunInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotMessage:
    """The newest state of the run; those in between are left out for a slow reader."""

    __pydantic_config__: ClassVar = _JSON

    type: Literal["snapshot"] = "snapshot"
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMessage:
    """Something happened."""

    __pydantic_config__: ClassVar = _JSON

    type: Literal["event"] = "event"
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedMessage:
    """So many events came while this client did not read, and are no longer kept."""

    type: Literal["missed"] = "missed"
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyMessage:
    """The one answer to a command."""

    type: Literal["reply"] = "reply"
    id: int | str
    ok: bool
    step: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """What was wrong with a line or a connection."""

    type: Literal["error"] = "error"
    code: str  # one of `ErrorCode`, or a later version's
    text: str


ClientMessage = ClientHello | CommandMessage
ServerMessage = (
    ServerHello | SnapshotMessage | EventMessage | MissedMessage | ReplyMessage | ErrorMessage
)
_Message = TypeVar("_Message", bound=ClientMessage | ServerMessage)

_FROM_CLIENT: dict[str, type[ClientMessage]] = {"hello": ClientHello, "command": CommandMessage}
_FROM_SERVER: dict[str, type[ServerMessage]] = {
    "hello": ServerHello,
    "snapshot": SnapshotMessage,
    "event": EventMessage,
    "missed": MissedMessage,
    "reply": ReplyMessage,
    "error": ErrorMessage,
}


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """A message as a line, with its line feed."""
    return to_json(message).encode() + b"\n"


def decode_client(line: bytes) -> ClientMessage:
    """What a client sent.

    Raises:
        ProtocolError: it is no message, or of an unknown type.
    """
    message = _decode(line, _FROM_CLIENT)
    if message is None:
        known = " and ".join(_FROM_CLIENT)
        raise ProtocolError(
            "type", f"Unknown message type {_type(line)[:MAX_ID]!r}: there are {known}."
        )
    if isinstance(message, CommandMessage) and not _is_id(message.id):
        raise ProtocolError(
            "message",
            f"The id of a command is a text or a whole number of up to {MAX_ID} characters or bits.",
        )
    return message


def decode_server(line: bytes) -> ServerMessage | None:
    """What the run sent; None for a type of message that this version does not know.

    Raises:
        ProtocolError: it is no message.
    """
    return _decode(line, _FROM_SERVER)


def _decode(line: bytes, kinds: dict[str, type[_Message]]) -> _Message | None:
    kind = kinds.get(_type(line))
    if kind is None:
        return None
    try:
        return from_json(kind, line)
    except ValueError as error:
        raise ProtocolError(
            "message", f"Not a message of type {_type(line)!r}: {_why(error)}."
        ) from None


def _type(line: bytes) -> str:
    from pydantic_core import from_json as plain_json

    try:
        message = plain_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise ProtocolError("json", f"Not a line of JSON in UTF-8: {error}.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("message", 'A message is an object with a text as its "type".')
    kind: str = message["type"]
    return kind


def _is_id(value: int | str) -> bool:
    return len(value) <= MAX_ID if isinstance(value, str) else value.bit_length() < MAX_ID


def _why(error: ValueError) -> str:
    """The first complaint of pydantic, in a few words."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
