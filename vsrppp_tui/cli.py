"""The commands of `vsrppp`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from vsrppp_tui import __version__
from vsrppp_tui.cli_wqv import PlainHelp, wqv
from vsrppp_tui.errors import UserError

app = typer.Typer(
    name="vsrppp",
    help="Train video super-resolution networks in the terminal. Without a command: recent runs, and new ones.",
    add_completion=False,
    suggest_commands=False,  # click names the nearest command itself
    pretty_exceptions_enable=False,
)

Headless = Annotated[
    bool, typer.Option("--headless", help="No screen: one progress line, or plain lines in a pipe.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Config = Annotated[
    Path | None, typer.Argument(help="Configuration file; train_config.json where none is named.")
]
RunDir = Annotated[
    Path | None,
    typer.Argument(help="Run directory; where none is named, the live or newest run in runs/."),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set one key; may be repeated."),
]


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; may stand anywhere.")
    ] = False,
) -> None:
    """Options that every command has; without a command the start screen."""
    del debug  # taken out of the arguments by `main`; declared here for the help page
    if version:
        typer.echo(f"vsrppp {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _start(context)


def _start(context: typer.Context) -> None:
    """The start screen, or the help where there is no terminal to draw it on."""
    from vsrppp_tui.commands.foreground import has_terminal

    if not has_terminal():
        print(context.get_help(), end="")
        raise typer.Exit(2)
    from vsrppp_tui.commands.start import start

    raise typer.Exit(start(debug=_debug))


@app.command()
def demo(
    headless: Headless = False,
    steps: Annotated[int | None, typer.Option(min=1, help="Length of the run.")] = None,
    run_dir: Annotated[Path, typer.Option(help="Where the run is kept.")] = Path("runs/demo"),
    device: Device = "auto",
) -> None:
    """Train a small network on a short clip that ships with the program."""
    from vsrppp_tui.commands.demo import demo as command

    code = command(headless=headless, steps=steps, run_dir=run_dir, device=device, debug=_debug)
    raise typer.Exit(code)


@app.command()
def train(
    config: Config = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where the run is kept; runs/<recipe> where not given.")
    ] = None,
    assignments: Assignments = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; an old run is moved aside to DIR.old-N.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in DIR, or end if there is none.")
    ] = False,
    resume_from: Annotated[
        Path | None, typer.Option(help="Go on from this checkpoint instead of the newest.")
    ] = None,
    init_weights: Annotated[
        Path | None, typer.Option(help="Begin a fine-tuning run with these weights.")
    ] = None,
    headless: Headless = False,
    device: Device = "auto",
    steps: Annotated[int | None, typer.Option(help="Set MAX_STEPS, schedule included.")] = None,
    stop_at: Annotated[int | None, typer.Option(help="Stop after this step.")] = None,
    gpus: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Train on N GPUs of this machine, which share every batch out (with --device cpu: on N "
            "processes). For several machines start it with torchrun or srun, without --gpus.",
        ),
    ] = None,
) -> None:
    """Train; a run that is in the directory already goes on."""
    from vsrppp_tui.commands.train import TrainOptions
    from vsrppp_tui.commands.train import train as command

    code = command(
        TrainOptions(
            config=config,
            run_dir=run_dir,
            assignments=tuple(assignments or ()),
            fresh=fresh,
            resume=resume,
            resume_from=resume_from,
            init_weights=init_weights,
            headless=headless,
            device=device,
            steps=steps,
            stop_at=stop_at,
            debug=_debug,
            gpus=gpus,
        )
    )
    raise typer.Exit(code)


@app.command()
def tune(
    config: Config = None,
    max_vram_gb: Annotated[
        float | None, typer.Option(min=0.01, help="Memory of which 80% may be filled.")
    ] = None,
    target_speed: Annotated[
        float | None, typer.Option(min=0.001, help="Longest step, in seconds; 4 where not given.")
    ] = None,
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATS,BATCH,BLOCKS", help="Try this size; may be repeated, in order."
        ),
    ] = None,
    assignments: Assignments = None,
    device: Device = "auto",
) -> None:
    """Measure which size the machine can train, and write it into the configuration."""
    from vsrppp_tui.commands.tune import TuneOptions
    from vsrppp_tui.commands.tune import tune as command

    command(
        TuneOptions(
            config,
            tuple(assignments or ()),
            max_vram_gb,
            target_speed,
            tuple(candidate or ()),
            device,
        )
    )


@app.command()
def status(
    run_dir: RunDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object, for scripts.")] = False,
) -> None:
    """Look once at a run. Exit code: 0 well or done, 3 paused, 4 failed, 5 stopped or dead, 2 no run."""
    from vsrppp_tui.commands.status import status as command

    raise typer.Exit(command(run_dir, as_json=as_json))


@app.command()
def send(
    run_dir: Annotated[Path, typer.Argument(help="The directory of a live run.")],
    action: Annotated[
        str, typer.Argument(help="pause, resume, validate, checkpoint, stop, or set KEY=VALUE.")
    ],
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="What `set` sets.")
    ] = None,
) -> None:
    """Send a command to a live run. Exit code: 0 applied, 1 refused, 2 no live run."""
    from vsrppp_tui.commands.send import send as command

    raise typer.Exit(command(run_dir, action, tuple(assignments or ())))


@app.command()
def attach(
    run_dir: RunDir = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only look; every command is refused.")
    ] = False,
) -> None:
    """The dashboard of a run that trains in another process; any number at a time."""
    from vsrppp_tui.commands.attach import attach as command

    raise typer.Exit(command(run_dir, read_only=read_only))


@app.command()
def replay(
    run_dir: RunDir = None,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="X", help="60: a minute of the run a second; all in two minutes if not given."
        ),
    ] = None,
) -> None:
    """Play the record of a run through the dashboard; go back and forth in it."""
    from vsrppp_tui.commands.replay import replay_run as command

    raise typer.Exit(command(run_dir, speed=speed))


@app.command()
def prepare(
    videos: Annotated[list[Path], typer.Argument(help="Videos to cut patches from.")],
    out: Annotated[Path, typer.Option(help="Folder of the dataset.")],
    category: Annotated[str | None, typer.Option(help="general, space or toon.")] = None,
    formats: Annotated[
        str | None, typer.Option(help="Names or WxH, separated by commas; default: largest square.")
    ] = None,
    frames: Annotated[str, typer.Option(help="Frames in a window.")] = "5",
    limit: Annotated[int | None, typer.Option(min=2, help="Windows a video.")] = None,
) -> None:
    """Cut training and validation patches from videos; goes on where it was interrupted."""
    from vsrppp_tui.commands.prepare import prepare as command

    command(videos, out, category=category, formats=formats, frames=frames, limit=limit)


@app.command()
def check(config: Config = None, assignments: Assignments = None, device: Device = "auto") -> None:
    """Check configuration, data, network, one step, disk and GPU; exit code 1 on a problem."""
    from vsrppp_tui.commands.check import check as command

    raise typer.Exit(command(config, tuple(assignments or ()), device))


@app.command()
def validate(
    checkpoint: Annotated[Path, typer.Argument(help="A checkpoint of a run.")],
    data: Annotated[
        Path | None, typer.Option(help="Dataset with Val/; the run's own where not given.")
    ] = None,
    device: Device = "auto",
) -> None:
    """PSNR, SSIM and quality of a checkpoint against plain enlargement."""
    from vsrppp_tui.commands.validate import validate as command

    command(checkpoint, data, device)


@app.command()
def export(
    checkpoint: Annotated[
        Path, typer.Argument(help="A checkpoint of a run, an export, or an RRDB file.")
    ],
    out: Annotated[Path, typer.Argument(help="OUT.pth, OUT.safetensors or OUT.onnx.")],
) -> None:
    """Write the weights of a checkpoint for other programs (its EMA where it keeps one)."""
    from vsrppp_tui.commands.export import export as command

    command(checkpoint, out)


@app.command()
def upscale(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="An image, a video, or a folder of images and videos."
        ),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help="A file of the same kind, or a folder.")
    ],
    weights: Annotated[
        Path, typer.Option(help="A checkpoint of a run, an export, or an RRDB file.")
    ],
    device: Device = "auto",
    tile: Annotated[
        int | None,
        typer.Option(min=16, help="Side of tiles in input pixels; only as memory needs by itself."),
    ] = None,
    crf: Annotated[
        int | None,
        typer.Option(min=0, max=51, help="Quality of H.264, 0 is best; 17 if not given."),
    ] = None,
) -> None:
    """Enlarge an image, a video or a folder with a network; a folder goes on where it was left.

    Each image of a folder stands alone. A video keeps its frames, its rate and its sound. Exit code: 0,
    or 1 where files of a folder could not be read.
    """
    from vsrppp_tui.commands.upscale import UpscaleOptions
    from vsrppp_tui.commands.upscale import upscale as command

    raise typer.Exit(command(UpscaleOptions(source, out, weights, device, tile, crf)))


app.command(cls=PlainHelp)(wqv)


_debug = False


def main() -> None:
    """Entry point of the console script; a user's error is one sentence and exit code 2."""
    _run(app, "vsrppp")


def wqv_main() -> None:
    """Entry point of `wqv-upscale-trainer`, which is the command `wqv` alone."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(cls=PlainHelp)(wqv)
    _run(alone, "wqv-upscale-trainer")


def _run(program: typer.Typer, name: str) -> None:
    global _debug
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    _debug = len(arguments) < len(sys.argv) - 1
    try:
        program(args=arguments, prog_name=name, obj=_debug)
    except UserError as error:
        if _debug:
            traceback.print_exception(error)
        typer.echo(f"{name}: {error}", err=True)
        sys.exit(2)
