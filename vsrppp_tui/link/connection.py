"""One client as the server sees it: what it asks, what it still gets, and when it goes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import Future
from selectors import EVENT_READ, EVENT_WRITE

from vsrppp_tui.link.commands import command_of
from vsrppp_tui.link.feed import Feed
from vsrppp_tui.link.lines import LineSplitter, LineTooLong
from vsrppp_tui.link.outbox import Outbox
from vsrppp_tui.link.protocol import (
    CLIENT_LINE_LIMIT,
    PROTOCOL,
    ClientHello,
    ClientMessage,
    CommandMessage,
    ErrorCode,
    ErrorMessage,
    ProtocolError,
    ReplyMessage,
    decode_client,
    encode,
)
from vsrppp_tui.training.control import Command, Reply

MAX_UNANSWERED = 64  # commands of a client that the engine has not answered
MAX_ERRORS = 20  # lines that are no messages
MAX_NAME = 64
_MAX_QUEUED = 64  # answers that wait for the client to read; above, nothing more is read from it
_KERNEL_BYTES = 16 * 1024  # Linux takes twice as many
_CHUNK = 65536

Submit = Callable[[Command, str], "Future[Reply]"]


class Connection:
    """Lives in the server's thread; `answered` alone is called from any other.

    What the client makes the server keep is bounded: a line under way and one that it is being sent,
    `MAX_UNANSWERED` commands, `_MAX_QUEUED` answers.

    Args:
        peer: the socket of the client; becomes non-blocking.
        feed: what every client is told.
        hello: the first line for the client.
        submit: hands a command to the engine.
        on_answer: called from any thread once a command of this client has its reply.
    """

    def __init__(
        self,
        peer: socket.socket,
        feed: Feed,
        hello: bytes,
        submit: Submit,
        on_answer: Callable[[Connection, CommandMessage, Reply], None],
    ) -> None:
        peer.setblocking(False)
        # What the kernel keeps for a slow reader is old when it comes to be read: a few snapshots.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
        self.peer = peer
        self.mask = 0  # what the selector watches it for
        self._feed = feed
        self._submit = submit
        self._on_answer = on_answer
        self._splitter = LineSplitter(CLIENT_LINE_LIMIT)
        self._outbox = Outbox(peer)
        self._outbox.put(hello)
        self._hello: ClientHello | None = None
        self._place = feed.oldest()
        self._unanswered: dict[int, CommandMessage] = {}
        self._errors = 0
        self._at_end = False  # the client sends no more, but may still read
        self._refusal: str | None = None  # set when the run has ended
        self.closed = False
        self.closing = False  # nothing is read or begun any more; what waits is sent

    @property
    def greeted(self) -> bool:
        """Whether the client has said hello."""
        return self._hello is not None

    @property
    def finished(self) -> bool:
        """Whether nothing keeps the connection open."""
        over = self.closing or (self._at_end and not self._unanswered)
        return over and not self._outbox

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for the client to read, beyond those in the kernel."""
        return self._outbox.size

    @property
    def wanted(self) -> int:
        """What to watch the socket for."""
        reading = not (self.closing or self._at_end or self._is_full)
        return (EVENT_READ if reading else 0) | (EVENT_WRITE if self._outbox else 0)

    def receive(self) -> None:
        """Take what the client sent, a piece at a time, so that one client keeps none waiting.

        Raises:
            OSError: the client is gone.
        """
        try:
            data = self.peer.recv(_CHUNK)
        except BlockingIOError:
            return
        self._at_end = not data
        self._splitter.feed(data)
        self._take_lines()

    def advance(self) -> None:
        """Send what the client can take, then go through lines that had to wait for that.

        Raises:
            OSError: the client is gone.
        """
        while self._outbox.flush():
            self._take_lines()
            if not self._outbox and not self._put_news():
                return

    def answered(self, message: CommandMessage, reply: Reply) -> None:
        """Queue the reply to a command, unless it has been refused meanwhile."""
        if self._unanswered.pop(id(message), None) is not None:
            self._reply(message, reply)

    def refuse(self, code: ErrorCode, text: str) -> None:
        """Say why, and close once that is sent."""
        self._outbox.put(encode(ErrorMessage(code=code, text=text)))
        self.closing = True

    def end(self, reason: str) -> None:
        """Refuse every command that waits or still comes: the run is over."""
        self._refusal = reason
        for message in list(self._unanswered.values()):
            self.answered(message, Reply(False, self._feed.newest.step, reason))

    def close(self) -> None:
        """Let go of the socket."""
        self.closed = True
        self.peer.close()

    @property
    def _is_full(self) -> bool:
        return len(self._outbox) >= _MAX_QUEUED

    def _put_news(self) -> bool:
        line = self._feed.next_line(self._place) if self.greeted and not self.closing else None
        if line is not None:
            self._outbox.put(line)
        return line is not None

    def _take_lines(self) -> None:
        while not (self.closing or self._is_full):
            try:
                line = self._splitter.next_line()
            except LineTooLong as error:
                return self.refuse("line", f"Too long: {error}.")
            if line is None:
                return None
            if line.strip():
                self._take(line)
        return None

    def _take(self, line: bytes) -> None:
        try:
            message = decode_client(line)
            self._require_order(message)
        except ProtocolError as error:
            return self._complain(error)
        if isinstance(message, CommandMessage):
            return self._ask(message)
        if message.protocol != PROTOCOL:
            text = f"Protocol {message.protocol} is not spoken here: this run speaks {PROTOCOL}."
            return self.refuse("version", text)
        self._hello = message
        return None

    def _require_order(self, message: ClientMessage) -> None:
        if isinstance(message, ClientHello) == self.greeted:
            text = "The hello has been said." if self.greeted else "Say hello before any command."
            raise ProtocolError("hello", text)

    def _complain(self, error: ProtocolError) -> None:
        self._errors += 1
        self._outbox.put(encode(ErrorMessage(code=error.code, text=str(error))))
        if self._errors >= MAX_ERRORS:
            self.refuse("errors", f"{MAX_ERRORS} lines were no messages: the connection is closed.")

    def _ask(self, message: CommandMessage) -> None:
        assert self._hello is not None
        try:
            command = command_of(message)
            self._require_allowed()
        except ValueError as error:
            return self._reply(message, Reply(False, self._feed.newest.step, str(error)))
        self._unanswered[id(message)] = message
        future = self._submit(command, clean_name(self._hello.who))
        future.add_done_callback(lambda done: self._on_answer(self, message, done.result()))
        return None

    def _require_allowed(self) -> None:
        """Raise a ValueError that says why no command may be asked now."""
        if self._refusal is not None:
            raise ValueError(self._refusal)
        if self._hello is not None and self._hello.read_only:
            raise ValueError("this client said that it only reads")
        if len(self._unanswered) >= MAX_UNANSWERED:
            raise ValueError(f"{MAX_UNANSWERED} commands of this client wait for their answers")

    def _reply(self, message: CommandMessage, reply: Reply) -> None:
        self._outbox.put(
            encode(ReplyMessage(id=message.id, ok=reply.ok, step=reply.step, text=reply.text))
        )


def clean_name(who: str) -> str:
    """A client's name for logs and screens: printable, at most `MAX_NAME` characters."""
    printable = "".join(char for char in who if char.isprintable())
    return printable.strip()[:MAX_NAME].strip() or "a client"
