from __future__ import annotations

import pytest
import torch

from tests.models.reference_rrdb import ReferenceRRDBNet
from vsrppp_tui.models.rrdb import RRDBNet


def pictures(height: int = 8, width: int = 12) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_it_is_the_published_function_under_the_published_names(scale: int) -> None:
    torch.manual_seed(0)
    reference = ReferenceRRDBNet(scale, 8, 2, 4)
    network = RRDBNet(scale, 8, 2, 4)
    assert list(network.state_dict()) == list(reference.state_dict())
    network.load_state_dict(reference.state_dict(), strict=True)
    with torch.inference_mode():
        output = network.eval()(pictures())
        assert output.shape == (2, 3, 8 * scale, 12 * scale)
        torch.testing.assert_close(output, reference(pictures()), rtol=1e-5, atol=1e-6)


def test_an_odd_side_of_x2_is_widened_by_its_last_line() -> None:
    torch.manual_seed(0)
    network = RRDBNet(2, 4, 1, 4).eval()
    wide = pictures(8, 6)
    wide[:, :, 7], wide[:, :, :, 5] = wide[:, :, 6], wide[:, :, :, 4]
    with torch.inference_mode():
        assert torch.equal(network(wide[:, :, :7, :5]), network(wide)[:, :, :14, :10])


def test_activity_is_what_the_convolutions_add() -> None:
    torch.manual_seed(0)
    network = RRDBNet(4, 8, 3, 4)
    with torch.no_grad():
        for parameter in network.body[1].parameters():
            parameter.zero_()
    seen: list[list[float]] = [[], [], []]
    for number, block in enumerate(network.body):
        block.rdb3.register_forward_hook(lambda _m, _i, out, n=number: seen[n].append(out))
        block.register_forward_pre_hook(lambda _m, inputs, n=number: seen[n].append(inputs[0]))
    network(pictures()).mean().backward()
    assert network.blocks == (("Block_01", "body"), ("Block_02", "body"), ("Block_03", "body"))
    expected = [(0.2 * (inner - x)).abs().mean().item() for x, inner in seen]  # type: ignore[attr-defined]
    assert network.get_layer_activity() == pytest.approx(expected, rel=1e-4)
    assert network.get_layer_activity()[1] == 0.0
    assert network.activity_mean().grad_fn is None
    before = network.get_layer_activity()
    network.eval()(pictures())
    assert network.get_layer_activity() == before
    network.reset_activity()
    assert network.get_layer_activity() == [0.0, 0.0, 0.0]


def test_every_parameter_learns() -> None:
    torch.manual_seed(0)
    network = RRDBNet(8, 4, 1, 4)
    network(pictures(4, 4)).square().mean().backward()
    still = [name for name, value in network.named_parameters() if not value.grad.abs().max() > 0]
    assert still == []


@pytest.mark.parametrize(("scale", "blocks"), [(3, 1), (4, 0)])
def test_sizes_without_a_network_are_refused(scale: int, blocks: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        RRDBNet(scale, 4, blocks, 4)


def test_a_stack_of_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="RGB pictures"):
        RRDBNet(4, 4, 1, 4)(torch.zeros(1, 5, 3, 8, 8))
