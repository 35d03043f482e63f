"""The command `vsrppp wqv`, which is also a program of its own: `wqv-upscale-trainer`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from typer.core import TyperCommand


@dataclass(frozen=True, slots=True)
class _Option:
    """One option. A value that is not typed is None; a plain flag is then False.

    Attributes:
        name: of the parameter; ``--grad-accum-steps`` for ``grad_accum_steps``.
        kind: of its value; a bool has a ``--no-`` form.
        meaning: for the help page.
        default: what holds in a new run where it is not typed, for the help page.
        key: the key of the configuration that it sets; empty where it sets none.
        metavar: its values, for the help page.
    """

    name: str
    kind: type[Any]
    meaning: str
    default: str = ""
    key: str = ""
    metavar: str | None = None
    flag: bool = False

    @property
    def parameter(self) -> inspect.Parameter:
        """As typer reads it from a signature."""
        names = (f"--{self.name.replace('_', '-')}",) if self.flag else ()
        option = typer.Option(
            *names, help=self.meaning, show_default=self.default or False, metavar=self.metavar
        )
        return inspect.Parameter(
            self.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if self.flag else None,
            annotation=Annotated[self.kind if self.flag else self.kind | None, option],
        )


_OPTIONS = (
    _Option("scale", int, "Enlargement of the network.", "4", "SCALE", "{2,4,8}"),
    _Option("steps", int, "Length of the run.", "200000", "MAX_STEPS"),
    _Option("batch_size", int, "Samples in a micro-batch.", "16", "BATCH_SIZE"),
    _Option("grad_accum_steps", int, "Micro-batches in a step.", "1", "ACCUMULATION_STEPS"),
    _Option("lr", float, "Learning rate of Adam (0.9, 0.99).", "2e-4", "LR"),
    _Option("device", str, "Where to compute.", "auto", "DEVICE", "{auto,cuda,cpu}"),
    _Option("amp", bool, "Mixed precision where the device has it.", "amp"),
    _Option("monochrome_style", bool, "Grey pictures of few levels.", "off", "MONOCHROME_STYLE"),
    _Option("tensorboard", bool, "Write TensorBoard files.", "off", "TENSORBOARD"),
    _Option("resume", Path, "Go on from this checkpoint of WORKSPACE; a _deploy file too."),
    _Option("init_weights", Path, "Begin a new run with the weights of an RRDB file.", "",
            "INIT_WEIGHTS"),
    _Option("init_arch", str, "Architecture of --init-weights.", "auto", "INIT_ARCH", "{auto,rrdb}"),
    _Option("config_only", bool, "Print the configuration as JSON, write nothing.", flag=True),
    _Option("patches_per_image", int, "Samples of a picture in an epoch.", "16",
            "PATCHES_PER_IMAGE"),
    _Option("train_split", float, "Share to train on.", "0.8", "TRAIN_SPLIT"),
    _Option("val_split", float, "Share to validate with.", "0.1", "VAL_SPLIT"),
    _Option("seed", int, "Seed of everything that is drawn.", "1337", "SEED"),
    _Option("num_workers", int, "Processes that make samples.", "4", "NUM_WORKERS"),
    _Option("val_interval", int, "Steps between validations.", "5000", "VAL_STEP_EVERY"),
    _Option("checkpoint_interval", int, "Steps between checkpoints.", "10000", "SAVE_STEP_EVERY"),
    _Option("log_interval", int, "Steps between log entries.", "100", "LOG_TBOARD_EVERY"),
    _Option("image_log_interval", int, "Steps between pictures.", "2000", "IMAGE_LOG_INTERVAL"),
    _Option("ema_decay", float, "Decay of the averaged weights.", "0.999", "EMA_DECAY"),
    _Option("gradient_clip", float, "Largest gradient norm; 0: none.", "0.5", "GRAD_CLIP"),
    _Option("l1_weight", float, "Weight of L1.", "1", "L1_WEIGHT"),
    _Option("perceptual_weight", float, "Weight of the VGG19 term; 0 leaves it out.", "0.1",
            "PERCEPTUAL_WEIGHT"),
    _Option("vgg_weights", Path, "File of the VGG19 weights.", "torch.hub's cache, or a download",
            "VGG_WEIGHTS"),
    _Option("base_resolution", int, "Side of an LR sample in pixels.", "120", "BASE_RESOLUTION"),
    _Option("monochrome_levels", int, "Grey levels.", "16", "MONOCHROME_LEVELS"),
    _Option("monochrome_noise", float, "Sensor noise, 0 to 1.", "0.01", "MONOCHROME_NOISE"),
    _Option("num_feat", int, "Channels of the network.", "64", "NUM_FEAT"),
    _Option("num_block", int, "Blocks of the network.", "23", "NUM_BLOCK"),
    _Option("fresh", bool, "Begin anew; an old run is moved to WORKSPACE.old-N.", flag=True),
    _Option("headless", bool, "No screen: one progress line, or plain lines.", flag=True),
)  # fmt: skip


class PlainHelp(TyperCommand):
    """A command whose help page has no frame: in one of 80 columns the longer names would be cut."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page as click does."""
        click.Command.format_help(self, ctx, formatter)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer read the options from the table, where a signature would say them a second time."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    own = [each for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [option.parameter for option in _OPTIONS]
    command.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    return command


@_with_options
def wqv(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="Folder of clean pictures, searched recursively.")],
    workspace: Annotated[
        Path, typer.Argument(help="Folder of the run; one that holds a run resumes.")
    ],
    **given: Any,
) -> None:
    """Train a single-image RRDB upscaler on synthetic degradations; a run in WORKSPACE goes on."""
    from vsrppp_tui.commands.wqv import WqvOptions
    from vsrppp_tui.commands.wqv import wqv as command

    typed = {option.key: given[option.name] for option in _OPTIONS if option.key}
    typed["PRECISION"] = {None: None, True: "auto", False: "fp32"}[given["amp"]]
    options = WqvOptions(
        source=source,
        workspace=workspace,
        typed={
            key: str(value) if isinstance(value, Path) else value
            for key, value in typed.items()
            if value is not None
        },
        resume=given["resume"],
        config_only=given["config_only"],
        fresh=given["fresh"],
        headless=given["headless"],
        debug=bool(context.obj),  # `--debug` may stand anywhere: see `cli.main`
    )
    raise typer.Exit(command(options))
