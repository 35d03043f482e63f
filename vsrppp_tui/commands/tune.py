"""`vsrppp tune`: which size this machine can train, measured and written into the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from vsrppp_tui.commands.train import DEFAULT_CONFIG, read_or_default
from vsrppp_tui.config.edit import build_config, with_assignments
from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.config.rewrite import rewrite
from vsrppp_tui.config.schema import RunConfig, TuningWish
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.autotune import Tuning
from vsrppp_tui.training.sample_size import largest_sample
from vsrppp_tui.training.tune_run import run_tuning


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """The options of `vsrppp tune`, as typed; None: as the configuration says."""

    config: Path | None = None
    assignments: Sequence[str] = ()
    max_vram_gb: float | None = None
    target_speed: float | None = None
    candidates: Sequence[str] = ()
    device: str = "auto"


def tune(options: TuneOptions) -> None:
    """Measure, print the table, and write the choice into the configuration.

    Raises:
        UserError: no such configuration, device or dataset, or nothing fits.
    """
    path = options.config or DEFAULT_CONFIG
    values = read_or_default(options.config)
    if not path.is_file():
        raise UserError(
            f"There is no {path} to write the choice into: name a configuration, or create one."
        )
    config, _ = with_assignments(values, options.assignments)
    if not isinstance(config, PatchConfig):
        raise UserError(f"The recipe {config.recipe} has no auto-tune: set BATCH_SIZE yourself.")
    console = Console()
    size = largest_sample(config)
    with console.status("Auto-tune") as status:
        tuning = run_tuning(
            config,
            _wish(config.tuning, options),
            options.device,
            size,
            lambda number, count, candidate: status.update(
                f"Auto-tune {number + 1}/{count}: {candidate}"
            ),
        )
    console.print(_table(tuning, size))
    if tuning.choice is None:
        limits = tuning.limits
        raise UserError(
            f"Nothing fits into {limits.usable_memory / 1e9:.2f} GB (80% of {limits.memory / 1e9:.2f} GB) and "
            f"{limits.seconds:g} s a step. Allow more (--max-vram-gb, --target-speed), or name smaller "
            "candidates (--candidate FEATS,BATCH,BLOCKS)."
        )
    changes = _as_spelled(values, config, tuning.choice.keys_for(config))
    kept = rewrite(path, changes)
    console.print(f"{tuning.choice}: written to {path}.", highlight=False)
    if kept is not None:
        console.print(f"The file as it was, comments included, is {kept}.", highlight=False)


def _as_spelled(
    values: Mapping[str, Any], config: RunConfig, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """`changes` under the names that the file has for these keys; every one of several."""
    spelled: dict[str, Any] = {}
    for own, value in changes.items():
        names = [name for name in values if config.own_name(name) == own]
        spelled |= dict.fromkeys(names or [own], value)
    build_config({**values, **spelled})
    return spelled


def _wish(known: TuningWish, options: TuneOptions) -> TuningWish:
    """What was typed, else what the configuration says."""
    return TuningWish(
        options.target_speed or known.target_speed,
        options.max_vram_gb or known.max_memory_gb,
        tuple(options.candidates) or known.candidates,
    )


def _table(tuning: Tuning, size: tuple[int, int]) -> Table:
    limits = tuning.limits
    table = Table(
        title=f"LR {size[1]}x{size[0]}; at most {limits.usable_memory / 1e9:.2f} GB and {limits.seconds:g} s a step"
    )
    for heading, side in (
        ("feats", "right"),
        ("batch", "right"),
        ("blocks", "right"),
        ("accum.", "right"),
        ("GB", "right"),
        ("s a step", "right"),
        ("", "left"),
    ):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for each in tuning.measurements:
        verdict = each.verdict(limits)
        table.add_row(
            str(each.candidate.n_feats),
            str(each.candidate.batch),
            str(each.candidate.n_blocks),
            str(each.candidate.accumulation),
            "–" if each.memory is None else f"{each.memory / 1e9:.2f}",
            "–" if each.seconds is None else f"{each.seconds:.2f}",
            f"✗ {verdict}" if verdict else "✓ taken",
        )
    return table
