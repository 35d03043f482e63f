"""The link between a screen and a run in another process: the client's side of the control socket."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.commands import message_of
from vsrppp_tui.link.lines import LineSplitter, LineTooLong
from vsrppp_tui.link.outbox import Outbox
from vsrppp_tui.link.protocol import (
    CLIENT_LINE_LIMIT,
    PROTOCOL,
    SERVER_LINE_LIMIT,
    ClientHello,
    ErrorMessage,
    EventMessage,
    MissedMessage,
    ProtocolError,
    ReplyMessage,
    ServerHello,
    ServerMessage,
    SnapshotMessage,
    decode_server,
    encode,
)
from vsrppp_tui.link.waker import Waker
from vsrppp_tui.training.control import Command, Reply
from vsrppp_tui.training.telemetry import FINAL_STATES, Event, History, Snapshot

KEPT_EVENTS = 500
_CHUNK = 65536


class SocketLink:
    """A run of another process as a screen sees it; made by `connect`.

    One thread reads and writes, so that no method waits for the run. When the connection ends without a
    final state the newest snapshot says ``dead``; commands without a reply, and later ones, get an
    `OSError`.
    """

    def __init__(
        self,
        peer: socket.socket,
        *,
        who: str,
        read_history: Callable[[], History],
        read_only: bool,
    ) -> None:
        peer.setblocking(False)
        self._peer = peer
        self._read_history = read_history
        self._read_only = read_only
        self._snapshot: Snapshot | None = None
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._splitter = LineSplitter(SERVER_LINE_LIMIT)
        self._outbox = Outbox(peer)
        self._outbox.put(encode(ClientHello(protocol=PROTOCOL, who=who, read_only=read_only)))
        self._waker = Waker()
        self._closing = False
        # Shared by the threads that send and the one that reads:
        self._lock = threading.Lock()
        self._unsent: deque[bytes] = deque()
        self._pending: dict[int, Future[Reply]] = {}
        self._number = 0
        self._ended: str | None = None  # why nothing comes any more
        self._said: str | None = None  # the newest error message of the run
        self.ready: Future[None] = Future()  # done with the hello and the first snapshot
        self._greeted = False
        self._thread = threading.Thread(target=self._serve, name="link client", daemon=True)
        self._thread.start()

    def snapshot(self) -> Snapshot:
        assert self._snapshot is not None, "`connect` returns a link that has one"
        return self._snapshot

    def events(self, after: int) -> tuple[Event, ...]:
        return tuple(event for event in tuple(self._events) if event.seq > after)

    def history(self) -> History:
        return self._read_history()

    def send(self, command: Command) -> Future[Reply]:
        reply: Future[Reply] = Future()
        reply.set_running_or_notify_cancel()
        if self._read_only:
            reply.set_result(self._refused("this screen only watches (--read-only)"))
            return reply
        with self._lock:
            self._number += 1
            line = encode(message_of(self._number, command))
            if self._ended is not None:
                reply.set_exception(ConnectionError(self._ended))
            elif len(line) > CLIENT_LINE_LIMIT:
                reply.set_result(self._refused("the edit is too long to send"))
            else:
                self._pending[self._number] = reply
                self._unsent.append(line)
                self._waker.wake()
        return reply

    def close(self) -> None:
        """Leave the run alone; commands without a reply get an `OSError`."""
        self._closing = True
        self._waker.wake()
        self._thread.join()

    def _refused(self, why: str) -> Reply:
        return Reply(False, self.snapshot().step, why)

    def _serve(self) -> None:
        with DefaultSelector() as selector:
            selector.register(self._waker, EVENT_READ)
            selector.register(self._peer, EVENT_READ | EVENT_WRITE)
            try:
                while not self._closing:
                    self._turn(selector)
                self._end("the screen was closed")
            except (OSError, ProtocolError, LineTooLong) as error:
                self._end(self._said or _words(error))
            finally:
                self._peer.close()
                self._waker.close()

    def _turn(self, selector: DefaultSelector) -> None:
        for key, mask in selector.select():
            if key.fileobj is self._waker:
                self._waker.clear()
            elif mask & EVENT_READ:
                self._receive()
        while self._unsent:
            self._outbox.put(self._unsent.popleft())
        try:
            sent = self._outbox.flush()
        except (
            ConnectionError
        ):  # the run has closed; why, it may have said before: read on to the end
            sent = True
        selector.modify(self._peer, EVENT_READ if sent else EVENT_READ | EVENT_WRITE)

    def _receive(self) -> None:
        try:
            data = self._peer.recv(_CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionResetError("the run has closed the connection")
        self._splitter.feed(data)
        while (line := self._splitter.next_line()) is not None:
            message = decode_server(line)
            if message is not None:
                self._take(message)

    def _take(self, message: ServerMessage) -> None:
        match message:
            case ServerHello(protocol=protocol, program=program) if protocol != PROTOCOL:
                raise ProtocolError(
                    "version",
                    f"the run (version {program}) speaks protocol {protocol}, this program {PROTOCOL}",
                )
            case ServerHello():
                self._greeted = True
            case SnapshotMessage(snapshot=snapshot):
                self._snapshot = snapshot
                if self._greeted and not self.ready.done():
                    self.ready.set_result(None)
            case EventMessage(event=event):
                self._events.append(event)
            case MissedMessage(events=count):
                self._events.append(self._missed(count))
            case ReplyMessage(id=int(number), ok=ok, step=step, text=text):
                self._answer(number, Reply(ok, step, text))
            case ErrorMessage(text=text):
                self._said = text

    def _answer(self, number: int, reply: Reply) -> None:
        with self._lock:
            future = self._pending.pop(number, None)
        if future is not None:
            future.set_result(reply)

    def _missed(self, count: int) -> Event:
        """An event that stands for those that came while this screen did not read."""
        step = self._snapshot.step if self._snapshot is not None else 0
        text = f"{count} events came while this screen could not keep up; training.log has them."
        # The next event's number is higher by `count` at least.
        last = self._events[-1].seq if self._events else -1
        return Event(last + 1, time.time(), step, "missed", text, "warning")

    def _end(self, why: str) -> None:
        with self._lock:
            self._ended = why
            pending, self._pending = self._pending, {}
        last = self._snapshot
        if last is not None and last.state not in FINAL_STATES and not self._closing:
            self._snapshot = replace(last, state="dead", task=None)
        for future in pending.values():
            future.set_exception(ConnectionError(why))
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(why))


def connect(
    path: Path,
    *,
    who: str,
    read_history: Callable[[], History],
    read_only: bool = False,
    timeout: float = 5.0,
) -> SocketLink:
    """Reach a run; returns once its hello and a first snapshot have come.

    Args:
        path: the control socket, as in run.json.
        who: named in the records beside every command of this screen.
        read_history: reads the records of the run.
        read_only: refuse every command.
        timeout: seconds to wait for the run.

    Raises:
        UserError: nobody answers, it is not allowed, or the run speaks another protocol.
    """
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        peer.settimeout(timeout)
        peer.connect(os.fsencode(path))
    except OSError as error:
        peer.close()
        raise UserError(_why_not(path, error, timeout)) from None
    link = SocketLink(peer, who=who, read_history=read_history, read_only=read_only)
    try:
        link.ready.result(timeout)
    except OSError as error:
        link.close()
        raise UserError(_why_not(path, error, timeout)) from None
    except BaseException:
        link.close()
        raise
    return link


def _why_not(path: Path, error: OSError, timeout: float) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError() | NotADirectoryError():
            return f"No run answers at {path}: it has ended, or its process is gone."
        case PermissionError():
            return (
                f"{path} may not be opened: the run belongs to another user; attach as that user."
            )
        case TimeoutError() | BlockingIOError():
            return f"The run at {path} has not answered within {timeout:g} s: its process may be stopped."
        case _:
            return f"The run at {path} cannot be reached: {_words(error)}."


def _words(error: Exception) -> str:
    """An error without its number, as part of a sentence."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.rstrip(".")
