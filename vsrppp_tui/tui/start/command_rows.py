"""The command lines that do the same as the form, as a shell would take them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.rows import Row

_LABEL = "Same as   "
_ROWS = 2
_GOES_ON = " \\"


def command_rows(commands: Sequence[str], width: int) -> list[Row]:
    """Two rows at most: two command lines, or a single one that may take both."""
    room = width - len(_LABEL)
    lines = _wrapped(commands[0], room) if len(commands) == 1 else list(commands)
    return [
        ((" " * len(_LABEL) if n else _LABEL, "text"), (shorten(line, room), "accent"))
        for n, line in enumerate(lines[:_ROWS])
    ]


def _wrapped(command: str, width: int) -> list[str]:
    """A command line in two rows, broken where the shell lets it go on, an option with its value."""
    if len(command) <= width:
        return [command]
    first, rest = "", _arguments(command)
    while rest and len(first) + len(rest[0]) + 1 + len(_GOES_ON) <= width:
        first = f"{first} {rest.pop(0)}".lstrip()
    return [first + _GOES_ON, " ".join(rest)] if first else [command]


def _arguments(command: str) -> list[str]:
    """The words as a shell reads them, quoted again; an option and what follows it are one."""
    found: list[str] = []
    for word in shlex.split(command):
        if found and found[-1].startswith("--") and " " not in found[-1] and word[:2] != "--":
            found[-1] += f" {shlex.quote(word)}"
        else:
            found.append(shlex.quote(word))
    return found
