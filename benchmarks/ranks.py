"""Two ranks against one process, with the same configuration: pairs a second, and what joining costs.

A step takes the same number of samples in every way: one process all of them, of two ranks each one half,
whose gradients are joined (gloo between processes on a CPU, NCCL between GPUs). On a CPU two ranks of one
torch thread each stand against one process of one thread, one process of two threads, and the plain loop of
`plain_loop` in one process of two threads; on CUDA two GPUs against one, and against the plain loop (fp16
autocast) on one.

Each way has processes of its own, which live through the whole measurement and take steps only when they are
told to; the ways take turns, and each round gives one ratio. The time of two ranks is that of the slower
one. "Apart" is the same step of two ranks at the same time whose gradients are not joined: what a joined one
takes longer is the share spent joining.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from benchmarks.figures import NOT_RUN, Figure, Spread
from benchmarks.plain_loop import PlainLoop, PlainNetwork
from benchmarks.step import N_BLOCKS, N_FEATS, StepSize, TrainerStep, noise_batch, wait_for
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.training.cosine_controller import CosineController
from vsrppp_tui.training.distributed import Distributed
from vsrppp_tui.training.precision import prepare_device
from vsrppp_tui.training.rank_env import place_in
from vsrppp_tui.training.ranks import ALONE, Ranks

WORLD = 2
_WARM_UP = 2


@dataclass(frozen=True, slots=True)
class RankTimes:
    """LR patches of `lr_size` squared, `batch` of them a rank and step; at least two rounds.

    `run`: steps of one timing.
    """

    lr_size: int = 64
    batch: int = 1
    rounds: int = 12
    run: int = 1
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class _Way:
    """How the samples of a step are trained on."""

    name: str
    device: str
    ranks: int = 1
    threads: int = 1
    plain: bool = False


_ON_CPU = (
    _Way("two ranks of one thread", "cpu", ranks=WORLD),
    _Way("one process of one thread", "cpu"),
    _Way("one process of two threads", "cpu", threads=2),
    _Way("the plain float32 loop, two threads", "cpu", threads=2, plain=True),
)
_ON_CUDA = (
    _Way("two GPUs", "cuda", ranks=WORLD),
    _Way("one GPU", "cuda"),
    _Way("the plain loop (fp16 autocast, NCHW) on one GPU", "cuda", plain=True),
)


def measure_ranks(times: RankTimes) -> list[Figure]:
    """Both tables; on CUDA it is said why not, where there are fewer than two GPUs."""
    figures = _measure(times, _ON_CPU)
    if torch.cuda.device_count() < WORLD:
        return [*figures, Figure("Two ranks on CUDA (NCCL)", f"{NOT_RUN}: needs two GPUs")]
    return [*figures, *_measure(replace(times, lr_size=180, batch=4, run=10), _ON_CUDA)]


def _measure(times: RankTimes, ways: Sequence[_Way]) -> list[Figure]:
    seconds: dict[str, list[float]] = {name: [] for name in ("apart", *(w.name for w in ways))}
    with ExitStack() as stack:
        takes: dict[str, Callable[[], float]] = {}
        for way in ways:
            told = stack.enter_context(_processes(way, times))
            takes[way.name] = lambda told=told: _take(told, "step")  # type: ignore[misc]
            if way.ranks > 1:
                takes["apart"] = lambda told=told: _take(told, "apart")  # type: ignore[misc]
        order = list(takes)
        for number in range(times.rounds):
            for name in order if number % 2 == 0 else reversed(order):
                seconds[name].append(takes[name]())
    return _figures(times, ways, seconds)


@contextmanager
def _processes(way: _Way, times: RankTimes) -> Iterator[list[subprocess.Popen[str]]]:
    """The processes of a way, warm and waiting."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    arguments = [json.dumps(asdict(way)), json.dumps(asdict(times))]
    own = {"OMP_NUM_THREADS": str(way.threads), "GOMP_SPINCOUNT": "1000"}
    own |= {"WORLD_SIZE": str(way.ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ranks", *arguments],
            env={**os.environ, **own, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(way.ranks)
    ]
    try:
        for _ in range(_WARM_UP):
            _take(processes, "step")
        yield processes
    finally:
        for process in processes:  # the end of its input is the end of its work
            assert process.stdin is not None
            process.stdin.close()
        for process in processes:
            process.wait(timeout=60)
            assert process.stdout is not None
            process.stdout.close()


def _take(processes: Sequence[subprocess.Popen[str]], what: str) -> float:
    """Seconds of the slowest of the processes for what all are told to do at once."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
    answers = [process.stdout.readline() if process.stdout else "" for process in processes]
    if not all(answers):
        raise RuntimeError("a process of the measurement has ended; its error stands above")
    return max(map(float, answers))


def _figures(
    times: RankTimes, ways: Sequence[_Way], seconds: dict[str, list[float]]
) -> list[Figure]:
    joined, *others = ways
    ours, pairs = seconds[joined.name], times.batch * WORLD * times.run
    what = (
        f"{N_FEATS} features x {N_BLOCKS} blocks, LR {times.lr_size}x{times.lr_size}, "
        f"batch {times.batch * WORLD}"
    )
    start = joined.name.capitalize()
    figures = [
        Figure(
            f"{start}, {what}: pairs a second, times those of {other.name}",
            Spread.of([b / a for a, b in zip(ours, seconds[other.name], strict=True)]).text(2),
        )
        for other in others
    ]
    apart = zip(ours, seconds["apart"], strict=True)
    share = Spread.of([100.0 * (1.0 - alone / both) for both, alone in apart])
    figures.append(Figure("- share of the step that joins gradients", share.text(1, "%")))
    for way in ways:
        rate = Spread.of([pairs / each for each in seconds[way.name]])
        figures.append(Figure(f"- {way.name}", rate.text(2, " pairs/s")))
    return figures


class _Joining(Distributed):
    """Ranks that may also take a step apart."""

    apart = False

    def passing(self, *, last: bool) -> AbstractContextManager[object]:
        return super().passing(last=last and not self.apart)

    def mean(self, *values: Tensor) -> Sequence[Tensor]:
        return values if self.apart else super().mean(*values)


def _train(way: _Way, times: RankTimes) -> None:
    """A process of a way: answers each line of its input with the seconds that it took."""
    torch.set_num_threads(way.threads)
    place = place_in()
    ranks: Ranks = ALONE if place is None else _Joining(place, way.device)
    device = ranks.device(way.device)
    prepare_device(device)
    size = StepSize(times.lr_size, times.batch * WORLD // way.ranks, precision=times.precision)
    step = _plain_step(size, device) if way.plain else _own_step(size, device, ranks)
    for line in sys.stdin:
        if isinstance(ranks, _Joining):
            ranks.apart = line.strip() == "apart"
        wait_for(device)
        started = time.perf_counter()
        for _ in range(times.run):
            step()
        wait_for(device)
        print(time.perf_counter() - started, flush=True)
    ranks.leave("over")


def _own_step(size: StepSize, device: torch.device, ranks: Ranks) -> Callable[[], object]:
    ours, batch = TrainerStep(size.config(), device, ranks), noise_batch(size)
    return lambda: ours.run(batch)


def _plain_step(size: StepSize, device: torch.device) -> Callable[[], object]:
    config, network = size.config(), PlainNetwork(N_FEATS, N_BLOCKS).to(device)
    plain = PlainLoop(
        network,
        network.state_dict(),
        lr=CosineController().learning_rate(0, config),
        weight_decay=config.weight_decay,
        steps=config.max_steps,
        half=device.type == "cuda",
    )
    lr_BTCHW, gt_BCHW = (part.contiguous() for part in to_network_input(noise_batch(size), device))
    return lambda: plain.run([(lr_BTCHW, gt_BCHW)])


if __name__ == "__main__":
    _train(_Way(**json.loads(sys.argv[1])), RankTimes(**json.loads(sys.argv[2])))
