"""Pure validation: building a configuration from plain values, and changing one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from vsrppp_tui.config.key import KeyInfo
from vsrppp_tui.config.recipes import recipe_class
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError


def build_config(values: Mapping[str, Any]) -> RunConfig:
    """Validate plain values (upper-case keys, as in the file) into a configuration.

    Raises:
        UserError: an unknown key, a wrong type or a value out of range; names the key, the value and
            what is allowed.
    """
    chosen = recipe_class(values.get("RECIPE", "vsrppp"))
    for name in values:
        require_key(chosen, name)
    try:
        return chosen.model_validate(dict(values))
    except ValidationError as error:
        raise UserError(_first_problem(chosen, error)) from None


def edit_config(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """Return `config` with `changes` (upper-case keys, plain values) applied, all or none.

    Raises:
        UserError: as `build_config`.
    """
    return build_config({**config.to_file(), **changes})


def require_key(config_class: type[RunConfig], name: str) -> KeyInfo:
    """Return what is known of a key.

    Raises:
        UserError: there is no such key; suggests the nearest ones.
    """
    keys = config_class.keys()
    if name in keys:
        return keys[name]
    near = difflib.get_close_matches(name.upper(), keys, n=2, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known keys are {', '.join(keys)}."
    raise UserError(f"Unknown configuration key {name}: {hint}")


def parse_assignment(config_class: type[RunConfig], text: str) -> tuple[str, Any]:
    """Split ``KEY=VALUE``, the value read as `parse_value` does.

    Raises:
        UserError: there is no ``=``, no such key, or the value is not YAML.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UserError(
            f"{text!r} is not an assignment: write KEY=VALUE, for example BATCH_SIZE=2."
        )
    info = require_key(config_class, name.strip())
    return info.name, parse_value(info, value)


def parse_assignments(config_class: type[RunConfig], assignments: Sequence[str]) -> dict[str, Any]:
    """Read a list of ``KEY=VALUE``; the last one of a key wins.

    Raises:
        UserError: as `parse_assignment`.
    """
    return dict(parse_assignment(config_class, text) for text in assignments)


def parse_value(info: KeyInfo, text: str) -> Any:
    """Read what was typed for a key, as YAML: ``-4.5``, ``true``, ``null``, ``a text``.

    A key that takes a text takes it as it stands (``2024-01-05`` is no date there), unless it is in
    quotes; ``1e-4``, which YAML 1.1 takes for a text, counts as a number.

    Raises:
        UserError: the text is not YAML.
    """
    plain = text.strip()
    if "a text" in info.type_text and plain not in ("", "null") and plain[0] not in "'\"":
        return plain
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        raise UserError(
            f"{info.name} = {text!r} cannot be read: it takes {info.allowed}."
        ) from None
    if isinstance(value, str) and "a text" not in info.type_text:
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _first_problem(config_class: type[RunConfig], error: ValidationError) -> str:
    problem = error.errors()[0]
    if not problem["loc"]:  # a rule across keys: its own words already name them
        return str(problem["ctx"]["error"]) + "."
    info = config_class.keys()[str(problem["loc"][0])]
    unit = f" ({info.unit})" if info.unit else ""
    return (
        f"{info.name} = {_shown(problem['input'])} is not allowed: it takes {info.allowed}{unit}."
    )


def _shown(value: Any) -> str:
    """The value as its user wrote it: JSON's words, not Python's."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return repr(value)
