"""Commands by their names on the wire."""

from __future__ import annotations

from vsrppp_tui.link.protocol import MAX_ID, CommandMessage
from vsrppp_tui.training.control import (
    Command,
    Continue,
    Edit,
    Pause,
    SaveCheckpoint,
    Stop,
    Validate,
)

_PLAIN: dict[str, type[Pause | Continue | Validate | SaveCheckpoint | Stop]] = {
    "pause": Pause,
    "continue": Continue,
    "validate": Validate,
    "checkpoint": SaveCheckpoint,
    "stop": Stop,
}
NAMES = (*_PLAIN, "edit")


def command_of(message: CommandMessage) -> Command:
    """What a message asks for.

    Raises:
        ValueError: there is no such command, or an edit says not what to change; the text says so.
    """
    if message.command == "edit":
        if not message.changes:
            raise ValueError('an edit needs "changes", an object of configuration keys')
        return Edit(message.changes)
    if message.command not in _PLAIN:
        known = ", ".join(NAMES)
        raise ValueError(f"unknown command {message.command[:MAX_ID]!r}: there are {known}")
    return _PLAIN[message.command]()


def message_of(number: int, command: Command) -> CommandMessage:
    """The message that asks for a command."""
    if isinstance(command, Edit):
        return CommandMessage(id=number, command="edit", changes=dict(command.changes))
    name = next(name for name, kind in _PLAIN.items() if isinstance(command, kind))
    return CommandMessage(id=number, command=name)
