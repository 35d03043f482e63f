"""`vsrppp train`: from options and files to a request for the engine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.session import run_session
from vsrppp_tui.config.read import file_text, read_values
from vsrppp_tui.errors import UserError

if TYPE_CHECKING:
    from vsrppp_tui.training.control import ControlPoint
    from vsrppp_tui.training.observer import Observer
    from vsrppp_tui.training.request import RunRequest, RunStart

DEFAULT_CONFIG = Path("train_config.json")
RUN_CONFIG = "train_config.json"  # in the run directory


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
    # The embedded default of the demo stands in for a CONFIG file; it prepares its own dataset.
    embedded: Mapping[str, Any] | None = None
    prepare: Callable[[Callable[[int, int], None]], None] | None = None


def train(options: TrainOptions) -> int:
    """Train as the options say; returns the exit code.

    Raises:
        UserError: the options contradict each other, or there is no configuration to start with.
    """
    _check_options(options)
    values = _values(options)
    recipe = str(values.get("RECIPE", "vsrppp"))
    run_dir = options.run_dir or Path("runs") / recipe
    resume = _wants_resume(options, run_dir)
    return run_session(
        lambda control: build_request(options, values, run_dir, control, resume=resume),
        run_dir,
        recipe,
        headless=options.headless,
        debug=options.debug,
    )


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


def has_run(run_dir: Path) -> bool:
    """Whether there is a run to resume: any checkpoint."""
    return any((run_dir / "checkpoints").glob("*.pth"))


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
        UserError: an unknown key, a value out of range, a live run in the directory.
    """
    from vsrppp_tui.config.edit import build_config, parse_assignments
    from vsrppp_tui.config.recipes import recipe_class
    from vsrppp_tui.training.request import RunRequest

    _refuse_live_run(run_dir)
    recipe = recipe_class(values.get("RECIPE", "vsrppp"))
    typed = parse_assignments(recipe, options.assignments)
    if options.steps is not None:
        typed["MAX_STEPS"] = options.steps
    config = build_config({**values, **typed})
    return RunRequest(
        run_dir=run_dir,
        config=config,
        open_records=lambda start: _open_records(start, run_dir, options, control),
        device=options.device,
        resume=resume,
        resume_from=options.resume_from,
        sources=_sources(options, run_dir, typed) if resume else (),
        recorded=_recorded_edits(run_dir) if resume else (),
        init_weights=options.init_weights,
        stop_at=options.stop_at,
        prepare=options.prepare,
    )


def _check_options(options: TrainOptions) -> None:
    if options.fresh and (options.resume or options.resume_from):
        raise UserError("--fresh starts anew and --resume goes on: give one of them.")
    if options.init_weights and (options.resume or options.resume_from):
        raise UserError("--init-weights begins a new run and --resume goes on: give one of them.")
    for name, value in (("--steps", options.steps), ("--stop-at", options.stop_at)):
        if value is not None and value < 1:
            raise UserError(
                f"{name} {value} is not allowed: it takes a whole number of at least 1."
            )


def _values(options: TrainOptions) -> Mapping[str, Any]:
    return options.embedded if options.embedded is not None else read_or_default(options.config)


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


def _refuse_live_run(run_dir: Path) -> None:
    from vsrppp_tui.records.run_file import is_alive, read_run_file

    live = read_run_file(run_dir)
    if live is not None and is_alive(live, socket.gethostname()):
        raise UserError(
            f"Process {live.pid} is training in {run_dir}: stop it first, or take another --run-dir."
        )


def _sources(
    options: TrainOptions, run_dir: Path, typed: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Where a resumed run may differ from its checkpoint, weakest first."""
    sources: list[tuple[str, Mapping[str, Any]]] = []
    if (run_dir / RUN_CONFIG).is_file():
        sources.append((RUN_CONFIG, read_values(run_dir / RUN_CONFIG)))
    if options.config is not None:
        sources.append((options.config.name, read_values(options.config)))
    if typed:
        sources.append(("command line", typed))
    return sources


def _recorded_edits(run_dir: Path) -> tuple[Any, ...]:
    from vsrppp_tui.records.edits import read_edits
    from vsrppp_tui.training.resume import ScheduledEdit

    lines = read_edits(run_dir / "edits.jsonl")
    return tuple(ScheduledEdit(line.step, {line.key: line.new}, line.who) for line in lines)


def _open_records(
    start: RunStart, run_dir: Path, options: TrainOptions, control: ControlPoint
) -> tuple[Sequence[Observer], Sequence[str]]:
    """Every check has passed: make the run directory (moving an old run aside) and its records."""
    from vsrppp_tui.training.atomic import write_atomically
    from vsrppp_tui.training.checkpoint import set_later_aside

    notices = []
    try:
        if start.resume_step is None:
            aside = move_aside(run_dir, keep_dataset=options.embedded is not None)
            notices += [f"The run that was here is now in {aside}."] if aside else []
        elif options.resume_from is not None:
            later = set_later_aside(run_dir, start.resume_step)
            notices += [f"Checkpoints after this step are now in {later}."] if later else []
        run_dir.mkdir(parents=True, exist_ok=True)
        write_atomically(run_dir / RUN_CONFIG, file_text(start.eventual.to_file()))
        return _records(start, run_dir), notices
    except OSError as error:
        raise UserError(
            f"The run directory {run_dir} cannot be written ({error.strerror}): choose another --run-dir."
        ) from error


def _records(start: RunStart, run_dir: Path) -> Sequence[Observer]:
    from vsrppp_tui.records.standard import standard_records

    return standard_records(
        run_dir,
        start.run,
        log_every=start.config.log_tboard_every,
        resume_step=start.resume_step,
        block_names=[name for name, _trunk in start.blocks],
    )


def move_aside(run_dir: Path, *, keep_dataset: bool) -> Path | None:
    """Rename a run directory that holds a run to the first free DIR.old-N.

    With `keep_dataset` the folder ``dataset`` inside it stays with the new run: the demo's.
    """
    if not has_run(run_dir) and not (run_dir / "run.json").is_file():
        return None
    number = 1
    while (aside := run_dir.with_name(f"{run_dir.name}.old-{number}")).exists():
        number += 1
    run_dir.rename(aside)
    if keep_dataset and (aside / "dataset").is_dir():
        run_dir.mkdir()
        (aside / "dataset").rename(run_dir / "dataset")
    return aside
