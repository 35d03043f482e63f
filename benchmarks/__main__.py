"""``python -m benchmarks``: measures, prints a table, writes benchmarks/RESULTS.md."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.figures import Figure, markdown_table, print_table
from benchmarks.link import LinkTimes, measure_link
from benchmarks.overhead import measure_overhead
from benchmarks.paint import measure_paint
from benchmarks.traffic import TrafficTimes, measure_traffic

RESULTS = Path(__file__).with_name("RESULTS.md")


def _step(options: argparse.Namespace, folder: Path) -> list[Figure]:
    # PyTorch comes in late: with it, starting the programs of the other parts would take longer.
    import torch

    from benchmarks.cuda import measure_cuda
    from benchmarks.step import StepSize, measure_step

    figures: list[Figure] = []
    for side in options.lr_sizes:
        size = StepSize(
            side, options.batch, options.accumulation, options.rounds, options.precision
        )
        figures += measure_step(size, torch.device("cpu"))
    return [*figures, *measure_cuda()]


def _feeding(options: argparse.Namespace, folder: Path) -> list[Figure]:
    from benchmarks.feeding import measure_feeding

    return measure_feeding(folder, options.feed_rounds)


def _data_wait(options: argparse.Namespace, folder: Path) -> list[Figure]:
    from benchmarks.data_wait import measure_data_wait

    return measure_data_wait(folder, options.wait_steps)


def _scaling(options: argparse.Namespace, folder: Path) -> list[Figure]:
    from benchmarks.scaling import measure_scaling

    return measure_scaling(folder)


def _folds(options: argparse.Namespace, folder: Path) -> list[Figure]:
    import torch

    from benchmarks.folds import FoldSizes, measure_cuda_folds, measure_folds

    sizes = FoldSizes(options.fold_sizes, 1, options.fold_rounds, options.precision)
    return [*measure_folds(sizes, torch.device("cpu")), *measure_cuda_folds(sizes)]


def _save(options: argparse.Namespace, folder: Path) -> list[Figure]:
    from benchmarks.saving import measure_save
    from benchmarks.step import StepSize

    size = StepSize(lr_size=64, batch=1, accumulation=1)
    return measure_save(size, folder, rounds=options.saves, steps=options.steps_between)


def _ranks(options: argparse.Namespace, folder: Path) -> list[Figure]:
    from benchmarks.ranks import RankTimes, measure_ranks

    return measure_ranks(RankTimes(rounds=options.rank_rounds, precision=options.precision))


def _paint(options: argparse.Namespace, folder: Path) -> list[Figure]:
    return measure_paint(folder, options.runs)


def _traffic(options: argparse.Namespace, folder: Path) -> list[Figure]:
    return measure_traffic(folder, TrafficTimes(presses=options.presses))


def _overhead(options: argparse.Namespace, folder: Path) -> list[Figure]:
    return measure_overhead(folder, options.seconds)


def _link(options: argparse.Namespace, folder: Path) -> list[Figure]:
    times = LinkTimes(options.link_pairs, options.link_window, last_step=options.memory_steps)
    return measure_link(folder, times)


PARTS: dict[str, Callable[[argparse.Namespace, Path], list[Figure]]] = {
    "paint": _paint,
    "traffic": _traffic,
    "overhead": _overhead,
    "link": _link,
    "feeding": _feeding,
    "data-wait": _data_wait,
    "step": _step,
    "folds": _folds,
    "ranks": _ranks,
    "save": _save,
    "scaling": _scaling,
}


def main(arguments: Sequence[str]) -> None:
    """Measure the parts that were asked for."""
    options = _parser().parse_args(arguments)
    load = os.getloadavg()[0]
    started = time.strftime("%Y-%m-%d %H:%M")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="vsrppp-benchmark-") as folder:
        for name in options.only or PARTS:
            print(f"measuring: {name}", flush=True)
            figures += PARTS[name](options, Path(folder))
    print_table(figures)
    results = options.results or (None if options.only else RESULTS)
    if results is not None:
        results.write_text(_page(figures, arguments, f"{started}, load average before {load:.2f}"))
        print(f"written: {results}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be repeated")
    parser.add_argument(
        "--results", type=Path, help=f"where the page goes; {RESULTS.name} when all parts are run"
    )
    step = parser.add_argument_group("step")
    step.add_argument(
        "--lr-sizes", type=int, nargs="+", default=[64, 180], help="sides of the LR patches"
    )
    step.add_argument("--batch", type=int, default=1)
    step.add_argument("--accumulation", type=int, default=1)
    step.add_argument("--rounds", type=int, default=8, help="pairs of steps")
    step.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"])
    feeding = parser.add_argument_group("feeding")
    feeding.add_argument("--wait-steps", type=int, default=200, help="steps of the data wait")
    feeding.add_argument("--feed-rounds", type=int, default=8, help="rounds of each way")
    folds = parser.add_argument_group("folds")
    folds.add_argument(
        "--fold-sizes", type=int, nargs="+", default=[64, 180], help="sides of the LR patches"
    )
    folds.add_argument("--fold-rounds", type=int, default=6, help="pairs of steps at each size")
    ranks = parser.add_argument_group("ranks")
    ranks.add_argument("--rank-rounds", type=int, default=12, help="rounds of each way")
    save = parser.add_argument_group("save")
    save.add_argument("--saves", type=int, default=8, help="rounds of each kind")
    save.add_argument("--steps-between", type=int, default=5, help="steps of a round")
    screen = parser.add_argument_group("screen")
    screen.add_argument("--runs", type=int, default=7, help="first paints of each command")
    screen.add_argument("--presses", type=int, default=200, help="keys at each size")
    screen.add_argument(
        "--seconds", type=float, default=600.0, help="a training under its dashboard, at each size"
    )
    link = parser.add_argument_group("link")
    link.add_argument("--link-pairs", type=int, default=8, help="windows with and without client")
    link.add_argument("--link-window", type=float, default=12.0, help="seconds of a window")
    link.add_argument("--memory-steps", type=int, default=10_000, help="steps of the memory run")
    return parser


def _page(figures: Sequence[Figure], arguments: Sequence[str], circumstances: str) -> str:
    """RESULTS.md."""
    from benchmarks.machine import describe_machine

    lines = [
        "# Results of the benchmarks",
        "",
        f"`{shlex.join(['python', '-m', 'benchmarks', *arguments])}`, {circumstances}.",
        "",
        *(f"- {line}" for line in describe_machine()),
        "",
        markdown_table(figures),
        "",
        "Where nothing else is said, spreads are the median and, in brackets, the quartiles. How each figure is measured stands at",
        "the top of its module: `feeding.py`, `data_wait.py`, `step.py`, `arithmetic.py`, `memory.py`, `cuda.py`, `folds.py`, `ranks.py`, `scaling.py`, `saving.py`, `overhead.py`, `link.py`, `paint.py`, `traffic.py`.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
