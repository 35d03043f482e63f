"""`vsrppp train`: from options and files to a request for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.own_rank import OwnRank
from vsrppp_tui.commands.run_directory import (
    Takeover,
    config_path,
    has_run,
    open_run,
    refuse_live_run,
)
from vsrppp_tui.commands.session import run_session
from vsrppp_tui.commands.several import train_on_several
from vsrppp_tui.config.read import read_values, recipe_of
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.rank_env import RankPlace, place_in

if TYPE_CHECKING:
    from vsrppp_tui.commands.foreground import Leave
    from vsrppp_tui.training.control import ControlPoint
    from vsrppp_tui.training.request import RunRequest

TYPED = "command line"  # who makes an edit by --set
DEFAULT_CONFIG = Path("train_config.json")


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The options of `vsrppp train`, as typed."""

    config: Path | None = None
    run_dir: Path | None = None
    assignments: Sequence[str] = ()
    fresh: bool = False
    resume: bool = False
    resume_from: Path | None = None
    init_weights: Path | None = None
    headless: bool = False
    device: str = "auto"
    steps: int | None = None
    stop_at: int | None = None
    debug: bool = False
    gpus: int | None = None
    # The embedded default of the demo stands in for a CONFIG file; it prepares its own dataset.
    embedded: Mapping[str, Any] | None = None
    prepare: Callable[[Callable[[int, int], None]], None] | None = None


def train(options: TrainOptions, leave: Leave | None = None) -> int:
    """Train as the options say; returns the exit code. `leave`: as of `run_session`.

    Raises:
        UserError: the options contradict each other, a process trains there already, or there is no
            configuration to start with.
    """
    _check_options(options)
    place = place_in()
    if place is not None and options.gpus is not None:
        raise UserError(
            "--gpus starts the ranks itself, and a launcher has started this one (RANK and WORLD_SIZE are "
            "set): leave one of the two out."
        )
    values = _values(options)
    run_dir = options.run_dir or _default_run_dir(values, options.assignments)
    if place is not None and not place.leads:  # rank 0 reads and decides
        return _follow(options, values, run_dir, place)
    refuse_live_run(run_dir)
    resume = _wants_resume(options, run_dir)
    if resume and options.config is None and options.embedded is None:
        values = _values_of_run(run_dir) or values
    if place is None and (options.gpus or 1) > 1:
        return train_on_several(options, run_dir, values)
    return run_session(
        lambda control: build_request(options, values, run_dir, control, resume=resume),
        run_dir,
        values,
        headless=options.headless,
        debug=options.debug,
        leave=leave,
        rank=None if place is None else OwnRank(place, options.device),
    )


def _follow(
    options: TrainOptions, values: Mapping[str, Any], run_dir: Path, place: RankPlace
) -> int:
    """Train as another rank than 0, which sends the request."""

    def build(_: ControlPoint) -> RunRequest:
        raise AssertionError("rank 0 alone builds the request")

    rank = OwnRank(place, options.device)
    return run_session(build, run_dir, values, headless=True, debug=options.debug, rank=rank)


def read_or_default(config: Path | None) -> Mapping[str, Any]:
    """The values of CONFIG, not validated yet.

    Where none is named and there is no train_config.json, none: every key then has its default, which
    is what the file that ships with the program says.

    Raises:
        UserError: as `read_values`.
    """
    if config is None and not DEFAULT_CONFIG.is_file():
        return {}
    return read_values(config or DEFAULT_CONFIG)


def build_request(
    options: TrainOptions,
    values: Mapping[str, Any],
    run_dir: Path,
    control: ControlPoint,
    *,
    resume: bool,
) -> RunRequest:
    """Validate the configuration and say what the engine is to do.

    `control` is the mailbox of the engine, for the records that send commands themselves.

    Raises:
        UserError: an unknown key, a value out of range.
    """
    from vsrppp_tui.config.edit import with_assignments
    from vsrppp_tui.training.request import RunRequest

    more = {} if options.steps is None else {"max_steps": options.steps}
    config, typed = with_assignments(values, options.assignments, more)
    takeover = Takeover(
        run_dir,
        keep_dataset=options.embedded is not None,
        from_chosen_checkpoint=options.resume_from is not None,
    )
    return RunRequest(
        run_dir=run_dir,
        config=config,
        open_records=lambda start: open_run(takeover, start, control),
        device=options.device,
        resume=resume,
        resume_from=options.resume_from,
        sources=_sources(options, run_dir, typed) if resume else (),
        recorded=recorded_edits(run_dir) if resume else (),
        init_weights=options.init_weights,
        data_record=None if options.fresh else run_dir,
        stop_at=options.stop_at,
        prepare=options.prepare,
    )


