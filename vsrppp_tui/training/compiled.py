"""`torch.compile` for the training step, where COMPILE asks for it.

Only the network is compiled, with fixed shapes. Learning rate, weight decay, clip and the weights of the
loss are no part of it, so that none of their edits can compile anything anew; a batch of another size does,
once. Names, parameters and checkpoints stay those of the network itself, and so does the network that
validation and exports use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.mixture import Share
from vsrppp_tui.data.sample_reader import SampleSource
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.network import Network

if TYPE_CHECKING:
    from vsrppp_tui.training.step import TrainingStep

COMPILING = "Compiling the network"
_MOST_SHAPES = 64  # formats and the sizes of their pieces; torch gives up compiling at 8


def compiled(network: Network) -> nn.Module:
    """The network's forward, compiled at its first call for each shape."""
    import torch._dynamo
    import torch._inductor.config

    # Compiling in this process: helpers of torch's own would outlive a stop, and hear its signals.
    torch._inductor.config.compile_threads = 1
    torch._dynamo.config.recompile_limit = _MOST_SHAPES
    forward = torch.compile(network, dynamic=False)
    assert isinstance(forward, nn.Module)
    return forward


def warm_up(
    step: TrainingStep,
    config: RunConfig,
    sources: Sequence[SampleSource],
    tell: Callable[[str, int, int], None],
    share: Share = Share(),  # noqa: B008 (immutable)
) -> None:
    """Compile for a micro-batch of each format, before the first step; changes nothing else.

    `tell` takes what is going on, sizes done and sizes in all; what it raises ends the warm-up.
    `share`: of a micro-batch that this process takes.

    Raises:
        UserError: there is no compiler here.
    """
    names = config.format_names or (None,)
    for done, (source, name) in enumerate(zip(sources, names, strict=True)):
        tell(COMPILING, done, len(names))
        samples = len(share.of(range(config.batch_of(name))))
        _warm_up(step, _blank(source, samples))


def _warm_up(step: TrainingStep, batch: Batch) -> None:
    from torch._dynamo.exc import TorchDynamoException
    from torch._inductor.exc import InductorError

    try:
        step.rehearse(batch)
    except (TorchDynamoException, InductorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(
            f"COMPILE = true does not work here ({reason}): install a C++ compiler such as g++, or set "
            "COMPILE=false."
        ) from error


def _blank(source: SampleSource, samples: int) -> Batch:
    """A black batch of the format's size."""
    height, width, scale = source.height, source.width, source.scale
    return Batch(
        torch.zeros(samples, source.frames, height, width, 3, dtype=torch.uint8),
        torch.zeros(samples, height * scale, width * scale, 3, dtype=torch.uint8),
        [(False, False, 0)] * samples,
        0,
    )
