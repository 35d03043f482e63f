"""The clients of a run: who comes in, whose turn it is, who is dropped. Runs in the server's thread."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from vsrppp_tui import __version__
from vsrppp_tui.link.connection import Connection, Submit
from vsrppp_tui.link.feed import Feed
from vsrppp_tui.link.protocol import PROTOCOL, CommandMessage, ServerHello, encode
from vsrppp_tui.link.waker import Waker
from vsrppp_tui.training.control import Reply

MAX_CLIENTS = 64
LAST_WORDS_SECONDS = 1.0
_ACCEPT_AGAIN_SECONDS = 1.0

PeerUid = Callable[[socket.socket], int]


def peer_uid(peer: socket.socket) -> int:
    """The user that the other side ran as when it connected (SO_PEERCRED)."""
    layout = struct.Struct("3i")
    _pid, uid, _gid = layout.unpack(
        peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, layout.size)
    )
    return int(uid)


class Clients:
    """Accepts and serves clients, none of which can keep another or the run waiting.

    Args:
        listener: the listening socket; non-blocking. Closed by `close`.
        waker: rouses the thread when there is news or an answer.
        feed: what every client is told.
        submit: hands a command to the engine.
        user_of: the user on the other side of a socket.
    """

    def __init__(
        self,
        listener: socket.socket,
        waker: Waker,
        feed: Feed,
        submit: Submit,
        user_of: PeerUid = peer_uid,
    ) -> None:
        self._listener = listener
        self._waker = waker
        self._feed = feed
        self._submit = submit
        self._user_of = user_of
        self._selector = DefaultSelector()
        self._selector.register(waker, EVENT_READ)
        self._selector.register(listener, EVENT_READ)
        self._connections: list[Connection] = []  # the oldest first
        self._answers: deque[tuple[Connection, CommandMessage, Reply]] = deque()
        self._deadlines: dict[Connection, float] = {}  # of those that are being closed
        self._accept_at: float | None = None  # None: now

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for clients to read."""
        return sum(connection.queued_bytes for connection in self._connections)

    def turn(self) -> None:
        """Wait until there is something to do, and do it for everybody."""
        hurry = bool(self._deadlines) or self._accept_at is not None
        writable = self._look(LAST_WORDS_SECONDS if hurry else None)
        self._listen_again()
        for connection in tuple(self._connections):
            # One whose last line did not go out has WRITE in its mask: it must become writable first.
            if connection in writable or not connection.mask & EVENT_WRITE:
                self._attempt(connection, connection.advance)
            self._watch_or_drop(connection)

    def finish(self, reason: str) -> None:
        """Refuse what is unanswered and bring the last news to whoever reads, for a second at most."""
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        self._stop_listening()
        self._take_answers()
        for connection in tuple(self._connections):
            connection.end(reason)
            self._attempt(connection, connection.receive)
        self._say_goodbye()
        while self._connections and (left := deadline - time.monotonic()) > 0:
            self._look(left)
            self._say_goodbye()

    def close(self) -> None:
        """Drop everybody and stop listening."""
        for connection in tuple(self._connections):
            self._drop(connection)
        self._selector.close()
        self._listener.close()

    def _look(self, timeout: float | None) -> set[Connection]:
        """Wait for sockets, read from those that have something; returns those that take more."""
        writable = set()
        for key, mask in self._selector.select(timeout):
            if key.fileobj is self._waker:
                self._waker.clear()
            elif key.fileobj is self._listener:
                self._accept()
            else:
                if mask & EVENT_READ:
                    self._attempt(key.data, key.data.receive)
                if mask & EVENT_WRITE:
                    writable.add(key.data)
        self._take_answers()
        return writable

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                raise
            # The client stays in the backlog, and the listener readable: look again later.
            self._stop_listening()
            self._accept_at = time.monotonic() + _ACCEPT_AGAIN_SECONDS
            return
        try:
            user = self._user_of(peer)
        except OSError:
            peer.close()
            return
        hello = ServerHello(protocol=PROTOCOL, program=__version__, run=self._feed.newest.run)
        client = Connection(peer, self._feed, encode(hello), self._submit, self._on_answer)
        self._admit(client, user)
        self._connections.append(client)

    def _admit(self, client: Connection, user: int) -> None:
        if user not in (0, os.geteuid()):
            return client.refuse("user", f"This run belongs to another user than you (uid {user}).")
        if len(self._connections) < MAX_CLIENTS:
            return None
        silent = next((other for other in self._connections if not other.greeted), None)
        if silent is None:
            return client.refuse(
                "clients", f"This run has {MAX_CLIENTS} clients; it takes no more."
            )
        return self._drop(silent)

    def _listen_again(self) -> None:
        if self._accept_at is not None and time.monotonic() >= self._accept_at:
            self._accept_at = None
            self._selector.register(self._listener, EVENT_READ)

    def _stop_listening(self) -> None:
        if self._accept_at is None:
            self._selector.unregister(self._listener)

    def _on_answer(self, connection: Connection, message: CommandMessage, reply: Reply) -> None:
        """Called from any thread."""
        self._answers.append((connection, message, reply))
        self._waker.wake()

    def _take_answers(self) -> None:
        while self._answers:
            connection, message, reply = self._answers.popleft()
            connection.answered(message, reply)

    def _say_goodbye(self) -> None:
        for connection in tuple(self._connections):
            self._attempt(connection, connection.advance)
            if connection.wanted & EVENT_WRITE:
                self._watch_or_drop(connection)
            else:
                self._drop(connection)

    def _attempt(self, connection: Connection, action: Callable[[], None]) -> None:
        """Do something for one client; what goes wrong there ends that connection alone."""
        if connection.closed:
            return
        try:
            action()
        except OSError:
            self._drop(connection)
        except Exception as error:
            connection.refuse("defect", f"The run failed to serve this client: {error!r}.")

    def _watch_or_drop(self, connection: Connection) -> None:
        if connection.closed:
            return None
        if connection.closing:
            deadline = self._deadlines.setdefault(connection, time.monotonic() + LAST_WORDS_SECONDS)
            if time.monotonic() >= deadline:
                return self._drop(connection)
        if connection.finished:
            return self._drop(connection)
        return self._watch(connection)

    def _watch(self, connection: Connection) -> None:
        """Tell the selector what to watch a client for, where that has changed."""
        wanted = connection.wanted
        if wanted == connection.mask:
            return
        if not connection.mask:
            self._selector.register(connection.peer, wanted, connection)
        elif wanted:
            self._selector.modify(connection.peer, wanted, connection)
        else:
            self._selector.unregister(connection.peer)
        connection.mask = wanted

    def _drop(self, connection: Connection) -> None:
        if connection.closed:
            return
        if connection.mask:
            self._selector.unregister(connection.peer)
        connection.close()
        self._deadlines.pop(connection, None)
        if connection in self._connections:
            self._connections.remove(connection)
