from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model_vsrppp_v2 import VSRTriplePlus_3x, add_mean_size


@pytest.fixture
def net() -> VSRTriplePlus_3x:
    torch.manual_seed(0)
    net = VSRTriplePlus_3x(n_feats=8, n_blocks=4)
    with torch.no_grad():  # as after some training: the last convolution starts at zero
        net.upsample[2].weight.normal_(0.0, 0.05)
    return net


@pytest.fixture
def lr_BTCHW() -> Tensor:
    return torch.rand(2, 5, 3, 12, 16, generator=torch.Generator().manual_seed(1))


def published_names(n_blocks: int) -> set[str]:
    convs = {"feat_extract", "back_fusion", "forw_fusion", "fusion", "upsample.0", "upsample.2"}
    for number in range(n_blocks // 2):
        for trunk in ("backward_trunk", "forward_trunk"):
            convs |= {f"{trunk}.{number}.conv.0", f"{trunk}.{number}.conv.2"}
    return {f"{conv}.{kind}" for conv in convs for kind in ("weight", "bias")} | {"temp_weight"}


def test_the_output_is_three_times_the_centre_frame(
    net: VSRTriplePlus_3x, lr_BTCHW: Tensor
) -> None:
    assert net(lr_BTCHW).shape == (2, 3, 36, 48)


@pytest.mark.parametrize("shape", [(2, 7, 3, 12, 12), (2, 5, 4, 12, 12), (5, 3, 12, 12)])
def test_another_number_of_frames_is_refused(net: VSRTriplePlus_3x, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="five RGB frames"):
        net(torch.rand(shape))


@pytest.mark.parametrize("n_blocks", [0, 5])
def test_an_uneven_number_of_blocks_is_refused(n_blocks: int) -> None:
    with pytest.raises(ValueError, match="even"):
        VSRTriplePlus_3x(8, n_blocks)


def test_the_state_dict_has_the_published_names_and_nothing_else() -> None:
    with torch.device("meta"):
        net = VSRTriplePlus_3x()
    state = net.state_dict()
    assert set(state) == published_names(30)
    assert state["feat_extract.weight"].shape == (96, 3, 3, 3)
    assert state["back_fusion.weight"].shape == (96, 192, 1, 1)
    assert state["backward_trunk.14.conv.2.weight"].shape == (96, 96, 3, 3)
    assert state["upsample.0.weight"].shape == (864, 96, 3, 3)
    assert state["upsample.2.weight"].shape == (3, 96, 3, 3)
    assert state["temp_weight"].shape == (3,)


def test_a_published_state_dict_loads_and_gives_the_published_function(
    net: VSRTriplePlus_3x, lr_BTCHW: Tensor
) -> None:
    state = {name: torch.randn_like(value) * 0.1 for name, value in net.state_dict().items()}
    net.load_state_dict(state, strict=True)
    expected = reference_forward(state, lr_BTCHW)
    torch.testing.assert_close(net.eval()(lr_BTCHW), expected, rtol=1e-4, atol=1e-5)


def reference_forward(state: dict[str, Tensor], lr_BTCHW: Tensor) -> Tensor:
    """The function of the specification, written out frame by frame."""

    def conv(name: str, x: Tensor, padding: int = 1) -> Tensor:
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)

    def trunk(name: str, x: Tensor) -> Tensor:
        for number in range(2):
            inner = F.leaky_relu(conv(f"{name}.{number}.conv.0", x), 0.2)
            x = x + 0.1 * conv(f"{name}.{number}.conv.2", inner)
        return x

    frames = [conv("feat_extract", lr_BTCHW[:, t]) for t in range(5)]
    back = trunk("backward_trunk", conv("back_fusion", torch.cat(frames[3:], 1), 0))
    forw = trunk("forward_trunk", conv("forw_fusion", torch.cat(frames[:2], 1), 0))
    w = torch.softmax(state["temp_weight"], 0)
    fused = conv("fusion", frames[2] * w[1] + back * w[0] + forw * w[2])
    detail = conv("upsample.2", F.pixel_shuffle(conv("upsample.0", fused), 3))
    return detail + F.interpolate(lr_BTCHW[:, 2], scale_factor=3, mode="bilinear")


def test_an_untrained_network_is_the_bilinear_enlargement(lr_BTCHW: Tensor) -> None:
    bilinear = F.interpolate(lr_BTCHW[:, 2], scale_factor=3, mode="bilinear", align_corners=False)
    torch.testing.assert_close(VSRTriplePlus_3x(8, 4)(lr_BTCHW), bilinear, rtol=0, atol=0)


def test_every_parameter_learns_within_two_steps(lr_BTCHW: Tensor) -> None:
    torch.manual_seed(0)
    net = VSRTriplePlus_3x(8, 4)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (net(lr_BTCHW) - 1.0).abs().mean().backward()
        optimizer.step()
    still = [name for name, value in net.named_parameters() if not value.grad.abs().max() > 0]
    assert still == []


def test_blocks_are_numbered_from_the_backward_trunk_on() -> None:
    assert VSRTriplePlus_3x(4, 4).blocks == (
        ("Block_01", "backward"),
        ("Block_02", "backward"),
        ("Block_03", "forward"),
        ("Block_04", "forward"),
    )


