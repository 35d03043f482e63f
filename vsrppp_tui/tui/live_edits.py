"""Editing the configuration of the run from this screen: checking, applying, undoing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Edit, Reply
from vsrppp_tui.tui.events import Note
from vsrppp_tui.tui.model import RunModel

if TYPE_CHECKING:
    from vsrppp_tui.config.key import KeyInfo

# pydantic comes in with the configuration, which is imported when the setup opens: not before the
# first frame.
Keys = Mapping[str, "KeyInfo"]


def shown_value(value: Any) -> str:
    """A plain value as one types it: JSON's words, texts without quotes."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown_value, value)) + "]"
    return str(value)


class LiveEdits:
    """The edits made from one screen, and the way back."""

    def __init__(self, model: RunModel, describe_keys: Keys | Callable[[], Keys]) -> None:
        self._model = model
        self._describe_keys = describe_keys
        self._applied: list[tuple[str, Any]] = []

    @property
    def keys(self) -> Keys:
        """Every key of the run's recipe, in the order of the documentation."""
        if callable(self._describe_keys):
            self._describe_keys = self._describe_keys()
        return self._describe_keys

    def value(self, name: str) -> str:
        """The value in effect, as one types it; empty where the run has not told it yet."""
        config = self._model.snapshot.config
        return shown_value(config[name]) if name in config else ""

    def locked(self, name: str) -> str | None:
        """Why a key cannot be edited now; None where it can."""
        if self.keys[name].effect == "new run":
            return f"{name} belongs to the network or the identity of the run: start a new run to change it."
        if name not in self._model.snapshot.config:
            return "The run has not told its configuration yet: wait until it has started."
        return None

    def problem(self, name: str, text: str) -> str | None:
        """What is wrong with a typed value, in one sentence; None where it would be accepted."""
        from vsrppp_tui.config.edit import build_config, edit_config, parse_value

        try:
            config = build_config(self._model.snapshot.config)
            edit_config(config, {name: parse_value(self.keys[name], text)})
        except UserError as error:
            return str(error)
        return None

    def apply(self, name: str, text: str) -> Note | None:
        """Send a checked edit; None where the value is the one in effect."""
        from vsrppp_tui.config.edit import parse_value

        old, new = self._model.snapshot.config[name], parse_value(self.keys[name], text)
        if old == new and type(old) is type(new):
            return None

        def remember(reply: Reply) -> None:
            if reply.ok:
                self._applied.append((name, old))

        return self._send(name, new, remember)

    def undo(self) -> Note | None:
        """Send the value that the newest applied edit replaced; None where there is nothing to undo."""
        if not self._applied:
            return None
        name, old = self._applied.pop()

        def put_back(reply: Reply) -> None:
            if not reply.ok:
                self._applied.append((name, old))

        return self._send(name, old, put_back)

    def _send(self, name: str, value: Any, then: Callable[[Reply], None]) -> Note:
        asked = f"{name} = {shown_value(value)}"
        return self._model.requests.send(Edit({name: value}), asked, then)
