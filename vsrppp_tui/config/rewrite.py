"""Changing keys of a configuration file in place, its comments kept where that is possible."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui.config.read import file_text, is_yaml, nest, parse_values
from vsrppp_tui.errors import UserError

# With the comments before it, which may hold braces of their own, and the end of its line.
_OPENING = re.compile(r"\A(?:\s|//[^\n]*\n)*\{(?:[ \t]*\n)?")


def rewrite(path: Path, changes: Mapping[str, Any]) -> Path | None:
    """Set keys (``SECTION.key``) of a file, all of them in one step.

    Where each stands on a line of its own only the values change; one outside of all sections that a JSON
    file lacks gets the first line. Otherwise the file is written anew without its comments, and the old
    one is kept beside it: its path is returned.

    Raises:
        UserError: the file cannot be written, or is broken.
        OSError: it cannot be read.
    """
    text = path.read_text()
    before = parse_values(text.encode(), path)
    wanted = {**before, **changes}
    edited = text
    for name, value in changes.items():
        if name in before or "." in name or is_yaml(path):
            edited = _with_value(edited, name.rpartition(".")[2], value)
        else:
            edited = _with_first_line(edited, name, value, alone=not before)
    if _values(edited, path) == wanted:
        _replace(path, edited)
        return None
    kept = _free_name(path)
    _replace(kept, text)
    _replace(path, _whole_text(path, wanted))
    return kept


def _with_value(text: str, name: str, value: Any) -> str:
    """The text with the plain value of the first line that begins with a name replaced."""
    if isinstance(value, bool | str):
        value = json.dumps(value, ensure_ascii=False)
    pattern = re.compile(rf'^(\s*"?{re.escape(name)}"?\s*:\s*)([^\s,#{{\[]+)', re.MULTILINE)
    return pattern.sub(lambda match: f"{match[1]}{value}", text, count=1)


def _with_first_line(text: str, name: str, value: Any, *, alone: bool) -> str:
    """A JSON object's text with one more line behind its opening brace."""
    line = f"    {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}{'' if alone else ','}"
    return _OPENING.sub(lambda match: f"{match[0]}\n{line}\n", text, count=1)


def _values(text: str, path: Path) -> dict[str, Any] | None:
    try:
        return parse_values(text.encode(), path)
    except UserError:
        return None


def _whole_text(path: Path, values: Mapping[str, Any]) -> str:
    if not is_yaml(path):
        return file_text(values)
    import yaml

    return yaml.safe_dump(nest(values), sort_keys=False, allow_unicode=True)


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.before-{number}")).exists():
        number += 1
    return kept


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        temporary.unlink(missing_ok=True)
