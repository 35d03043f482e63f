"""Which configuration a resumed run has: a pure decision, taken before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsrppp_tui.config.edit import edit_config, require_key, whole_values
from vsrppp_tui.config.key import Effect
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import UserError


@dataclass(frozen=True, slots=True)
class ScheduledEdit:
    """An edit that belongs to a step boundary: applied when `step` steps are done."""

    step: int
    changes: Mapping[str, Any]
    who: str


@dataclass(frozen=True, slots=True)
class AppliedEdit:
    """A difference that a resumed run begins with."""

    changes: Mapping[str, Any]
    before: Mapping[str, Any]  # the values of the same keys until now
    who: str


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """How the configuration of a resumed run comes about."""

    config: RunConfig  # at the resume step
    edits_now: tuple[AppliedEdit, ...]  # differences, already part of `config`; to be recorded
    scheduled: tuple[ScheduledEdit, ...]  # recorded earlier, replayed at their own steps

    @property
    def later(self) -> tuple[RunConfig, ...]:
        """The configuration after each scheduled edit."""
        return stages(self.config, self.scheduled)


def plan_resume(
    checkpoint_config: RunConfig,
    step: int,
    recorded: Sequence[ScheduledEdit],
    sources: Sequence[tuple[str, Mapping[str, Any]]],
) -> ResumePlan:
    """Merge the checkpoint's configuration with later edits and with what the user asks for now.

    Args:
        checkpoint_config: configuration in force when the checkpoint was written.
        step: step of the checkpoint.
        recorded: lines of edits.jsonl in order; those before `step` are in the checkpoint already.
        sources: where differences may come from, weakest first, as (who, keys with values): the
            run's own train_config.json, a CONFIG named on the command line, ``--set``.

    Keys that wait for a restart take effect now, whichever step they were edited at.

    Raises:
        UserError: a source changes a key of the network, an unknown key, or a value out of range.
    """
    later = [edit for edit in still_valid(recorded) if edit.step >= step]
    expected = checkpoint_config
    for edit in later:
        expected = edit_config(expected, edit.changes)
    differences = _differences(expected, sources)
    overridden = {name for edit in differences for name in edit.changes}
    at_restart: dict[str, Any] = {}
    scheduled: list[ScheduledEdit] = []
    for edit in later:
        waiting = {n: v for n, v in edit.changes.items() if n not in overridden}
        at_restart |= {n: v for n, v in waiting.items() if _waits_for_restart(expected, n)}
        live = {n: v for n, v in waiting.items() if n not in at_restart}
        if live:
            scheduled.append(ScheduledEdit(edit.step, live, edit.who))
    config = edit_config(checkpoint_config, at_restart)
    for difference in differences:
        config = edit_config(config, difference.changes)
    name = config.key_of("max_steps")
    if config.max_steps < step and any(name in edit.changes for edit in differences):
        raise UserError(
            f"{name} = {config.max_steps} is below step {step}, which this run has reached: "
            "take a larger number, or begin anew with --fresh."
        )
    return ResumePlan(config, tuple(differences), tuple(scheduled))


def stages(config: RunConfig, edits: Sequence[ScheduledEdit]) -> tuple[RunConfig, ...]:
    """The configuration after each of `edits`, in turn."""
    configs = []
    for edit in edits:
        config = edit_config(config, edit.changes)
        configs.append(config)
    return tuple(configs)


def still_valid(recorded: Sequence[ScheduledEdit]) -> list[ScheduledEdit]:
    """Order recorded edits by step, without those that a later decision replaced.

    A line with a lower step than one before it was written by a run that had been resumed further back:
    for its keys it takes the place of what was to come after that step.
    """
    valid: list[ScheduledEdit] = []
    for edit in recorded:
        valid = [without(old, edit.changes) if old.step > edit.step else old for old in valid]
        valid.append(edit)
    return sorted((edit for edit in valid if edit.changes), key=lambda edit: edit.step)


def without(edit: ScheduledEdit, names: Collection[str]) -> ScheduledEdit:
    """An edit less the keys in `names`."""
    kept = {name: value for name, value in edit.changes.items() if name not in names}
    return ScheduledEdit(edit.step, kept, edit.who)


def _differences(
    expected: RunConfig, sources: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[AppliedEdit]:
    edits = []
    kind, whole = type(expected), expected.to_file()
    normal = [(who, whole_values(kind, kind.normalise(values), whole)) for who, values in sources]
    for place, (who, values) in enumerate(normal):
        # What a stronger source says anyway is no difference: the same command, CONFIG and --set, goes on.
        stronger = {name for _, others in normal[place + 1 :] for name in others}
        asked = {name: value for name, value in values.items() if name not in stronger}
        wanted = edit_config(expected, asked).to_file()
        known = expected.to_file()
        changes = {name: wanted[name] for name in asked if wanted[name] != known[name]}
        for name in changes:
            if require_key(kind, name).effect is Effect.NEW_RUN:
                raise UserError(
                    f"{name} = {changes[name]} ({who}) differs from this run's {known[name]}: it cannot "
                    "change in an existing run. Use --fresh or another --run-dir."
                )
        if changes:
            edits.append(AppliedEdit(changes, {name: known[name] for name in changes}, who))
            expected = edit_config(expected, changes)
    return edits


def _waits_for_restart(config: RunConfig, name: str) -> bool:
    return require_key(type(config), name).effect is Effect.RESTART
