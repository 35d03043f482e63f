"""Pure validation: building a configuration from plain values, and changing one."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from vsrppp_tui.config.key import Effect, KeyInfo
from vsrppp_tui.config.read import flatten
from vsrppp_tui.config.recipes import class_for
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.config.yaml_values import load_yaml
from vsrppp_tui.errors import UserError


def build_config(values: Mapping[str, Any]) -> RunConfig:
    """Validate plain values (keys as in the file, in sections or flat) into a configuration.

    Raises:
        UserError: an unknown key, a wrong type or a value out of range; names the key, the value and
            what is allowed.
    """
    flat = flatten(values)
    chosen = class_for(flat)
    flat = chosen.normalise(flat)
    flat = whole_values(chosen, flat, flat)
    try:
        return chosen.model_validate(flat)
    except ValidationError as error:
        raise UserError(_first_problem(chosen, error)) from None


def edit_config(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """Return `config` with `changes` (keys as in the file, plain values) applied, all or none.

    Raises:
        UserError: as `build_config`.
    """
    return build_config(config.to_file() | whole_values(type(config), changes, config.to_file()))


def require_editable(config: RunConfig, changed: Iterable[str], step: int) -> None:
    """Refuse what cannot change in a run that has come to `step`; `config` has the new values.

    Raises:
        UserError: a key of the network or of the run's identity, or a length that is already behind.
    """
    keys = type(config).keys()
    length = config.key_of("max_steps")
    for name in changed:
        if keys[name].effect is Effect.NEW_RUN:
            raise UserError(
                f"{name} cannot change in an existing run: start a new one in another --run-dir."
            )
        if name == length and config.max_steps <= step:
            raise UserError(
                f"{name} = {config.max_steps} is not beyond step {step}: take a larger number, or stop the run."
            )


def whole_values(
    config_class: type[RunConfig], changes: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """`changes` with each entry of a map (``KEY.name``) put into the whole map that `values` has.

    Raises:
        UserError: an entry of a key that is no map.
    """
    whole: dict[str, Any] = {}
    keys = config_class.keys()
    for name, value in sorted(changes.items(), key=lambda item: item[0] not in keys):
        info = require_key(config_class, name)
        if name != info.name:  # after the whole maps, which it changes
            known = whole.get(info.name, values.get(info.name, info.default))
            if not isinstance(known, Mapping):
                raise UserError(
                    f"{info.name} = {known} has one value for all: write {info.name}=VALUE."
                )
            value = {**known, name.removeprefix(info.name + "."): value}
        whole[info.name] = value
    return whole


def require_key(config_class: type[RunConfig], name: str) -> KeyInfo:
    """Return what is known of a key; for an entry of a map (``KEY.name``), of that map.

    Raises:
        UserError: there is no such key; suggests the nearest ones.
    """
    keys = config_class.keys()
    if name in keys:
        return keys[name]
    outer = keys.get(name.rpartition(".")[0])
    if outer is not None and outer.is_map:
        return outer
    capital = {known.upper(): known for known in keys}
    section = [known for known in keys if known.startswith(f"{name}.")]
    if section:
        raise UserError(f"{name} is a section: name a key in it, such as {section[0]}.")
    # LR is no near match of LR_MAX.
    longer = [n for n in capital if n.startswith(f"{name.upper()}_")]
    alike = longer or difflib.get_close_matches(name.upper(), capital, n=2, cutoff=0.6)
    near = [capital[n] for n in alike[:2]]
    hint = (
        f"did you mean {' or '.join(near)}?" if near else "docs/configuration.md lists every key."
    )
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
    own = config_class.own_name(name.strip())
    return own, parse_value(require_key(config_class, own), value)


def with_assignments(
    values: Mapping[str, Any], assignments: Sequence[str], more: Mapping[str, Any] | None = None
) -> tuple[RunConfig, dict[str, Any]]:
    """The configuration of a file with what was typed on top, and what was typed as whole keys.

    `more` comes from other options; its names are attributes (``max_steps``).

    Raises:
        UserError: as `build_config` and `parse_assignment`.
    """
    kind = class_for(values)
    base = kind.normalise(values)
    typed = parse_assignments(kind, assignments)
    typed |= {kind.key_of(attribute): value for attribute, value in (more or {}).items()}
    typed = whole_values(kind, typed, base)
    return build_config({**base, **typed}), typed


def parse_assignments(config_class: type[RunConfig], assignments: Sequence[str]) -> dict[str, Any]:
    """Read a list of ``KEY=VALUE``; the last one of a key wins.

    Raises:
        UserError: as `parse_assignment`.
    """
    return dict(parse_assignment(config_class, text) for text in assignments)


def parse_value(info: KeyInfo, text: str) -> Any:
    """Read what was typed for a key, as YAML: ``-4.5``, ``true``, ``null``, ``a text``.

    An exponent of ten may be typed as what it stands for (5e-4). A key that takes a text takes it as it
    stands (``2024-01-05`` is no date there), unless it is in quotes.

    Raises:
        UserError: the text is not YAML.
    """
    plain = text.strip()
    if "a text" in info.type_text and plain not in ("", "null") and plain[0] not in "'\"":
        return plain
    try:
        return _as_kept(info, load_yaml(text))
    except (yaml.YAMLError, ValueError):
        raise UserError(f"{info.name} = {text!r} cannot be read: it takes {info.takes}.") from None


def _as_kept(info: KeyInfo, value: Any) -> Any:
    """What the configuration keeps of a number that was typed in another notation.

    For an exponent of ten, none of which is positive, a number between 0 and 1 can only be the power
    itself; ``1e5`` is a whole number, though YAML has it as a fraction.
    """
    if not isinstance(value, float):
        return value
    if info.power_of_ten and 0.0 < value < 1.0:
        return round(math.log10(value), 6)
    whole = info.type_text.startswith("a whole number") and value.is_integer()
    return int(value) if whole else value


def _first_problem(config_class: type[RunConfig], error: ValidationError) -> str:
    problem = error.errors()[0]
    if not problem["loc"]:  # a rule across keys: its own words already name them
        return str(problem["ctx"]["error"]) + "."
    info = config_class.keys()[str(problem["loc"][0])]
    if info.is_map:
        # pydantic names the kind of a map before its entry, where there is also a kind without one.
        for entry in [str(p) for p in problem["loc"][1:] if not str(p).startswith("dict[")]:
            info = info.entry(entry)
    return f"{info.name} = {_shown(problem['input'])} is not allowed: it takes {info.takes}."


def _shown(value: Any) -> str:
    """The value as its user wrote it: JSON's words, not Python's."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return repr(value)
