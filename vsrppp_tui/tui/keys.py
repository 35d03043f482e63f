"""The keys in force: those of the list of actions, where the settings do not bind others."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.action_list import APP, GROUPS
from vsrppp_tui.tui.actions import Action, Group, rebound, with_capitals
from vsrppp_tui.tui.key_names import KEY_NAMES, shown_key, shown_keys, textual_key


class Keys:
    """Answers which key does what.

    Args:
        bound: keys, separated by commas, by the name of the action.

    Raises:
        UserError: there is no such action or no such key, or one would do two things on one screen.
    """

    def __init__(self, bound: Mapping[str, str] | None = None) -> None:
        self._bound = {
            name: ",".join(_known_key(name, key) for key in keys.split(","))
            for name, keys in (bound or {}).items()
        }
        self._groups = {group.title: rebound(group, self._bound) for group in GROUPS}
        self._actions = {a.name: a for group in self._groups.values() for a in group.actions}
        unknown = next((name for name in self._bound if name not in self._actions), None)
        if unknown is not None:
            near = get_close_matches(unknown, self._actions, 1)
            meant = f"is {near[0]!r} meant?" if near else "the program's docs/keys.md has all."
            raise UserError(f"There is no action {unknown!r} to bind keys to: {meant}")
        for group in self._groups.values():
            _refuse_clashes(group, self._groups[APP.title])

    def group(self, group: Group) -> Group:
        """A group of the list with the keys in force."""
        return self._groups[group.title]

    def shown(self, name: str) -> str:
        """The first key of an action as people know it, e.g. ``P``."""
        return shown_key(self._actions[name].key_list[0])

    def all_shown(self, name: str) -> str:
        """All keys of an action."""
        return shown_keys(self._actions[name].key_list)

    def keymap(self) -> dict[str, str]:
        """What Textual's `App.set_keymap` takes: the actions that have other keys."""
        keymap = {}
        for group in self._groups.values():
            for action in group.actions:
                if action.name in self._bound:
                    keymap[action.name] = ",".join(with_capitals(action.key_list, group))
        return keymap


def _known_key(name: str, typed: str) -> str:
    """Textual's name of a key that is bound to an action."""
    try:
        return textual_key(typed)
    except ValueError:
        last = typed.strip().rpartition("+")[2].lower()
        near = get_close_matches(last, KEY_NAMES, 1)
        meant = f"is {near[0]!r} meant? " if near else ""
        raise UserError(
            f"There is no key {typed.strip()!r} to bind {name!r} to: {meant}A letter, a sign or a name "
            'such as "f5", "pageup" or "ctrl+t" is one; a comma between two, and "comma" for itself.'
        ) from None


def _refuse_clashes(group: Group, everywhere: Group) -> None:
    owners: dict[str, Action] = {}
    actions = group.actions if group is everywhere else (*everywhere.actions, *group.actions)
    for action in actions:
        for key in action.key_list:
            if not key:
                raise UserError(f'{action.name!r} is bound to no key: give it one, such as "f5".')
            other = owners.setdefault(key, action)
            if other is not action:
                raise UserError(
                    f"Key {shown_key(key)!r} is bound to both {other.name!r} and {action.name!r}: "
                    "bind one of them to another key."
                )
