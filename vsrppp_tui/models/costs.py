"""What a network costs before it is built: parameters, multiplications, activations. Imports no torch.

C feature channels, N blocks, T LR frames, S scale, G growth channels. A convolution k x k from A to B
channels has k*k*A*B + B parameters and makes k*k*A*B multiply-adds a pixel. "Kept" are the elements that
autograd holds from the forward to the backward pass: the input of every convolution, and the output of a
leaky ReLU that worked in place, which here is the input of the next convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vsrppp_tui.config.schema import RunConfig
    from vsrppp_tui.config.vsrpp import AdaptiveConfig
    from vsrppp_tui.config.vsrppp import VsrpppConfig
    from vsrppp_tui.config.wqv import WqvConfig

GROWTH = 32  # of the dense blocks of the recipe wqv
_RGB = 3


@dataclass(frozen=True, slots=True)
class NetworkCosts:
    """Costs of a network; all but the first for each LR pixel of a sample.

    Attributes:
        parameters: exactly as many as the network has.
        multiply_adds: of one forward pass.
        recomputed: of these, how many the backward pass makes a second time.
        kept: elements that are held for the backward pass.
        passing: elements that live for a moment at the peak, which is the start of the backward pass:
            gradients of the largest maps.
    """

    parameters: int
    multiply_adds: float
    recomputed: float
    kept: float
    passing: float


def network_costs(config: RunConfig) -> NetworkCosts:
    """The costs of the network that a configuration describes."""
    return _COSTS[config.recipe](config)


def _parameters(size: int, into: int, out: int) -> int:
    return size * size * into * out + out


def _vsrppp(config: VsrpppConfig) -> NetworkCosts:
    c, n, t = config.n_feats, config.n_blocks, 5
    enlarging = _Enlarging(c, folded=config.folds)
    parameters = (
        _parameters(3, _RGB, c)
        + 2 * _parameters(1, 2 * c, c)
        + 2 * n * _parameters(3, c, c)
        + 3  # the weights of the blend
        + _parameters(3, c, c)
        + enlarging.parameters
    )
    work = t * 27 * c + 18 * n * c * c + 9 * c * c + enlarging.multiply_adds
    # Two maps a block, three maps and their blend.
    kept = 2 * n * c + 4 * c + enlarging.kept
    if not config.folds:  # frames become features, and pairs of these are joined
        work += 2 * 2 * c * c
        kept += t * c + 4 * c
    return NetworkCosts(parameters, work, 0.0, kept, enlarging.passing)


def _vsrpp(config: AdaptiveConfig) -> NetworkCosts:
    c, n, t = config.n_feats, config.n_blocks, config.frames
    visits = t // 2
    enlarging = _Enlarging(c, folded=config.folds)
    parameters = (
        _parameters(3, _RGB, c)
        + 3 * _parameters(1, 2 * c, c)
        + 2 * n * _parameters(3, c, c)
        + enlarging.parameters
    )
    blocks = 18.0 * n * visits * c * c
    maps = 1 if config.use_checkpointing else 2  # of a block
    work = blocks + 2 * c * c + enlarging.multiply_adds
    kept = 2 * c + maps * n * visits * c + enlarging.kept
    if config.folds:  # two frames at the first visit of a direction, then state and frame
        work += (t + 1) * 27 * c + 2 * (visits - 1) * c * c
        kept += 2 * (visits - 1) * c
    else:  # state and features of a frame at every visit
        work += t * 27 * c + 2 * visits * 2 * c * c
        kept += 2 * visits * 2 * c
    recomputed = blocks if config.use_checkpointing else 0.0
    return NetworkCosts(parameters, work, recomputed, kept, enlarging.passing)


class _Enlarging:
    """PixelShuffle from C channels to RGB at three times the size: both recipes for video end so."""

    def __init__(self, c: int, *, folded: bool) -> None:
        self.parameters = _parameters(3, c, 9 * c) + _parameters(3, c, _RGB)
        if folded:  # one 5x5 from C to 27 channels; to compose its weights costs nothing a pixel
            self.multiply_adds = 25 * 27 * c
            self.kept, self.passing = c, 2 * c
        else:
            self.multiply_adds = 81 * c * c + 9 * 27 * c
            self.kept = c + 9 * c  # before and after
            self.passing = 9 * c  # the gradient of the shuffled map


def _wqv(config: WqvConfig) -> NetworkCosts:
    c, n, g, s = config.num_feat, config.num_block, GROWTH, config.scale_factor
    doublings = 3 if s == 8 else 2
    pixels = 0.25 if s == 2 else 1.0  # x2 folds 2x2 pixels into channels first
    first = 12 if s == 2 else _RGB
    dense = [(c + i * g, g) for i in range(4)] + [(c + 4 * g, c)]
    parameters = (
        _parameters(3, first, c)
        + 3 * n * sum(_parameters(3, *each) for each in dense)
        + (2 + doublings) * _parameters(3, c, c)  # after the body, of each doubling, at the end
        + _parameters(3, c, _RGB)
    )
    steps = [4**stage for stage in range(1, doublings + 1)]
    work = 9 * first * c + 3 * n * sum(9 * a * b for a, b in dense) + 9 * c * c
    work += sum(9 * c * c * each for each in steps) + (9 * c * c + 27 * c) * steps[-1]
    # A dense block joins anew what it knows before each convolution; its four results are kept beside.
    kept = first + 3 * n * (sum(a for a, _ in dense) + 4 * g) + c
    kept += sum(2 * c * each for each in steps) + c * steps[-1]
    passing = 2 * c * steps[-1]
    return NetworkCosts(parameters, work * pixels, 0.0, kept * pixels, passing * pixels)


_COSTS: dict[str, Callable[[Any], NetworkCosts]] = {
    "vsrppp": _vsrppp,
    "vsrpp": _vsrpp,
    "wqv": _wqv,
}
