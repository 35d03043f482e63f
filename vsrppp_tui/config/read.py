"""Reading and writing configuration files as plain values; `config.edit` validates them.

Values are flat: a key inside a section of the file is called ``SECTION.key``. Imports no pydantic, and
YAML only for a YAML file, so that a command can look into a file before its first frame.
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


# Keys of VSR++ that VSR+++ does not have.
_VSRPP_KEYS = ("MODEL_CONFIG", "WARMUP_STEPS", "AUTO_TUNED")
_YAML_SUFFIXES = (".yaml", ".yml")


def recipe_of(values: Mapping[str, Any]) -> Any:
    """RECIPE; where a file does not say it, what its keys stand for."""
    if "RECIPE" in values:
        return values["RECIPE"]
    has_section = any("." in name for name in values)
    return "vsrpp" if has_section or any(name in values for name in _VSRPP_KEYS) else "vsrppp"


def read_values(path: Path) -> dict[str, Any]:
    """Read the keys of a configuration file: YAML by its suffix, else JSON; ``//`` comments are allowed.

    Raises:
        UserError: no such file, neither JSON nor YAML, or not one object.
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
    """The keys that the content of a configuration file says; `path` is for its kind and the errors.

    Raises:
        UserError: not text, neither JSON nor YAML, or not one object.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a configuration: it is no text file (UTF-8).") from None
    values = _yaml(text, path) if is_yaml(path) else _json(text, path)
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise UserError(
            f"{path} is not a configuration: it must hold one object of keys and values."
        )
    if is_yaml(path):
        values.setdefault("RECIPE", "vsrpp")
    return flatten(values)


def is_yaml(path: Path) -> bool:
    """Whether a configuration file is YAML, by its suffix."""
    return path.suffix.lower() in _YAML_SUFFIXES


def flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    """Open the sections of a file: ``{"MODEL": {"a": 1}}`` becomes ``{"MODEL.a": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and "." not in name:
            flat |= {f"{name}.{inner}": item for inner, item in value.items()}
        else:
            flat[name] = value
    return flat


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `flatten`."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        section, dot, inner = name.partition(".")
        if dot:
            nested.setdefault(section, {})[inner] = value
        else:
            nested[name] = value
    return nested


def file_text(values: Mapping[str, Any]) -> str:
    """The text of a JSON configuration file."""
    return json.dumps(nest(values), indent=4, ensure_ascii=False) + "\n"


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(_STRING_OR_COMMENT.sub(lambda m: m.group(1) or "", text))
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not JSON: {error.msg} in line {error.lineno}.") from None
    except (
        ValueError,
        RecursionError,
    ) as error:  # a number of thousands of digits, endless brackets
        raise UserError(f"{path} cannot be read: {error}.") from None


def _yaml(text: str, path: Path) -> Any:
    import yaml

    from vsrppp_tui.config.yaml_values import load_yaml

    try:
        return load_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path} is not YAML: {error.problem}{line}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
