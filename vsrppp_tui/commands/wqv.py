"""`vsrppp wqv`, also `wqv-upscale-trainer`: from options and a workspace to a request for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.run_directory import Takeover, has_run, open_run, refuse_live_run
from vsrppp_tui.commands.session import run_session
from vsrppp_tui.config.read import read_values, recipe_of
from vsrppp_tui.errors import UserError

if TYPE_CHECKING:
    from vsrppp_tui.commands.foreground import Leave
    from vsrppp_tui.config.wqv import WqvConfig
    from vsrppp_tui.training.control import ControlPoint
    from vsrppp_tui.training.request import RunRequest

FROZEN = "training_config.json"
_OF_A_WARM_START = ("INIT_WEIGHTS", "INIT_ARCH")
_OPTION_OF = {"NUM_FEAT": "--num-feat", "NUM_BLOCK": "--num-block"}
_ONLY_GREY = {"MONOCHROME_LEVELS": "--monochrome-levels", "MONOCHROME_NOISE": "--monochrome-noise"}


@dataclass(frozen=True, slots=True)
class WqvOptions:
    """The options of `vsrppp wqv`, as typed; those that set a key of the configuration are in `typed`."""

    source: Path
    workspace: Path
    typed: Mapping[str, Any] = field(default_factory=dict)
    resume: Path | None = None
    config_only: bool = False
    fresh: bool = False
    headless: bool = False
    debug: bool = False


def wqv(options: WqvOptions, leave: Leave | None = None) -> int:
    """Train as the options and the workspace say, or show the configuration; returns the exit code.

    `leave`: as of `run_session`.

    Raises:
        UserError: the options contradict each other or what the workspace holds.
    """
    _check_options(options)
    plan = plan_run(options)
    if options.config_only:
        from vsrppp_tui.commands.wqv_config import print_config

        print_config(options, plan)
        return 0
    refuse_live_run(options.workspace)
    return run_session(
        lambda control: build_request(options, plan, control),
        options.workspace,
        {"RECIPE": "wqv"},
        headless=options.headless,
        debug=options.debug,
        leave=leave,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What the options mean in this workspace."""

    resume: bool
    frozen: Mapping[str, Any]  # what training_config.json says; empty where there is none
    typed: Mapping[
        str, Any
    ]  # what the command line says, less what a resumed run takes no notice of

    @property
    def values(self) -> dict[str, Any]:
        """Both together, the command line being stronger; not validated."""
        return {"RECIPE": "wqv", **self.frozen, **self.typed}


def plan_run(options: WqvOptions) -> Plan:
    """Whether a run goes on here, and with which values.

    Raises:
        UserError: `--init-weights` where a run goes on, or a configuration of another recipe.
    """
    path = options.workspace / FROZEN
    frozen = read_values(path) if path.is_file() else {}
    if frozen and recipe_of(frozen) != "wqv":
        raise UserError(f"{path} is not of the recipe wqv: name another WORKSPACE.")
    resume = not options.fresh and (options.resume is not None or has_run(options.workspace))
    typed = {**options.typed, "SOURCE": str(options.source)}
    if resume:
        _refuse_warm_start(options, frozen)
        typed = {name: value for name, value in typed.items() if name not in _OF_A_WARM_START}
    elif "INIT_WEIGHTS" in typed:  # the sizes are those of the new file
        sizes = ("SCALE", "NUM_FEAT", "NUM_BLOCK", "INIT_ARCH")
        frozen = {name: value for name, value in frozen.items() if name not in sizes}
    return Plan(resume, frozen, typed)


