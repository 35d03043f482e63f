"""The command `vsrppp wqv`, which is also a program of its own: `wqv-upscale-trainer`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import click
import typer
from typer.core import TyperCommand

_KEYS = {
    "scale": "SCALE",
    "steps": "MAX_STEPS",
    "batch_size": "BATCH_SIZE",
    "grad_accum_steps": "ACCUMULATION_STEPS",
    "lr": "LR",
    "device": "DEVICE",
    "monochrome_style": "MONOCHROME_STYLE",
    "tensorboard": "TENSORBOARD",
    "init_weights": "INIT_WEIGHTS",
    "init_arch": "INIT_ARCH",
    "patches_per_image": "PATCHES_PER_IMAGE",
    "train_split": "TRAIN_SPLIT",
    "val_split": "VAL_SPLIT",
    "seed": "SEED",
    "num_workers": "NUM_WORKERS",
    "val_interval": "VAL_STEP_EVERY",
    "checkpoint_interval": "SAVE_STEP_EVERY",
    "log_interval": "LOG_TBOARD_EVERY",
    "image_log_interval": "IMAGE_LOG_INTERVAL",
    "ema_decay": "EMA_DECAY",
    "gradient_clip": "GRAD_CLIP",
    "l1_weight": "L1_WEIGHT",
    "perceptual_weight": "PERCEPTUAL_WEIGHT",
    "vgg_weights": "VGG_WEIGHTS",
    "base_resolution": "BASE_RESOLUTION",
    "monochrome_levels": "MONOCHROME_LEVELS",
    "monochrome_noise": "MONOCHROME_NOISE",
    "num_feat": "NUM_FEAT",
    "num_block": "NUM_BLOCK",
}
"""The key of the configuration that an option sets."""


def _option(text: str, default: str = "", *names: str, **more: Any) -> Any:
    """An option that is None where it is not typed; `default` is what then holds in a new run."""
    return typer.Option(*names, help=text, show_default=default or False, **more)


class PlainHelp(TyperCommand):
    """A command whose help page has no frame: in one of 80 columns the longer names would be cut."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page as click does."""
        click.Command.format_help(self, ctx, formatter)


def wqv(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="Folder of clean pictures, searched recursively.")],
    workspace: Annotated[
        Path, typer.Argument(help="Folder of the run; one that holds a run resumes.")
    ],
    scale: Annotated[
        int | None, _option("Enlargement of the network.", "4", metavar="{2,4,8}")
    ] = None,
    steps: Annotated[int | None, _option("Length of the run.", "200000")] = None,
    batch_size: Annotated[int | None, _option("Samples in a micro-batch.", "16")] = None,
    grad_accum_steps: Annotated[int | None, _option("Micro-batches in a step.", "1")] = None,
    lr: Annotated[float | None, _option("Learning rate of Adam (0.9, 0.99).", "2e-4")] = None,
    device: Annotated[
        str | None, _option("Where to compute.", "auto", metavar="{auto,cuda,cpu}")
    ] = None,
    amp: Annotated[
        bool | None, _option("Mixed precision where the device has it.", "amp", "--amp/--no-amp")
    ] = None,
    monochrome_style: Annotated[
        bool | None,
        _option("Grey pictures of few levels.", "off", "--monochrome-style/--no-monochrome-style"),
    ] = None,
    tensorboard: Annotated[
        bool | None, _option("Write TensorBoard files.", "off", "--tensorboard/--no-tensorboard")
    ] = None,
    resume: Annotated[
        Path | None, _option("Go on from this checkpoint of WORKSPACE; a _deploy file too.")
    ] = None,
    init_weights: Annotated[
        Path | None, _option("Begin a new run with the weights of an RRDB file.")
    ] = None,
    init_arch: Annotated[
        str | None,
        _option("Architecture of --init-weights.", "auto", metavar="{auto,rrdb}"),
    ] = None,
    config_only: Annotated[
        bool, typer.Option("--config-only", help="Print the configuration as JSON, write nothing.")
    ] = False,
    patches_per_image: Annotated[
        int | None, _option("Samples of a picture in an epoch.", "16")
    ] = None,
    train_split: Annotated[float | None, _option("Share to train on.", "0.8")] = None,
    val_split: Annotated[float | None, _option("Share to validate with.", "0.1")] = None,
    seed: Annotated[int | None, _option("Seed of everything that is drawn.", "1337")] = None,
    num_workers: Annotated[int | None, _option("Processes that make samples.", "4")] = None,
    val_interval: Annotated[int | None, _option("Steps between validations.", "5000")] = None,
    checkpoint_interval: Annotated[
        int | None, _option("Steps between checkpoints.", "10000")
    ] = None,
    log_interval: Annotated[int | None, _option("Steps between log entries.", "100")] = None,
    image_log_interval: Annotated[int | None, _option("Steps between pictures.", "2000")] = None,
    ema_decay: Annotated[float | None, _option("Decay of the averaged weights.", "0.999")] = None,
    gradient_clip: Annotated[
        float | None, _option("Largest gradient norm; 0: none.", "0.5")
    ] = None,
    l1_weight: Annotated[float | None, _option("Weight of L1.", "1")] = None,
    perceptual_weight: Annotated[
        float | None, _option("Weight of the VGG19 term; 0 leaves it out.", "0.1")
    ] = None,
    vgg_weights: Annotated[
        Path | None, _option("File of the VGG19 weights.", "torch.hub's cache, or a download")
    ] = None,
    base_resolution: Annotated[
        int | None, _option("Side of an LR sample in pixels.", "120")
    ] = None,
    monochrome_levels: Annotated[int | None, _option("Grey levels.", "16")] = None,
    monochrome_noise: Annotated[float | None, _option("Sensor noise, 0 to 1.", "0.01")] = None,
    num_feat: Annotated[int | None, _option("Channels of the network.", "64")] = None,
    num_block: Annotated[int | None, _option("Blocks of the network.", "23")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; an old run is moved to WORKSPACE.old-N.")
    ] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="No screen: one progress line, or plain lines.")
    ] = False,
) -> None:
    """Train a single-image RRDB upscaler on synthetic degradations; a run in WORKSPACE goes on."""
    from vsrppp_tui.commands.wqv import WqvOptions
    from vsrppp_tui.commands.wqv import wqv as command

    typed = {_KEYS[name]: context.params[name] for name in _KEYS}
    typed["PRECISION"] = {None: None, True: "auto", False: "fp32"}[amp]
    options = WqvOptions(
        source=source,
        workspace=workspace,
        typed={
            key: str(value) if isinstance(value, Path) else value
            for key, value in typed.items()
            if value is not None
        },
        resume=resume,
        config_only=config_only,
        fresh=fresh,
        headless=headless,
        debug=bool(context.obj),  # `--debug` may stand anywhere: see `cli.main`,
    )
    raise typer.Exit(command(options))
