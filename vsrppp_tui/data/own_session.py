"""Starting multiprocessing's servers so that nothing that happens to the terminal reaches them.

A fork server and a resource tracker that share the trainer's session die of the hang-up when the terminal
goes away, and a signal sent to the process group takes them along: the loader's workers then vanish in the
middle of a run that was to go on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from typing import Any

_STANDARD_STREAMS = (0, 1, 2)


def start_servers(preload: Sequence[str]) -> None:
    """Start the resource tracker and the fork server, each in a session of its own, if none runs yet.

    Args:
        preload: modules that the fork server imports once; every worker forked from it has them.
    """
    forkserver.set_forkserver_preload(list(preload))
    with _new_sessions():
        resource_tracker.ensure_running()
        forkserver.ensure_running()


@contextmanager
def _new_sessions() -> Iterator[None]:
    # Both servers are started through this one function, which has no option for a session.
    original = util.spawnv_passfds
    util.spawnv_passfds = _spawn_in_new_session
    try:
        yield
    finally:
        util.spawnv_passfds = original


def _spawn_in_new_session(path: bytes, args: Sequence[Any], passfds: Iterable[int]) -> int:
    """Start a program as `util.spawnv_passfds` does, but as leader of a new session; return its pid."""
    # A duplicate onto itself clears close-on-exec. The terminal is let go of, or it would never be seen
    # as closed by whoever waits for that; files and pipes are kept.
    # Under Textual, sys.stderr stands for the screen and gives -1 as its number.
    kept = sorted({fd for fd in passfds if fd >= 0})
    actions: list[Any] = [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in kept]
    for stream in _STANDARD_STREAMS:
        if os.isatty(stream):
            actions.append((os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0))
    return os.posix_spawn(path, list(args), os.environ, file_actions=actions, setsid=True)
