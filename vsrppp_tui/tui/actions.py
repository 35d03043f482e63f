"""What a key does on a screen, in a form that bindings, footers, help, palette and docs share.

The list of them all is `action_list`. A letter is written small and its capital does the same, unless
another action of the screen has the capital.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does on one screen."""

    name: str  # "<screen>.<what>", unique; how the settings file calls it
    keys: str  # Textual's key names, separated by commas
    action: str  # what Textual runs, e.g. "sort", "zoom(1)" or "app.setup"
    word: str  # in the footer; neighbours with the same word stand together there
    meaning: str  # in the help, the palette and the docs
    rank: int | None = 0  # 0 stays in a narrow footer, 3 gives way first; None is not in it
    palette: bool = True
    short: str = ""  # in place of the word where the footer has no room for all

    @property
    def key_list(self) -> tuple[str, ...]:
        """The keys one by one, without the capitals of letters."""
        return tuple(key.strip() for key in self.keys.split(","))


@dataclass(frozen=True, slots=True)
class Group:
    """The actions of one screen."""

    title: str
    actions: tuple[Action, ...]
    question: bool = False  # a small window that names its own keys; the help leaves it out


def with_capitals(keys: Iterable[str], group: Group) -> tuple[str, ...]:
    """Keys with the capitals of their letters, where no other action of the group has those."""
    taken = {key for action in group.actions for key in action.key_list}
    keys = tuple(keys)
    capitals = (key.upper() for key in keys if len(key) == 1 and key.islower())
    return (*keys, *(key for key in capitals if key not in taken))


def bindings(group: Group, *, priority: bool = False) -> list[Binding]:
    """The actions as Textual's bindings, whose ids are their names."""
    from textual.binding import Binding

    return [
        Binding(
            ",".join(with_capitals(action.key_list, group)),
            action.action,
            action.meaning,
            id=action.name,
            priority=priority,
            show=False,
        )
        for action in group.actions
    ]


def rebound(group: Group, keys: dict[str, str]) -> Group:
    """The group with other keys for the actions named."""
    actions = (replace(a, keys=keys.get(a.name, a.keys)) for a in group.actions)
    return replace(group, actions=tuple(actions))