def resolve(plan: Plan) -> WqvConfig:
    """The validated configuration; a new run that begins with the weights of a file has its sizes.

    Raises:
        UserError: an unknown key, a value out of range, or options that contradict each other or the file.
    """
    from vsrppp_tui.config.edit import build_config
    from vsrppp_tui.config.wqv import WqvConfig

    config = build_config(plan.values)
    if not plan.resume and plan.values.get("INIT_WEIGHTS") is not None:
        config = build_config({**plan.values, **_sizes_of_file(plan)})
    assert isinstance(config, WqvConfig)
    grey = [_ONLY_GREY[name] for name in plan.typed if name in _ONLY_GREY]
    if grey and not config.monochrome_style:
        raise UserError(
            f"{grey[0]} works with --monochrome-style alone: add that, or leave it out."
        )
    return config


def build_request(options: WqvOptions, plan: Plan, control: ControlPoint) -> RunRequest:
    """Say what the engine is to do; `control` is its mailbox, for records that send commands.

    Raises:
        UserError: as `resolve`.
    """
    from vsrppp_tui.commands.train import recorded_edits
    from vsrppp_tui.training.request import RunRequest

    config = resolve(plan)
    sources = [(FROZEN, plan.frozen)] if plan.frozen else []
    takeover = Takeover(options.workspace, from_chosen_checkpoint=options.resume is not None)
    weights = None if plan.resume or config.init_weights is None else Path(config.init_weights)
    return RunRequest(
        run_dir=options.workspace,
        config=config,
        open_records=lambda start: open_run(takeover, start, control),
        device=config.device,
        resume=plan.resume,
        resume_from=options.resume,
        sources=[*sources, ("command line", plan.typed)] if plan.resume else (),
        recorded=recorded_edits(options.workspace) if plan.resume else (),
        init_weights=weights,
        data_record=None if options.fresh else options.workspace,
    )


def _check_options(options: WqvOptions) -> None:
    if options.resume is not None:
        if "INIT_WEIGHTS" in options.typed:
            raise UserError(
                "--init-weights begins a new run and --resume goes on with one: give one of them."
            )
        if options.fresh:
            raise UserError("--fresh starts anew and --resume goes on: give one of them.")
        _check_place(options.resume, options.workspace)
    if "INIT_ARCH" in options.typed and "INIT_WEIGHTS" not in options.typed:
        raise UserError("--init-arch says what --init-weights holds: give both, or neither.")


def _check_place(path: Path, workspace: Path) -> None:
    """A run goes on from its own checkpoints alone: any other file would be another run's state."""
    if not path.is_file():
        raise UserError(f"--resume {path}: there is no such file.")
    folder = workspace / "checkpoints"
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UserError(
            f"--resume {path} is not in {folder}: only a run's own checkpoints resume it. To begin a new "
            "run with these weights, use --init-weights."
        )


def _refuse_warm_start(options: WqvOptions, frozen: Mapping[str, Any]) -> None:
    """The command that began the run may be given again; other weights would mean another run."""
    asked = options.typed.get("INIT_WEIGHTS")
    if asked is not None and asked != frozen.get("INIT_WEIGHTS"):
        raise UserError(
            f"--init-weights begins a new run, but {options.workspace} holds one: add --fresh, or name "
            "another WORKSPACE."
        )


def _sizes_of_file(plan: Plan) -> dict[str, Any]:
    """Scale and sizes of the network in INIT_WEIGHTS; another scale may be typed, other sizes not.

    Raises:
        UserError: no RRDB network, or other sizes were typed.
    """
    from vsrppp_tui.training.warm_start import read_rrdb

    path = Path(plan.values["INIT_WEIGHTS"])
    _, spec = read_rrdb(path, str(plan.values.get("INIT_ARCH", "auto")))
    found = {"SCALE": spec.scale, "NUM_FEAT": spec.num_feat, "NUM_BLOCK": spec.num_block}
    for name, option in _OPTION_OF.items():
        if plan.typed.get(name, found[name]) != found[name]:
            raise UserError(
                f"{option} {plan.typed[name]} contradicts {path}, which has {found[name]}: leave it out."
            )
    return {**found, "SCALE": plan.values.get("SCALE", spec.scale)}
