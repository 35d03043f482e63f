"""Reading and writing configuration files as plain values; `config.edit` validates them.

Imports neither pydantic nor YAML, so that a command can look into a file before its first frame.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsrppp_tui.errors import UserError

# A string, or a // comment outside one; the string is matched first so that "http://x" survives.
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*')


def read_values(path: Path) -> dict[str, Any]:
    """Read the keys of a JSON configuration file; ``//`` comments are allowed.

    Raises:
        UserError: no such file, not JSON, or not one object.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"No configuration at {path}: name an existing file or create one."
        ) from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name a configuration file.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    return parse_values(content, path)


def parse_values(content: bytes, path: Path) -> dict[str, Any]:
    """The keys that the content of a configuration file says; `path` is for the error alone.

    Raises:
        UserError: not text, not JSON, or not one object.
    """
    try:
        text = content.decode()
        values = json.loads(_STRING_OR_COMMENT.sub(lambda m: m.group(1) or "", text))
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a configuration: it is no text file (UTF-8).") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not JSON: {error.msg} in line {error.lineno}.") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # a number of thousands of digits, endless brackets
        raise UserError(f"{path} cannot be read: {error}.") from None
    if not isinstance(values, dict):
        raise UserError(
            f"{path} is not a configuration: it must hold one object of keys and values."
        )
    return values


def file_text(values: Mapping[str, Any]) -> str:
    """The text of a JSON configuration file."""
    return json.dumps(values, indent=4, ensure_ascii=False) + "\n"
