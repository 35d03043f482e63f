"""Paths as terminals paste them: bare, quoted, with escaped spaces, or as file:// addresses."""

from __future__ import annotations

import shlex
from urllib.parse import unquote


def pasted_path(text: str) -> str:
    """The path that a pasted text stands for; of several lines the first that says something.

    A terminal pastes a file that was dropped on it as a shell would want it, or as its address. A text
    that a shell would take for several words is a path with spaces.
    """
    line = next((each.strip() for each in text.splitlines() if each.strip()), "")
    if line.startswith("file://"):
        _host, slash, path = line.removeprefix("file://").partition("/")
        return unquote(slash + path)
    try:
        words = shlex.split(line)
    except ValueError:  # an apostrophe in a name
        return line
    return words[0] if len(words) == 1 else line
