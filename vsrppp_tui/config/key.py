"""What is known of one configuration key, beside its type: unit, meaning, when a change takes effect."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo


class Effect(StrEnum):
    """When a changed key takes effect in a run that is under way."""

    LIVE = "live"
    NEXT_EPOCH = "next epoch"
    RESTART = "restart"
    NEW_RUN = "new run"  # part of the network or of the run's identity: refused in an existing run


class Group(StrEnum):
    """Headings under which the setup and the documentation list the keys, in this order.

    What is changed most in a run under way stands first, what is fixed for a run last.
    """

    LEARNING_RATE = "Learning rate"
    OPTIMISER = "Optimiser"
    LOSS = "Loss"
    ADAPTIVE = "Adaptive system"
    BATCH = "Batch and machine"
    VALIDATION = "Validation and saving"
    RECORDS = "Screen and records"
    DATA = "Data"
    NETWORK = "Network"
    TUNING = "Auto-tune"


def key(
    default: Any,
    *,
    meaning: str,
    group: Group,
    effect: Effect,
    unit: str = "",
    advice: str = "",
    ge: float | None = None,
    le: float | None = None,
    multiple_of: int | None = None,
    written: str = "",
    power_of_ten: str = "",
) -> Any:
    """Declare one key of a configuration class.

    ``ge`` and ``le`` are hard bounds; ``advice`` is what the systems' documents recommend and is shown
    in the setup without being enforced; ``written`` says how a value is typed where that is not plain;
    ``power_of_ten`` names what ten to the power of the value is.
    """
    extra: JsonDict = {
        "group": group.value,
        "effect": effect.value,
        "unit": unit,
        "advice": advice,
        "written": written,
        "power_of_ten": power_of_ten,
    }
    bounds: dict[str, Any] = {"ge": ge, "le": le, "multiple_of": multiple_of}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return Field(default, description=meaning, json_schema_extra=extra, **given)


def redefined(field: FieldInfo, default: Any, *, meaning: str | None = None) -> Any:
    """The key of a base class (an entry of its ``model_fields``) with another default, or another meaning.

    Unit, group, effect and bounds stay; advice goes, since it was given beside the other default.
    """
    bounds = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("ge", "le", "multiple_of")
        if hasattr(rule, name)
    }
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return Field(
        default,
        description=meaning or field.description,
        json_schema_extra={**extra, "advice": ""},
        **bounds,
    )


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """One key as the setup, the error messages and the documentation show it."""

    name: str
    type_text: str
    default: Any
    allowed: str
    unit: str
    meaning: str
    effect: Effect
    group: Group
    advice: str
    choices: tuple[Any, ...] = ()  # the values there are, where they can be counted
    written: str = ""  # how a value is typed, where that is not plain
    power_of_ten: str = ""  # what ten to the power of the value is, such as "peak learning rate"

    @property
    def takes(self) -> str:
        """What is allowed, with the unit and how it is written; for errors and the setup."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.allowed}{unit}" + (f"; {self.written}" if self.written else "")

    def stands_for(self, value: Any) -> str:
        """What a value that does not speak for itself means (``= 5e-4 peak``); empty for any other."""
        if not self.power_of_ten or isinstance(value, bool) or not isinstance(value, int | float):
            return ""
        # As one types it: "5e-4", not "5.0e-04".
        digits, _, exponent = f"{math.pow(10.0, value):.1e}".partition("e")
        return f"= {digits.removesuffix('.0')}e{int(exponent)} {self.power_of_ten}"

    @property
    def is_map(self) -> bool:
        """Whether its value may have an entry for each patch format."""
        return PER_FORMAT in self.type_text

    def entry(self, name: str) -> KeyInfo:
        """One entry of this map, such as ``TRAINING.batch_size.small_540``."""
        default = self.default.get(name) if isinstance(self.default, Mapping) else self.default
        return replace(
            self,
            name=f"{self.name}.{name}",
            default=default,
            type_text=_of_one(self.type_text),
            allowed=_of_one(self.allowed),
        )


def key_info(name: str, field: FieldInfo) -> KeyInfo:
    """Gather what a pydantic field made by `key` says of itself."""
    extra = field.json_schema_extra
    assert isinstance(extra, dict), f"{name} is not declared through key()"
    return KeyInfo(
        name=name,
        type_text=_type_text(field.annotation),
        default=field.get_default(call_default_factory=True, validated_data={}),
        allowed=_allowed_text(field),
        unit=str(extra["unit"]),
        meaning=field.description or "",
        effect=Effect(str(extra["effect"])),
        group=Group(str(extra["group"])),
        advice=str(extra["advice"]),
        choices=_choices(field.annotation),
        written=str(extra["written"]),
        power_of_ten=str(extra["power_of_ten"]),
    )


def _choices(annotation: Any) -> tuple[Any, ...]:
    if annotation is bool:
        return (False, True)
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _of_one(text: str) -> str:
    """What a map takes, said of one of its entries."""
    return text.partition(PER_FORMAT)[0]


PER_FORMAT = " for each format"  # in the words for the type of a map

_TYPE_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    type(None): "null",
}


def _type_text(annotation: Any) -> str:
    if annotation in _TYPE_WORDS:
        return _TYPE_WORDS[annotation]
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _with_bounds(
            _type_text(parts[0]), [rule for part in parts[1:] for rule in _rules(part)]
        )
    if get_origin(annotation) is dict:
        return _type_text(parts[1]) + PER_FORMAT
    if get_origin(annotation) is list:
        return "a list of numbers" if parts[0] is float else "a list of names"
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(str, parts))
    texts = [_type_text(part) for part in parts]
    if len(texts) == 2 and texts[0] == texts[1] + PER_FORMAT:
        return f"{texts[0]} or for all"
    return " or ".join(texts) or str(annotation)


def _allowed_text(field: FieldInfo) -> str:
    """The type with its bounds in words, such as ``a whole number from 1 to 4096``."""
    return _with_bounds(_type_text(field.annotation), field.metadata)


def _rules(annotation: Any) -> Sequence[Any]:
    """The bounds in what stands beside a type in ``Annotated``."""
    return annotation.metadata if isinstance(annotation, FieldInfo) else [annotation]


def _with_bounds(text: str, rules: Sequence[Any]) -> str:
    lower = upper = step = None
    for rule in rules:
        lower = getattr(rule, "ge", lower)
        upper = getattr(rule, "le", upper)
        step = getattr(rule, "multiple_of", step)
    if lower is not None and upper is not None:
        text += f" from {lower:,} to {upper:,}"
    elif lower is not None:
        text += f" of at least {lower:,}"
    elif upper is not None:
        text += f" of at most {upper:,}"
    return text + (f", a multiple of {step}" if step is not None else "")
