"""Changes of the configuration that are not sent yet, and the way back through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One key that is to get another value."""

    name: str
    base: Any  # the value in effect when the change was staged
    value: Any


class Staging:
    """At most one change a key, in the order in which they were first staged."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._before: list[tuple[str, Change | None]] = []  # what each step replaced, the last last

    @property
    def changes(self) -> Mapping[str, Change]:
        """What is staged, by key."""
        return MappingProxyType(self._changes)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to go back."""
        return bool(self._before)

    def put(self, change: Change) -> None:
        """Stage a change in the place of the one that its key has."""
        self._step(change.name, change)

    def take_back(self, name: str) -> bool:
        """Give the change of a key up; whether there was one."""
        if name not in self._changes:
            return False
        self._step(name, None)
        return True

    def undo(self) -> str | None:
        """Go one `put` or `take_back` back; the key that it was about, None where there is none."""
        if not self._before:
            return None
        name, before = self._before.pop()
        self._set(name, before)
        return name

    def forget(self, sent: Iterable[Change]) -> None:
        """Drop changes that are in effect now, unless their key has another one since."""
        for change in sent:
            if self._changes.get(change.name) == change:
                del self._changes[change.name]
            # A step back would stage anew what has been applied.
            self._before = [step for step in self._before if step[0] != change.name]
        if not self._changes:  # what was staged and taken back before is history as well
            self._before.clear()

    def clear(self) -> None:
        """Drop everything."""
        self._changes.clear()
        self._before.clear()

    def _step(self, name: str, change: Change | None) -> None:
        self._before.append((name, self._changes.get(name)))
        self._set(name, change)

    def _set(self, name: str, change: Change | None) -> None:
        if change is None:
            self._changes.pop(name, None)
        else:
            self._changes[name] = change
