"""What the form for a new run asks, and what it is told of the answers."""

from __future__ import annotations

from dataclasses import dataclass

from vsrppp_tui.link.interface import Level


@dataclass(frozen=True, slots=True)
class Field:
    """One key of the configuration that the form shows.

    Attributes:
        key: its name in the file.
        label: in the form.
        default: the value that holds where nothing is typed.
        allowed: what it takes, in words.
        choices: where only some values make sense.
    """

    key: str
    label: str
    default: str
    allowed: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of training that can be begun.

    Attributes:
        name: unique; a recipe, or the name of a configuration file.
        title: what it is, in words.
        run_dir: a folder that is free.
        fields: what can be set.
    """

    name: str
    title: str
    run_dir: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been filled in so far.

    Attributes:
        source: path of a dataset, a folder of pictures or a video.
        recipe: name of one.
        run_dir: where the run is kept.
        values: key and text of each field that differs from its default.
    """

    source: str = ""
    recipe: str = ""
    run_dir: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Costs:
    """What the run would take, estimated.

    Attributes:
        parameters: of the network, exactly.
        memory: bytes of its tensors at the peak; None while the size of a sample is not known.
        memory_parts: how much of it depends on what, in words.
        available: bytes that the device has.
        device: in words.
        work: multiplications and additions of one step; None as `memory`.
        steps: of the run.
    """

    parameters: int
    memory: int | None
    memory_parts: str
    available: int | None
    device: str
    work: float | None
    steps: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a draft.

    Attributes:
        source: what its source holds, a line each.
        problem: why it cannot start, as a sentence; empty where it can.
        field: the label of the field that the problem is about; empty where it is about several.
        notices: what should be known before.
        costs: None where the values make no network.
        commands: what can be typed instead, a line each; none where it cannot start.
        first: what has to be done before steps can be measured, in words; empty where they can be.
    """

    source: tuple[str, ...] = ()
    problem: str = ""
    field: str = ""
    notices: tuple[tuple[Level, str], ...] = ()
    costs: Costs | None = None
    commands: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a few real steps took.

    Attributes:
        per_second: multiplications and additions a second.
        memory: bytes of the whole process, libraries included; None where smaller samples were taken.
        of: what was measured, in words.
    """

    per_second: float
    memory: int | None
    of: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What the folder of a path that is being typed holds.

    Attributes:
        text: the path as far as it is certain.
        entries: names that fit; folders end with a slash.
    """

    text: str
    entries: tuple[str, ...]
