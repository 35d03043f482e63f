"""The server's side of the control socket: an observer of the run, and a thread that serves screens."""

from __future__ import annotations

import threading
from pathlib import Path

from vsrppp_tui.link.address import FALLBACK_ROOT, bind_socket, remove_socket
from vsrppp_tui.link.clients import Clients, PeerUid, peer_uid
from vsrppp_tui.link.feed import Feed
from vsrppp_tui.link.waker import Waker
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import Event, Snapshot

ENDED = "the run has ended"


class LinkServer(Observer):
    """Serves a run to any number of screens in other processes.

    The engine's thread only leaves a reference and rouses the server's thread, which encodes and sends;
    with nobody connected it does not even do that. A client that does not read costs a step nothing
    and keeps a bounded number of bytes.

    Args:
        run_dir: the run directory; it must exist, and be held by this process.
        control: where the commands of clients go.
        first: what a client is told until there is a newer snapshot.
        user_of: the user on the other side of a socket; only this one and root are answered.
        fallback_root: where the socket lies if it cannot lie in the run directory.
    """

    def __init__(
        self,
        run_dir: Path,
        control: ControlPoint,
        first: Snapshot,
        *,
        user_of: PeerUid = peer_uid,
        fallback_root: Path = FALLBACK_ROOT,
    ) -> None:
        self._run_dir = run_dir
        self._control = control
        self._feed = Feed(first)
        self._user_of = user_of
        self._fallback_root = fallback_root
        self._thread = threading.Thread(target=self._serve, name="link server", daemon=True)
        self._ending = False
        self._failure: Exception | None = None
        self._path: Path | None = None

    def start(self) -> Path:
        """Begin to serve; returns the path of the socket, for `run.json`.

        Raises:
            UserError: there is no place for the socket.
        """
        listener, self._path = bind_socket(self._run_dir, self._fallback_root)
        self._waker = Waker()
        self._clients = Clients(
            listener, self._waker, self._feed, self._control.submit, self._user_of
        )
        self._thread.start()
        return self._path

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for clients to read, beyond those in the kernel; for the tests."""
        return self._clients.queued_bytes

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._feed.put_snapshot(snapshot)
        self._rouse()

    def on_event(self, event: Event) -> None:
        self._feed.put_event(event)
        self._rouse()

    def on_close(self) -> None:
        """Bring the final state to whoever reads, for a second at most, and leave nothing behind."""
        if self._path is None or self._ending:
            return
        self._ending = True
        self._waker.wake()
        self._thread.join()

    def _rouse(self) -> None:
        if self._failure is not None:  # the reporter then switches this observer off, and says so
            raise RuntimeError(f"no screen can attach any more: {self._failure!r}")
        # A client that comes in at this moment finds the news by itself.
        if self._path is not None and len(self._clients):
            self._waker.wake()

    def _serve(self) -> None:
        assert self._path is not None
        try:
            while not self._ending:
                self._clients.turn()
            self._clients.finish(ENDED)
        except Exception as error:
            self._failure = error
        finally:
            self._clients.close()
            self._waker.close()
            remove_socket(self._path)
