"""Editing the configuration of the run from this screen: checking, staging, applying, undoing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Edit, Reply
from vsrppp_tui.program import program
from vsrppp_tui.tui.events import Note
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.setup_keys import value_in, with_entries
from vsrppp_tui.tui.staging import Change, Staging

if TYPE_CHECKING:
    from vsrppp_tui.config.key import KeyInfo

# pydantic comes in with the configuration, which is imported when the setup opens: not before the
# first frame.
Keys = Mapping[str, "KeyInfo"]

_ABSENT = object()
OVER = (
    f"The run has ended: {program()} train ... --set KEY=VALUE changes a key where it is resumed."
)


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
    """The changes made from one screen: staged first, then sent as one edit, and the way back.

    Args:
        model: the run.
        describe_keys: what is known of each key, or a function that says so.
        read_only: whether this screen only looks.
    """

    def __init__(
        self, model: RunModel, describe_keys: Keys | Callable[[], Keys], read_only: bool = False
    ) -> None:
        self._model = model
        self._describe_keys = describe_keys
        self._listed: tuple[Mapping[str, Any], Keys] | None = None  # for which configuration
        self.read_only = read_only
        self._staging = Staging()
        self._sent: tuple[Change, ...] = ()  # under way
        self._applied: list[dict[str, Any]] = []  # what each applied edit replaced
        self.refusal = ""  # why the last attempt failed, until something is changed about it
        self._judged: tuple[Any, ...] = ()

    @property
    def keys(self) -> Keys:
        """Every key of the run's recipe, and the entries of its maps, under their headings."""
        if callable(self._describe_keys):
            self._describe_keys = self._describe_keys()
        config = self._model.snapshot.config
        if self._listed is None or self._listed[0] is not config:
            self._listed = config, with_entries(self._describe_keys, config)
        return self._listed[1]

    def info(self, name: str) -> KeyInfo:
        """What is known of a key, also of an entry that its map has lost meanwhile."""
        outer, _, entry = name.rpartition(".")
        return self.keys[name] if name in self.keys else self.keys[outer].entry(entry)

    @property
    def staged(self) -> Mapping[str, Change]:
        """Changes that are not applied yet."""
        return self._staging.changes

    @property
    def can_undo(self) -> bool:
        """Whether there is a step of staging or an applied edit to take back."""
        return self._staging.can_undo or bool(self._applied)

    @property
    def sending(self) -> bool:
        """Whether an edit is under way."""
        return bool(self._sent)

    def value(self, name: str) -> str:
        """The value in effect, as one types it; empty where the run has not told it yet."""
        value = self._in_effect(name)
        return "" if value is _ABSENT else shown_value(value)

    def value_now(self, name: str) -> Any:
        """The plain value in effect; None also where none is known."""
        return value_in(self._model.snapshot.config, name)

    def stands_for(self, name: str, text: str) -> str:
        """What a typed value that has no problem means, where it does not speak for itself; else empty."""
        return self.info(name).stands_for(self._parsed(name, text))

    def next_value(self, name: str) -> Any:
        """The value that is staged, else the one in effect; None also where none is known."""
        if name in self.staged:
            return self.staged[name].value
        return self.value_now(name)

    def changed(self, name: str) -> bool:
        """Whether the value in effect is another one than the default."""
        value = self._in_effect(name)
        return value is not _ABSENT and value != self.info(name).default

    def overtaken(self, change: Change) -> bool:
        """Whether the key of a staged change has got a third value meanwhile, from elsewhere."""
        return self._in_effect(change.name) not in (change.base, change.value)

    def waits_for(self, name: str) -> str | None:
        """What a key waits for that was edited but is not in force yet."""
        pending = self._model.snapshot.pending
        return pending.get(name) or pending.get(name.rpartition(".")[0])

    def closed(self) -> str | None:
        """Why nothing at all can be edited; None where something can."""
        if self.read_only:
            return self._model.read_only
        return OVER if self._model.over else None

    def locked(self, name: str) -> str | None:
        """Why a key cannot be edited now; None where it can."""
        if self.closed():
            return self.closed()
        if self.info(name).effect == "new run":
            return f"{name} belongs to the network or the identity of the run: start a new run to change it."
        if self._in_effect(name) is _ABSENT:
            return "The run has not told its configuration yet: wait until it has started."
        return None

    def problem(self, name: str, text: str) -> str | None:
        """What is wrong with a typed value beside all staged ones, in one sentence; None: it may be staged."""
        try:
            self._normal(name, self._parsed(name, text))
        except UserError as error:
            return str(error)
        return None

    def problem_with(self, name: str, value: Any) -> str | None:
        """As `problem`, of a plain value."""
        try:
            self._normal(name, value)
        except UserError as error:
            return str(error)
        return None

    def problem_of_staged(self) -> str | None:
        """What is wrong with the staged changes together, as the configuration is now."""
        reason = (self._model.snapshot.config, dict(self.staged))
        if self._judged[:2] != reason:
            self._judged = (*reason, self._judge_staged())
        found = self._judged[2]
        assert found is None or isinstance(found, str)
        return found

    def stage(self, name: str, text: str) -> None:
        """Stage a typed value that has no problem; the one in effect takes a change back."""
        self.put(name, self._parsed(name, text))

    def put(self, name: str, plain: Any) -> None:
        """As `stage`, with a plain value."""
        self.refusal = ""
        value, base = self._normal(name, plain), self._in_effect(name)
        if value == base and type(value) is type(base):
            self._staging.take_back(name)
        else:
            self._staging.put(Change(name, base, value))

    def drop_settled(self) -> None:
        """Give up the staged changes whose keys have got just that value meanwhile, from elsewhere."""
        settled = [c for c in self.staged.values() if self._in_effect(c.name) == c.value]
        if settled and not self._sent:
            self._staging.forget(settled)

    def unstage(self, name: str) -> bool:
        """Give a staged change up; whether there was one."""
        self.refusal = ""
        return self._staging.take_back(name)

    def discard(self) -> None:
        """Give all staged changes up."""
        self.refusal = ""
        self._staging.clear()

    def apply(self) -> Note | None:
        """Send all staged changes as one edit, all or none; None where they cannot be sent now.

        They stay staged until the run has taken them.
        """
        if self._sent or not self.staged:
            return None
        self.refusal = self.closed() or self.problem_of_staged() or ""
        if self.refusal:
            return None
        self._sent = tuple(self.staged.values())
        old = {
            change.name: value_in(self._model.snapshot.config, change.name) for change in self._sent
        }
        return self._send(
            {change.name: change.value for change in self._sent}, self._take_reply(old)
        )

    def undo_staging(self) -> str | None:
        """Take the last step of staging back; the key that it was about, None where there was none."""
        self.refusal = ""
        return self._staging.undo()

    def undo_applied(self) -> tuple[list[str], Note | None]:
        """Send the values that the newest applied edit replaced.

        Returns its keys, none where there is no such edit, and what comes of it; None where all of them
        have been changed from elsewhere since.
        """
        if not self._applied or self.closed():
            return [], None
        applied = self._applied.pop()
        # The run may not have told the new value yet; a third one is somebody else's.
        mine = {n: old for n, (old, new) in applied.items() if self._in_effect(n) in (old, new)}
        if not mine:
            return list(applied), None

        def put_back(reply: Reply) -> None:
            if not reply.ok:
                self._applied.append(applied)

        return list(mine), self._send(mine, put_back, "undo: ")

    def _take_reply(self, old: dict[str, Any]) -> Callable[[Reply], None]:
        def take(reply: Reply) -> None:
            sent, self._sent = self._sent, ()
            if reply.ok:
                self._applied.append({c.name: (old[c.name], c.value) for c in sent})
                self._staging.forget(sent)
            else:
                self.refusal = reply.text

        return take

    def _in_effect(self, name: str) -> Any:
        return value_in(self._model.snapshot.config, name, _ABSENT)

    def _parsed(self, name: str, text: str) -> Any:
        from vsrppp_tui.config.edit import parse_value

        return parse_value(self.info(name), text)

    def _normal(self, name: str, value: Any) -> Any:
        """The value as the configuration would hold it beside all staged ones (-5 becomes -5.0)."""
        others = [change for change in self.staged.values() if change.name != name]
        return value_in(self._with([*others, Change(name, None, value)]), name)

    def _judge_staged(self) -> str | None:
        try:
            self._with(tuple(self.staged.values()))
        except UserError as error:
            return str(error)
        return None

    def _with(self, changes: Sequence[Change]) -> dict[str, Any]:
        """The configuration with changes on top."""
        from vsrppp_tui.config.edit import build_config, edit_config, require_editable

        before = build_config(self._model.snapshot.config)
        after = edit_config(before, {change.name: change.value for change in changes})
        old, new = before.to_file(), after.to_file()
        changed = [name for name in new if new[name] != old[name]]
        require_editable(after, changed, self._model.snapshot.step)
        return new

    def _send(
        self, values: Mapping[str, Any], then: Callable[[Reply], None], what: str = ""
    ) -> Note:
        """Send an edit; its note says what was changed, and then what came of it."""
        asked = ", ".join(f"{name} = {shown_value(value)}" for name, value in values.items())
        note: Note | None = None

        def told(reply: Reply) -> None:
            then(reply)
            if note is not None and reply.ok:
                note.text = f"{what}{asked}: {note.text}"

        note = self._model.requests.send(Edit(dict(values)), f"{what}{asked}", told)
        return note