def test_activity_is_the_mean_absolute_residual_branch(
    net: VSRTriplePlus_3x, lr_BTCHW: Tensor
) -> None:
    seen: list[Tensor] = []

    def watch(block: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        seen.append((output - inputs[0]).abs().mean())

    for trunk in (net.backward_trunk, net.forward_trunk):
        for block in trunk:
            block.register_forward_hook(watch)
    net(lr_BTCHW)
    assert net.get_layer_activity() == pytest.approx([value.item() for value in seen], rel=1e-4)


def test_activity_is_the_mean_over_the_forwards_since_the_reset(net: VSRTriplePlus_3x) -> None:
    batches = torch.rand(3, 1, 5, 3, 8, 8)
    alone = []
    for batch in batches:
        net.reset_activity()
        net(batch)
        alone.append(net.activity_mean())
    net.reset_activity()
    assert net.get_layer_activity() == [0.0] * 4
    for batch in batches:
        net(batch)
    torch.testing.assert_close(net.activity_mean(), torch.stack(alone).mean(0))


def test_validation_leaves_the_activity_alone(net: VSRTriplePlus_3x, lr_BTCHW: Tensor) -> None:
    net(lr_BTCHW)
    before = net.get_layer_activity()
    with torch.no_grad():
        net.eval()(lr_BTCHW * 0.1)
    assert net.get_layer_activity() == before


def test_a_zeroed_block_reads_exactly_zero(net: VSRTriplePlus_3x, lr_BTCHW: Tensor) -> None:
    with torch.no_grad():
        for parameter in net.forward_trunk[0].parameters():
            parameter.zero_()
    for bf16 in (False, True):
        net.reset_activity()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            net(lr_BTCHW)
        activity = net.get_layer_activity()
        assert activity[2] == 0.0
        assert min(activity[:2] + activity[3:]) > 0.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_activity_is_accurate_on_large_maps(dtype: torch.dtype) -> None:
    activity = torch.zeros(())
    branch = torch.randn(2, 32, 160, 160, dtype=dtype).to(memory_format=torch.channels_last)
    add_mean_size(activity, branch, 0.1)
    exact = 0.1 * branch.double().abs().mean().item()
    assert activity.item() == pytest.approx(exact, rel=1e-3)


def test_activity_keeps_no_graph_alive(net: VSRTriplePlus_3x, lr_BTCHW: Tensor) -> None:
    net(lr_BTCHW)
    tensors = [*net.buffers(), net.activity_mean()]
    assert len(tensors) == 6
    assert all(tensor.grad_fn is None and not tensor.requires_grad for tensor in tensors)


def test_bf16_channels_last_stays_close_to_float32(net: VSRTriplePlus_3x, lr_BTCHW: Tensor) -> None:
    expected = net(lr_BTCHW)
    activity = net.get_layer_activity()
    net = net.to(memory_format=torch.channels_last)
    net.reset_activity()
    frames_last = lr_BTCHW.permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    with torch.autocast("cpu", torch.bfloat16):
        output = net(frames_last)
    output.float().mean().backward()
    assert output.dtype == torch.float32
    torch.testing.assert_close(output, expected, rtol=0, atol=0.02)
    assert net.get_layer_activity() == pytest.approx(activity, rel=0.03)


@pytest.mark.parametrize("bf16", [False, True])
def test_it_compiles_into_one_graph(net: VSRTriplePlus_3x, lr_BTCHW: Tensor, bf16: bool) -> None:
    graphs: list[Callable[..., Any]] = []

    def count(module: torch.fx.GraphModule, _: list[Tensor]) -> Callable[..., Any]:
        graphs.append(module)
        return module

    expected, activity = net(lr_BTCHW), net.get_layer_activity()
    net.reset_activity()
    torch._dynamo.reset()
    compiled = torch.compile(net, backend=count, fullgraph=True)
    for _ in range(3):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = compiled(lr_BTCHW)
    output.mean().backward()
    torch._dynamo.reset()
    assert len(graphs) == 1
    torch.testing.assert_close(output, expected, rtol=0, atol=0.02 if bf16 else 1e-6)
    assert net.get_layer_activity() == pytest.approx(activity, rel=0.03 if bf16 else 1e-5)


def test_it_survives_functionalisation_with_its_activity(
    net: VSRTriplePlus_3x, lr_BTCHW: Tensor
) -> None:
    net(lr_BTCHW)
    activity = net.get_layer_activity()
    net.reset_activity()
    torch._dynamo.reset()
    torch.compile(net, backend="aot_eager", fullgraph=True)(lr_BTCHW).mean().backward()
    torch._dynamo.reset()
    assert net.get_layer_activity() == pytest.approx(activity, rel=1e-5)


def test_frame_stats_are_the_shares_of_the_three_sources(net: VSRTriplePlus_3x) -> None:
    stats = net.frame_stats
    assert list(stats) == ["backward", "center", "forward"]
    assert sum(stats.values()) == pytest.approx(1.0)
    assert stats["center"] == pytest.approx(0.5017, abs=1e-3)  # softmax of 0.3, 1.0, 0.3
