"""What fits a path that is being typed."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from vsrppp_tui.tui.start.new_run import Completion

_MOST_LOOKED_AT = 5000
_MOST_SHOWN = 200


def complete_path(text: str) -> Completion:
    """Complete the last part of a path as far as it is certain; ``~`` is the user's home.

    Hidden names are shown once a dot has been typed. A folder that cannot be read has no entries.
    """
    head, slash, prefix = text.rpartition("/")
    folder = Path(head + slash or ".").expanduser()
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.name + ("/" if entry.is_dir() else "")
                for entry in islice(entries, _MOST_LOOKED_AT)
                if entry.name.startswith(prefix) and (prefix or not entry.name.startswith("."))
            ]
    except OSError:
        return Completion(text, ())
    if not found:
        return Completion(text, ())
    found.sort(key=lambda name: (not name.endswith("/"), name.lower(), name))
    common = _common_beginning(found)
    return Completion(f"{head}{slash}{common}", tuple(found[:_MOST_SHOWN]))


def _common_beginning(names: list[str]) -> str:
    first, last = min(names), max(names)  # of sorted names the two that differ soonest
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first if length is None else first[:length]
