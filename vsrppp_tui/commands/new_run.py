"""From the form for a new run to what `vsrppp train` and `vsrppp wqv` are given, and to their command lines."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.foreground import Leave
from vsrppp_tui.commands.new_recipes import Basis, bases
from vsrppp_tui.commands.new_run_dir import refusal_of_run_dir
from vsrppp_tui.commands.survey_source import Survey, survey_source
from vsrppp_tui.commands.train import TrainOptions, train
from vsrppp_tui.commands.wqv import WqvOptions, wqv
from vsrppp_tui.config.edit import build_config, parse_assignments, with_assignments
from vsrppp_tui.config.recipes import class_for
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.spec import spec_of
from vsrppp_tui.errors import UserError
from vsrppp_tui.program import program
from vsrppp_tui.tui.start.new_run import Draft

_WQV_OPTIONS = {
    "NUM_FEAT": "--num-feat",
    "NUM_BLOCK": "--num-block",
    "BATCH_SIZE": "--batch-size",
    "ACCUMULATION_STEPS": "--grad-accum-steps",
    "BASE_RESOLUTION": "--base-resolution",
    "SCALE": "--scale",
    "MAX_STEPS": "--steps",
    "PERCEPTUAL_WEIGHT": "--perceptual-weight",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A new run that can begin, as far as its configuration says.

    Attributes:
        config: validated, with the paths as they were typed.
        survey: what the source holds.
        options: of the command that trains it; with the absolute path of its data, which the run writes
            down, so that it can be resumed from any folder.
        commands: the command lines that do the same in this folder.
    """

    config: RunConfig
    survey: Survey
    options: TrainOptions | WqvOptions
    commands: tuple[str, ...]


def plan(draft: Draft) -> Plan:
    """What a draft comes to; its source may still have a problem (`Plan.survey`).

    Raises:
        UserError: an unknown recipe, a value out of range, the home of an unknown user.
    """
    found = bases()
    if draft.recipe not in found:
        raise UserError(f"The recipe {draft.recipe} is not there any more: choose another one.")
    basis = found[draft.recipe]
    source = _typed_path(draft.source) if draft.source else None
    run_dir = _typed_path(draft.run_dir)
    if draft.recipe == "wqv":
        return _plan_wqv(draft, basis, source, run_dir)
    assignments = (*basis.typed, *(f"{key}={value}" for key, value in draft.values))
    config, _ = with_assignments(basis.values, assignments)
    survey = Survey() if source is None else survey_source(source, config)
    dataset = run_dir / "dataset" if survey.is_video else source
    typed = assignments
    if dataset is not None:
        key = type(config).key_of("dataset_root")
        typed = (*assignments, f"{key}={_as_text(dataset)}")
        assignments = (*assignments, f"{key}={_as_text(dataset.absolute())}")
        config, _ = with_assignments(basis.values, typed)
    options = TrainOptions(config=basis.config, run_dir=run_dir, assignments=assignments)
    commands = [_train_command(replace(options, assignments=typed))]
    if survey.is_video and source is not None and dataset is not None:
        preparation = _Preparation(source, dataset, config, survey.limit)
        options = replace(options, prepare=preparation.run)
        commands.insert(0, preparation.command())
    return Plan(config, survey, options, tuple(commands))


def begin(draft: Draft, *, debug: bool, leave: Leave) -> int:
    """Train what a draft describes; returns the exit code.

    Raises:
        UserError: something speaks against it.
    """
    refusal = refusal_of_run_dir(draft.run_dir)
    if refusal:
        raise UserError(refusal)
    planned = plan(draft)
    if planned.survey.problem or not draft.source:
        raise UserError(planned.survey.problem or "Name what to train on.")
    if isinstance(planned.options, WqvOptions):
        return wqv(replace(planned.options, debug=debug), leave)
    return train(replace(planned.options, debug=debug), leave)


def _typed_path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UserError(
            f"{text} begins with a user whom this machine does not know: write the path out."
        ) from None


def _plan_wqv(draft: Draft, basis: Basis, source: Path | None, run_dir: Path) -> Plan:
    typed = parse_assignments(
        class_for(basis.values), [f"{key}={value}" for key, value in draft.values]
    )
    named = {"SOURCE": str(source)} if source is not None else {}
    config = build_config({**basis.values, **typed, **named})
    survey = Survey() if source is None else survey_source(source, config)
    options = WqvOptions((source or Path()).absolute(), run_dir, typed)
    words = [str(source or "SOURCE"), str(run_dir)]
    words += [word for key, value in draft.values for word in (_WQV_OPTIONS[key], value)]
    return Plan(config, survey, options, (f"{program()} wqv {shlex.join(words)}",))


def _train_command(options: TrainOptions) -> str:
    words = ["train"]
    words += [str(options.config)] if options.config is not None else []
    words += ["--run-dir", str(options.run_dir)]
    words += [word for text in options.assignments for word in ("--set", text)]
    return f"{program()} {shlex.join(words)}"


def _as_text(path: Path) -> str:
    """A path as the value of an assignment: in quotes where it would be read as something else."""
    text = str(path)
    odd = text != text.strip() or text[0] in "'\"" or text == "null"
    return json.dumps(text, ensure_ascii=False) if odd else text


@dataclass(frozen=True, slots=True)
class _Preparation:
    """Cutting the patches of a video before the first step."""

    video: Path
    out: Path
    config: RunConfig
    limit: int | None

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Cut what is not there yet; what `progress` raises stops it."""
        from vsrppp_tui.data.prepare import prepare_dataset
        from vsrppp_tui.data.prepare_settings import PrepareSettings, choose_formats

        formats = spec_of(self.config).formats or choose_formats([self.video], None)
        settings = PrepareSettings(formats, (self.config.frames,), self.config.category, self.limit)
        prepare_dataset([self.video], self.out, settings, progress, progress)

    def command(self) -> str:
        """The same as a command line."""
        options: dict[str, Any] = {"--out": self.out, "--category": self.config.category}
        formats = spec_of(self.config).formats
        if formats:
            options["--formats"] = ",".join(each.name for each in formats)
            options["--frames"] = self.config.frames
        options["--limit"] = self.limit
        words = ["prepare", str(self.video)]
        words += [str(word) for pair in options.items() if pair[1] is not None for word in pair]
        return f"{program()} {shlex.join(words)}"