def _check_options(options: TrainOptions) -> None:
    if options.fresh and (options.resume or options.resume_from):
        raise UserError("--fresh starts anew and --resume goes on: give one of them.")
    if options.init_weights and (options.resume or options.resume_from):
        raise UserError("--init-weights begins a new run and --resume goes on: give one of them.")
    numbers = {
        "--steps": options.steps,
        "--stop-at": options.stop_at,
        "--gpus": options.gpus,
    }
    for name, value in numbers.items():
        if value is not None and value < 1:
            raise UserError(
                f"{name} {value} is not allowed: it takes a whole number of at least 1."
            )


def _default_run_dir(values: Mapping[str, Any], assignments: Sequence[str]) -> Path:
    """DATA_ROOT, the output folder that files of VSR++ may name, else runs/<recipe>."""
    typed = dict(text.split("=", 1) for text in assignments if "=" in text)
    named = typed.get("DATA_ROOT", values.get("DATA_ROOT"))
    return Path(named) if isinstance(named, str) else Path("runs") / str(recipe_of(values))


def _values_of_run(run_dir: Path) -> Mapping[str, Any]:
    """The run's own configuration, which decides what kind of run goes on; empty where it is gone."""
    path = config_path(run_dir)
    return read_values(path) if path.is_file() else {}


def _values(options: TrainOptions) -> Mapping[str, Any]:
    """What the run begins with; another RECIPE that was typed without a CONFIG has its own defaults."""
    if options.embedded is not None:
        return options.embedded
    values = read_or_default(options.config)
    typed = dict(text.split("=", 1) for text in options.assignments if "=" in text)
    recipe = typed.get("RECIPE")
    if options.config is None and recipe is not None and recipe != recipe_of(values):
        return {"RECIPE": recipe}
    return values


def _wants_resume(options: TrainOptions, run_dir: Path) -> bool:
    if options.fresh:
        return False
    found = has_run(run_dir)
    if options.resume_from is not None:
        return True
    if options.resume and not found:
        raise UserError(f"--resume: there is no checkpoint in {run_dir / 'checkpoints'}.")
    if found and options.init_weights is not None:
        raise UserError(
            f"--init-weights begins a new run, but {run_dir} holds one: add --fresh, or another --run-dir."
        )
    return found


def _sources(
    options: TrainOptions, run_dir: Path, typed: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Where a resumed run may differ from its checkpoint, weakest first."""
    from vsrppp_tui.config.recipes import class_for

    sources: list[tuple[str, Mapping[str, Any]]] = []
    own = config_path(run_dir)
    if own.is_file():
        sources.append((own.name, read_values(own)))
    named = read_values(options.config) if options.config is not None else {}
    if named and sources:
        _require_same_kind(options.config, named, run_dir, sources[0][1])
    asked = {**named, **typed}
    for who, values in ((str(options.config and options.config.name), named), (TYPED, typed)):
        if values:
            sources.append((who, class_for(named).settled(values, asked)))
    return sources


def _require_same_kind(
    config: Path | None, named: Mapping[str, Any], run_dir: Path, own: Mapping[str, Any]
) -> None:
    from vsrppp_tui.config.recipes import class_for, title_of

    if class_for(named) is not class_for(own):
        raise UserError(
            f"{config} is a configuration of {title_of(named)}, and the run in {run_dir} is of "
            f"{title_of(own)}: take another --run-dir, or --fresh."
        )


def recorded_edits(run_dir: Path) -> tuple[Any, ...]:
    """Every edit in the journal of a run, for `RunRequest.recorded`."""
    from vsrppp_tui.records.edits import read_edits
    from vsrppp_tui.training.resume import ScheduledEdit

    lines = read_edits(run_dir / "edits.jsonl")
    return tuple(ScheduledEdit(line.step, {line.key: line.new}, line.who) for line in lines)
