"""The folded networks against the plain ones, in float64: values, gradients of everything, borders."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.folded_tail import FoldedTail
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.models.vsrpp import FoldedBidirectional

# Sums in another order; relative to the largest value of the tensor.
ROUNDING = 5e-15
VSRPPP: dict[str, Any] = {"N_FEATS": 6, "N_BLOCKS": 4}
VSRPP: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "MODEL_CONFIG.n_feats": 6,
    "MODEL_CONFIG.n_blocks": 4,
}
SEVEN: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "MODEL.base_channels": 6,
    "MODEL.num_blocks": 4,
    "DATA.lr_version": "7frames",
}
NETWORKS = [
    VSRPPP,
    VSRPP,
    {**VSRPP, "RES_SCALE": 0.1, "LRELU_SLOPE": 0.2},
    {**VSRPP, "RES_SCALE": 0.1, "USE_CHECKPOINTING": True},
    SEVEN,
]


def pair(values: dict[str, Any], dtype: torch.dtype = torch.float64) -> tuple[Network, Network]:
    """A plain and a folded network with the same weights, all of them away from zero."""
    torch.manual_seed(0)
    plain, folded = (build_network(build_config({**values, "FOLDS": on})) for on in (False, True))
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    folded.load_state_dict(plain.state_dict())
    return plain.to(dtype), folded.to(dtype)


def clip(network: Network, batch: int, height: int, width: int) -> Tensor:
    random = torch.Generator().manual_seed(height * width)
    shape = (batch, network.frames, 3, height, width)
    return torch.rand(shape, generator=random, dtype=torch.float64).requires_grad_()


def difference(one: Tensor | None, other: Tensor | None) -> float:
    """The largest, relative to the largest value."""
    assert one is not None
    assert other is not None
    return float((one - other).detach().abs().max() / one.detach().abs().max())


def require_same(plain: nn.Module, folded: nn.Module, inputs: Tensor) -> None:
    """The same values, and the same gradients of the input and of every parameter."""
    other = inputs.detach().clone().requires_grad_()
    expected, found = plain(inputs), folded(other)
    assert found.shape == expected.shape
    assert difference(expected, found) < ROUNDING
    random = torch.Generator().manual_seed(1)
    gradient = torch.randn(expected.shape, generator=random, dtype=expected.dtype)
    expected.backward(gradient)
    found.backward(gradient)
    assert difference(inputs.grad, other.grad) < ROUNDING
    twins = dict(folded.named_parameters())
    assert list(twins) == [name for name, _ in plain.named_parameters()]
    for name, parameter in plain.named_parameters():
        assert difference(parameter.grad, twins[name].grad) < ROUNDING, name


@pytest.mark.parametrize("size", [(2, 7, 10), (1, 1, 1), (3, 2, 1), (1, 1, 5)], ids=str)
@pytest.mark.parametrize("values", NETWORKS, ids=str)
def test_values_and_gradients_are_the_same(
    values: dict[str, Any], size: tuple[int, int, int]
) -> None:
    plain, folded = pair(values)
    assert type(plain) is not type(folded)
    require_same(plain, folded, clip(plain, *size))


def test_three_frames_leave_no_visit_for_a_state() -> None:
    torch.manual_seed(0)
    plain = VSRBidirectional_3x(4, 2, frames=3).double()
    folded = FoldedBidirectional(4, 2, frames=3).double()
    torch.nn.init.normal_(plain.upsample[2].weight)  # type: ignore[arg-type]
    folded.load_state_dict(plain.state_dict())
    require_same(plain, folded, clip(plain, 2, 4, 5))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(NETWORKS), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7))
def test_the_networks_are_the_same_at_any_size(
    values: dict[str, Any], batch: int, height: int, width: int
) -> None:
    plain, folded = pair(values)
    require_same(plain, folded, clip(plain, batch, height, width))


def plain_tail(features: int) -> nn.Sequential:
    torch.manual_seed(features)
    return nn.Sequential(
        nn.Conv2d(features, 9 * features, 3, padding=1),
        nn.PixelShuffle(3),
        nn.Conv2d(features, 3, 3, padding=1),
    ).double()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_the_tail_is_the_same_at_any_size(
    batch: int, features: int, height: int, width: int, last: bool
) -> None:
    plain = plain_tail(features)
    inputs = torch.randn(batch, features, height, width, dtype=torch.float64)
    layout = torch.channels_last if last else torch.contiguous_format
    inputs = inputs.contiguous(memory_format=layout).requires_grad_()
    require_same(plain, FoldedTail(copy.deepcopy(plain)).double(), inputs)


def test_every_border_pixel_of_the_tail_is_exact() -> None:
    """Biases alone, then a picture of ones: what is read beyond the border would show at once."""
    plain = plain_tail(4)
    folded = FoldedTail(plain).double()
    for value in (0.0, 1.0):
        inputs = torch.full((1, 4, 5, 4), value, dtype=torch.float64)
        with torch.no_grad():
            apart = (plain(inputs) - folded(inputs)).abs()
        assert float(apart.max()) < 1e-14


@pytest.mark.parametrize("values", NETWORKS, ids=str)
def test_state_start_and_blocks_are_those_of_the_plain_network(values: dict[str, Any]) -> None:
    networks = []
    for folds in (False, True):
        torch.manual_seed(7)
        networks.append(build_network(build_config({**values, "FOLDS": folds})))
    plain, folded = (network.state_dict() for network in networks)
    assert list(plain) == list(folded)
    assert all(torch.equal(plain[name], folded[name]) for name in plain)
    assert networks[0].blocks == networks[1].blocks
    assert isinstance(networks[1], type(networks[0]))


@pytest.mark.parametrize("values", NETWORKS, ids=str)
def test_the_activity_is_the_same(values: dict[str, Any]) -> None:
    plain, folded = pair(values)
    for network in (plain, folded):
        for size in ((2, 7, 9), (1, 4, 4)):
            network(clip(network, *size)).mean().backward()
    assert min(plain.get_layer_activity()) > 0
    assert folded.get_layer_activity() == pytest.approx(plain.get_layer_activity(), rel=1e-6)


@pytest.mark.parametrize("values", NETWORKS, ids=str)
def test_bf16_channels_last_is_no_farther_from_exact_than_the_plain_one(
    values: dict[str, Any],
) -> None:
    exact, _ = pair(values)
    truth = exact(clip(exact, 2, 12, 9))
    apart = []
    for network in pair(values, torch.float32):
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        inputs = clip(network, 2, 12, 9).float()
        with torch.autocast("cpu", torch.bfloat16):
            output = network(inputs.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3))
        output.mean().backward()
        assert output.dtype == torch.float32
        assert all(p.grad is not None and p.grad.dtype == p.dtype for p in network.parameters())
        apart.append(float((output - truth).detach().abs().mean()))
    assert apart[1] < 1.25 * apart[0]


@pytest.mark.parametrize(
    ("values", "bf16"),
    # Checkpointing's graph within the graph cannot go backward under autocast when only counted, not
    # compiled; that it trains is tested in tests/training/test_compiled.py.
    [(v, on) for v in NETWORKS for on in (False, True) if not (on and "USE_CHECKPOINTING" in v)],
    ids=str,
)
def test_it_compiles_into_one_graph(values: dict[str, Any], bf16: bool) -> None:
    graphs: list[Callable[..., Any]] = []

    def count(module: torch.fx.GraphModule, _: list[Tensor]) -> Callable[..., Any]:
        graphs.append(module)
        return module

    _, network = pair(values, torch.float32)
    inputs = clip(network, 1, 6, 5).float()
    torch._dynamo.reset()
    compiled = torch.compile(network, backend=count, fullgraph=True)
    for _ in range(2):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = compiled(inputs)
            expected = network(inputs)
    output.mean().backward()
    torch._dynamo.reset()
    assert len(graphs) == 1
    torch.testing.assert_close(output, expected, rtol=0, atol=0.02 if bf16 else 1e-5)


def test_a_copy_is_a_network_of_its_own() -> None:
    """As the running average of the weights is made."""
    _, folded = pair(VSRPPP)
    twin = copy.deepcopy(folded)
    inputs = clip(folded, 1, 5, 5)
    before = twin(inputs)
    with torch.no_grad():
        for parameter in folded.parameters():
            parameter.zero_()
    assert torch.equal(twin(inputs), before)
