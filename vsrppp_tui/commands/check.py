"""`vsrppp check`: everything a run needs, looked at before it starts."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from vsrppp_tui.commands.check_feeding import Pace, as_read, describe_feeding, sample_seconds
from vsrppp_tui.commands.train import DEFAULT_CONFIG, read_or_default
from vsrppp_tui.config.edit import with_assignments
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture
from vsrppp_tui.data.registry import check_data, open_data
from vsrppp_tui.data.sample_reader import SampleSource
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controllers import build_controller
from vsrppp_tui.training.precision import choose_device, choose_precision, describe_device
from vsrppp_tui.training.step import TrainingStep

ENOUGH_CHECKPOINTS = 10  # free space for as many is asked for


_LONG_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A format that a micro-batch was trained of, and how long one takes."""

    name: str | None
    source: SampleSource
    seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    what: str
    ok: bool
    text: str
    slow: bool = False  # it will work, only not as fast as it could


def check(config_path: Path | None, assignments: Sequence[str], device_name: str) -> int:
    """Print the table; returns 0 where all is well and 1 on a problem.

    Raises:
        UserError: the configuration itself cannot be read.
    """
    values = read_or_default(config_path)
    source = (
        str(config_path or DEFAULT_CONFIG) if values else "defaults (no train_config.json here)"
    )
    config, _ = with_assignments(values, assignments)
    findings = [Finding("configuration", True, f"{source}: recipe {config.recipe}")]
    console = Console()
    tried: list[Trial] = []
    parts: tuple[tuple[str, Callable[[], str | Finding]], ...] = (
        ("device", lambda: _device(config, device_name)),
        ("dataset", lambda: _dataset(config, console)),
        ("loss", lambda: _loss(config, device_name)),
        ("network", lambda: _networks(config)),
        ("one step", lambda: _one_step(config, device_name, tried)),
        ("feeding", lambda: _feeding(config, tried)),
        ("disk", lambda: _disk(config)),
    )
    for what, look in parts:
        if what in ("one step", "feeding") and not all(finding.ok for finding in findings):
            findings.append(Finding(what, False, "Not tried before the problems above are solved."))
            continue
        with console.status(f"Checking: {what}"):
            findings.append(_look(what, look))
    console.print(_table(findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _look(what: str, look: Callable[[], str | Finding]) -> Finding:
    try:
        found = look()
        return found if isinstance(found, Finding) else Finding(what, True, found)
    except UserError as error:
        return Finding(what, False, str(error))
    except torch.OutOfMemoryError:
        return Finding(what, False, "Not enough GPU memory: lower the batch size or set LR_CROP.")
    except (OSError, RuntimeError) as error:
        return Finding(what, False, f"{type(error).__name__}: {error}")


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(show_header=False)
    for _column in ("mark", "what"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # a path must stay whole, to be copied
    for finding in findings:
        mark = "[green]✓ ok[/]" if finding.ok else "[bold red]✗ problem[/]"
        if finding.slow:
            mark = "[yellow]⚠ slow[/]"
        table.add_row(mark, finding.what, finding.text)
    return table


def _device(config: RunConfig, device_name: str) -> str:
    device = choose_device(device_name)
    precision = choose_precision(device, config.precision)
    gpu = "" if device.type == "cuda" else "; no GPU is used"
    return f"{describe_device(device)}, {precision.name}{gpu}"


def _dataset(config: RunConfig, console: Console) -> str:
    """Decode every file; problems are printed one a line, all of them."""
    data = check_data(config, lambda line: console.print(line, markup=False, soft_wrap=True))
    return data.summary


def _loss(config: RunConfig, device_name: str) -> str:
    return " + ".join(build_loss(config, choose_device(device_name)).names[:-1])


def _networks(config: RunConfig) -> str:
    """One look at noise with every number of frames that the configuration could have."""
    frames = []
    for variant in config.frame_variants:
        network = build_network(variant).eval()
        with torch.no_grad():
            network(torch.rand(1, variant.frames, 3, 16, 16))
        frames.append(str(variant.frames))
    count = sum(parameter.numel() for parameter in network.parameters())
    return f"{config.recipe}, {count / 1e6:.2f} M parameters, {' and '.join(frames)} frames"


def _one_step(config: RunConfig, device_name: str, tried: list[Trial]) -> str:
    """Train one micro-batch of real patches of each format and say how long it took."""
    device = choose_device(device_name)
    data = open_data(config, None)
    torch.manual_seed(config.seed)
    network = build_network(config)
    step = TrainingStep(
        network,
        build_loss(config, device),
        config,
        device,
        choose_precision(device, config.precision),
    )
    parameters = sum(parameter.numel() for parameter in network.parameters())
    texts = []
    for source, name in zip(data.samples, config.format_names or (None,), strict=True):
        text, seconds = _micro_batch(config, step, source, name)
        texts.append(text)
        tried.append(Trial(name, source, seconds))
    return f"{parameters:,} parameters; {'; '.join(texts)}"


def _feeding(config: RunConfig, tried: Sequence[Trial]) -> Finding:
    sources = as_read(config, [trial.source for trial in tried])
    paces = []
    for trial, source in zip(tried, sources, strict=True):
        batch = config.batch_of(trial.name)
        paces.append(Pace(trial.name, batch, trial.seconds, sample_seconds(source, batch)))
    keeps_up, text = describe_feeding(config, sources, paces)
    return Finding("feeding", True, text, slow=not keeps_up)


def _micro_batch(
    config: RunConfig, step: TrainingStep, source: SampleSource, name: str | None
) -> tuple[str, float]:
    """Train one micro-batch of a format; says how, and the seconds of one without its data.

    Raises:
        UserError: its loss is not finite.
    """
    batch = config.batch_of(name)
    cursor = Cursor(Mixture(config.seed, (1.0,)), [batch], [1], DataPlace(0, (0,)))
    loader = TrainLoader([source], cursor, workers=0)
    label = "" if name is None else f"{name}: "
    controller = build_controller(config, step.loss, step.device, lambda *event: None)
    try:
        fetched = loader.next()
    finally:
        loader.close()

    def take(number: int) -> float:
        started = time.perf_counter()
        decision = controller.decide(number, config)
        row = step.run(lambda: fetched, config, decision, lambda: False, 1)
        assert row is not None  # never interrupted
        if not bool(torch.isfinite(row).all()):  # which waits for the device
            raise UserError(
                f"{label}The loss of the first micro-batch is not finite: lower the learning rate or "
                "check the patches."
            )
        return time.perf_counter() - started

    first = take(0)
    # The first one also chooses kernels and makes room; of a long one that is a small part.
    seconds = first if first > _LONG_SECONDS else min(take(1), take(2))
    text = (
        f"{label}first micro-batch of {batch} took {first:.1f} s "
        f"(a step has {config.accumulation_of(name)})"
    )
    return text, seconds


def _disk(config: RunConfig) -> str:
    """Weights, two moments and perhaps an EMA, four bytes each, make a checkpoint."""
    parameters = sum(parameter.numel() for parameter in build_network(config).parameters())
    size = parameters * 4 * (4 if config.ema_decay > 0 else 3)
    free = shutil.disk_usage(Path.cwd()).free
    text = f"{free / 1e9:.1f} GB free, a checkpoint takes {size / 1e6:.1f} MB"
    if free < ENOUGH_CHECKPOINTS * size:
        raise UserError(f"{text}: free some space, or choose another --run-dir.")
    return text
