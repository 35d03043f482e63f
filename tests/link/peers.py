"""Both ends under test: a served run whose engine is the test, and a client that speaks bytes."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.tui.recorded import snapshot
from vsrppp_tui.link.client import SocketLink, connect
from vsrppp_tui.link.interface import Event, History, Snapshot
from vsrppp_tui.link.server import LinkServer
from vsrppp_tui.training.control import ControlPoint, Request

PATIENCE = 10.0
HELLO = {"type": "hello", "protocol": 1, "who": "test"}


class ServedRun:
    """A run that only stands there: the test is its engine. Use as a context manager."""

    def __init__(self, run_dir: Path, **options: Any) -> None:
        self.control = ControlPoint()
        self.server = LinkServer(run_dir, self.control, snapshot(100), **options)
        self.path = self.server.start()
        self.server_events = 0
        self._asked: list[Request] = []

    def __enter__(self) -> ServedRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        assert not self.path.exists()

    def show(self, step: int, **changes: Any) -> Snapshot:
        made = snapshot(step, **changes)
        self.server.on_snapshot(made)
        return made

    def happen(self, text: str) -> Event:
        self.server_events += 1
        event = Event(self.server_events, 0.0, 1, "test", text)
        self.server.on_event(event)
        return event

    def take(self, count: int = 1) -> list[Request]:
        """The next commands, waited for."""
        deadline = time.monotonic() + PATIENCE
        while len(self._asked) < count:
            assert time.monotonic() < deadline, "no command came"
            self.control.wait(0.2)
            self._asked += self.control.drain()
        taken, self._asked = self._asked[:count], self._asked[count:]
        return taken

    def end(self, state: str = "done") -> None:
        """As the reporter ends a run: the last snapshot, then the observers are closed."""
        if self.path.exists():
            self.show(200, state=state)
        self.server.on_close()

    def link(self, **options: Any) -> SocketLink:
        return connect(self.path, **{"who": "anna", "read_history": History, **options})


class RawClient:
    """A client that sends what the test says, byte for byte."""

    def __init__(self, path: Path, *, hello: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(os.fsencode(path))
        self._lines = self.socket.makefile("rb")
        if hello:
            with suppress(BrokenPipeError):  # refused already; what the run said can still be read
                self.send(HELLO)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()
        self.socket.close()

    def send(self, message: Any) -> None:
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> dict[str, Any]:
        """The next message; fails at the end of the connection."""
        line = self._lines.readline()
        assert line.endswith(b"\n"), f"the connection ended with {line!r}"
        message: dict[str, Any] = json.loads(line)
        return message

    def read_until(self, kind: str) -> dict[str, Any]:
        """The next message of a type; the others are passed over."""
        while (message := self.read())["type"] != kind:
            pass
        return message

    def is_closed(self) -> bool:
        """Whether the run has closed the connection, once all that it sent is read."""
        with suppress(ConnectionResetError):  # it left something of this client unread
            while self._lines.readline():
                pass
        return True


def eventually(true: Callable[[], bool]) -> None:
    """Wait until another thread has brought something about."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.005)
