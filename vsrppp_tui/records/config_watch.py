"""train_config.json of a live run, edited by somebody on disk: picked up like an edit of the live setup.

Both sides write the one file, and neither may answer the other or lose its words. So the text on the
disk is always one of four: *settled* (the engine wrote it, or took it over), *offered* (on its way to
the engine as an `Edit`), *refused*, or not read yet. The engine replaces the first and the third, the
latter once it is kept beside the file, and waits for the others.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsrppp_tui.config.read import file_text, parse_values
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.edits import ConfigFile
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.control import ControlPoint, Edit, Remark, Reply
from vsrppp_tui.training.telemetry import Event

LOOK_SECONDS = 1.0
LARGEST = 1_000_000  # bytes of a file that is read at all

_Signature = tuple[int, int, int, int]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Offer:
    """A text under way to the engine."""

    content: bytes
    values: Mapping[str, Any]
    reply: Future[Reply]


class ConfigText(ConfigFile):
    """The file and what has become of each text in it. Safe to use from two threads.

    Args:
        path: train_config.json, as the engine has just written it.
        control: Where edits are submitted, and remarks on what cannot be one.
    """

    def __init__(self, path: Path, control: ControlPoint) -> None:
        super().__init__(path)
        self._control = control
        self._lock = threading.Lock()
        self._settled = path.read_bytes()
        # What the settled text stands for.
        self._known: Mapping[str, Any] = parse_values(self._settled, path)
        self._wanted: Mapping[str, Any] | None = None  # what the engine has still to write
        self._offered: _Offer | None = None
        self._refused: bytes | None = None
        self._seen: _Signature | None = None  # at the last look
        self._handled: _Signature | None = None  # when it was last read

    def look(self) -> None:
        """See whether the file has changed, and has stood still since the look before.

        Editors write in place, rename over, or truncate first: what moves is not read yet.

        Raises:
            OSError: the engine's own text could not be written; the next look tries again.
        """
        with self._lock:
            if self._is_waiting():
                return
            before, self._seen = self._seen, _signature(self._path)
            if self._seen == before and self._seen not in (None, self._handled):
                self._handled = self._seen
                self._read()
            self._catch_up()

    def _take(self, config: Mapping[str, Any]) -> None:
        with self._lock:
            self._wanted = config
            self._catch_up()

    def on_close(self) -> None:
        with self._lock:
            if not self._is_waiting():
                self._catch_up()

    def _is_waiting(self) -> bool:
        """Whether a text is still on its way; takes the reply that has come."""
        offer = self._offered
        if offer is None:
            return False
        if not offer.reply.done():
            return True
        if offer.reply.result().ok:
            self._settled, self._known = offer.content, {**self._known, **offer.values}
            self._refused = None
        else:  # the engine has told why
            self._refused = offer.content
        self._offered = None
        return False

    def _read(self) -> None:
        """Offer what is new in the file to the engine, or say why it cannot be."""
        try:
            content = _content(self._path)
            if content == self._settled:
                self._refused = None
            if content in (self._settled, self._refused):
                return
            values = parse_values(content, self._path)
        except FileNotFoundError:  # between two names of an editor
            return
        except (UserError, OSError) as error:
            self._refuse(_content_or_none(self._path), error)
            return
        changes = {
            name: value
            for name, value in values.items()
            if _differs(value, self._known.get(name, _ABSENT))
        }
        if not changes:  # another order, a comment
            self._settled, self._refused = content, None
            return
        self._offered = _Offer(
            content, values, self._control.submit(Edit(changes), self._path.name)
        )

    def _refuse(self, content: bytes | None, error: Exception) -> None:
        self._refused = content
        text = f"{error} Training goes on with the configuration that it had."
        self._control.submit(Remark("edit refused", text, "warning"), self._path.name)

    def _catch_up(self) -> None:
        """Write what the engine wants to stand in the file, where nobody else's words are in the way."""
        if self._wanted is None or self._offered is not None:
            return
        content = _content_or_none(self._path)
        if content is not None and content not in (self._settled, self._refused):
            return  # not read yet: `look` will
        if content is not None and content == self._refused:
            self._keep_aside(content)
            self._settled, self._refused = content, None  # may go now
        if content is None or not self._says(content, self._wanted):
            text = file_text(self._wanted).encode()
            write_atomically(self._path, text)
            self._settled = text
        self._known, self._wanted = self._wanted, None

    def _says(self, content: bytes, wanted: Mapping[str, Any]) -> bool:
        """Whether the text says all that is wanted; then the user's order and comments may stay."""
        try:
            values = parse_values(content, self._path)
        except UserError:
            return False
        return values.keys() == wanted.keys() and not any(
            _differs(values[name], wanted[name]) for name in wanted
        )

    def _keep_aside(self, content: bytes) -> None:
        aside = self._path.with_name(f"{self._path.name}.refused")
        write_atomically(aside, content)
        text = f"The text of {self._path.name} that was refused is kept as {aside.name}."
        self._control.submit(Remark("notice", text), self._path.name)


class ConfigWatch(ConfigText):
    """Looks at the file once a second, in a thread of its own: also while paused and in a long step.

    The thread begins with the first event of the run and ends when the run is closed.
    """

    def __init__(self, path: Path, control: ControlPoint) -> None:
        super().__init__(path, control)
        self._over = threading.Event()
        # Not waited for when the program ends without closing its records.
        self._thread = threading.Thread(target=self._watch, name="config watch", daemon=True)

    def on_event(self, event: Event) -> None:
        if not self._thread.is_alive() and not self._over.is_set():
            self._thread.start()
        super().on_event(event)

    def on_close(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        super().on_close()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self.look()
            except OSError:
                continue  # a full disk: the record's own warning stands, the next look tries again
            except Exception as error:
                text = f"{self._path.name} is no longer watched: {error!r}"
                self._control.submit(Remark("warning", text, "warning"), self._path.name)
                self._over.set()


def _signature(path: Path) -> _Signature | None:
    """What changes whenever somebody saves the file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{path} is too large for a configuration: more than {LARGEST:,} bytes.")
    return content


def _content_or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _differs(value: Any, known: Any) -> bool:
    """Whether a value is another one; 1 and 1.0 are the same, 1 and true are not."""
    return bool(value != known) or isinstance(value, bool) != isinstance(known, bool)
