from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.checkpoint import load_weights

FUSES = ("backward_fuse", "forward_fuse", "fusion")


def trained(**options: Any) -> VSRBidirectional_3x:
    """A small network as after some training: the last convolution starts at zero."""
    torch.manual_seed(0)
    net = VSRBidirectional_3x(8, 4, **options)
    with torch.no_grad():
        net.upsample[2].weight.normal_(0.0, 0.05)
    return net


def clip(frames: int = 5) -> Tensor:
    return torch.rand(2, frames, 3, 12, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def net() -> VSRBidirectional_3x:
    return trained()


def published_names(n_blocks: int) -> set[str]:
    convs = {"feat_extract", "upsample.0", "upsample.2", *(f"{fuse}.conv" for fuse in FUSES)}
    for number in range(n_blocks // 2):
        for trunk in ("backward_trunk", "forward_trunk"):
            convs |= {f"{trunk}.{number}.conv1", f"{trunk}.{number}.conv2"}
    return {f"{conv}.{kind}" for conv in convs for kind in ("weight", "bias")}


@pytest.mark.parametrize("frames", [5, 7])
def test_the_output_is_three_times_the_centre_frame(frames: int) -> None:
    assert trained(frames=frames)(clip(frames)).shape == (2, 3, 36, 48)


@pytest.mark.parametrize("shape", [(2, 5, 3, 12, 12), (2, 7, 4, 12, 12), (7, 3, 12, 12)])
def test_another_number_of_frames_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="7 RGB frames"):
        trained(frames=7)(torch.rand(shape))


@pytest.mark.parametrize("n_blocks", [0, 5])
def test_an_uneven_number_of_blocks_is_refused(n_blocks: int) -> None:
    with pytest.raises(ValueError, match="even"):
        VSRBidirectional_3x(8, n_blocks)


@pytest.mark.parametrize("frames", [1, 6])
def test_frames_without_a_centre_are_refused(frames: int) -> None:
    with pytest.raises(ValueError, match=f"odd number of at least 3, not {frames}"):
        VSRBidirectional_3x(8, 4, frames=frames)


def test_the_state_dict_has_the_published_names_and_nothing_else() -> None:
    with torch.device("meta"):
        net = VSRBidirectional_3x()
    state = net.state_dict()
    assert set(state) == published_names(32)
    assert state["feat_extract.weight"].shape == (128, 3, 3, 3)
    assert state["backward_fuse.conv.weight"].shape == (128, 256, 1, 1)
    assert state["fusion.conv.weight"].shape == (128, 256, 1, 1)
    assert state["forward_trunk.15.conv2.weight"].shape == (128, 128, 3, 3)
    assert state["upsample.0.weight"].shape == (1152, 128, 3, 3)
    assert state["upsample.2.weight"].shape == (3, 128, 3, 3)


def reference_forward(
    state: dict[str, Tensor], lr_BTCHW: Tensor, scale: float, slope: float
) -> Tensor:
    """The function of the specification, written out frame by frame."""

    def conv(name: str, x: Tensor, padding: int = 1) -> Tensor:
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)

    def visit(direction: str, propagated: Tensor, frame: Tensor) -> Tensor:
        x = conv(f"{direction}_fuse.conv", torch.cat((propagated, frame), 1), 0)
        for number in range(2):
            name = f"{direction}_trunk.{number}"
            x = x + scale * conv(f"{name}.conv2", F.leaky_relu(conv(f"{name}.conv1", x), slope))
        return x

    f = [conv("feat_extract", lr_BTCHW[:, t]) for t in range(lr_BTCHW.shape[1])]
    if len(f) == 5:
        centre = lr_BTCHW[:, 2]
        back = visit("backward", visit("backward", f[2], f[3]), f[4])
        forw = visit("forward", visit("forward", f[2], f[1]), f[0])
    else:
        centre = lr_BTCHW[:, 3]
        back = visit("backward", visit("backward", visit("backward", f[3], f[4]), f[5]), f[6])
        forw = visit("forward", visit("forward", visit("forward", f[3], f[2]), f[1]), f[0])
    fused = conv("fusion.conv", torch.cat((back, forw), 1), 0)
    detail = conv("upsample.2", F.pixel_shuffle(conv("upsample.0", fused), 3))
    return detail + F.interpolate(centre, scale_factor=3, mode="bilinear")


@pytest.mark.parametrize("frames", [5, 7])
@pytest.mark.parametrize(("scale", "slope"), [(1.0, 0.1), (0.1, 0.2)])
def test_a_published_state_dict_loads_and_gives_the_published_function(
    frames: int, scale: float, slope: float
) -> None:
    net = trained(frames=frames, res_scale=scale, lrelu_slope=slope)
    state = {name: torch.randn_like(value) * 0.1 for name, value in net.state_dict().items()}
    net.load_state_dict(state, strict=True)
    expected = reference_forward(state, clip(frames), scale, slope)
    torch.testing.assert_close(net.eval()(clip(frames)), expected, rtol=1e-4, atol=1e-5)


def early(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A state dict under the names of early checkpoints."""
    names = {f"{fuse}.conv.": f"{fuse}." for fuse in ("backward_fuse", "forward_fuse")}
    renamed = dict(state)
    for name in state:
        for new, old in names.items():
            if name.startswith(new):
                renamed[name.replace(new, old)] = renamed.pop(name)
    return renamed


def test_the_names_of_early_checkpoints_load(net: VSRBidirectional_3x) -> None:
    state = early(net.state_dict())
    assert {"backward_fuse.weight", "forward_fuse.bias"} <= state.keys()
    other, third = VSRBidirectional_3x(8, 4), VSRBidirectional_3x(8, 4)
    other.load_state_dict(state)
    load_weights(third, state, Path("early.pth"), build_config(SMALL))
    assert torch.equal(other(clip()), net(clip()))
    assert torch.equal(third(clip()), net(clip()))


@pytest.mark.parametrize("frames", [5, 7])
def test_an_untrained_network_is_the_bilinear_enlargement(frames: int) -> None:
    centre = clip(frames)[:, frames // 2]
    bilinear = F.interpolate(centre, scale_factor=3, mode="bilinear", align_corners=False)
    output = VSRBidirectional_3x(8, 4, frames=frames)(clip(frames))
    torch.testing.assert_close(output, bilinear, rtol=0, atol=0)


def test_every_parameter_learns_within_two_steps() -> None:
    torch.manual_seed(0)
    net = VSRBidirectional_3x(8, 4, use_checkpointing=True)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (net(clip()) - 1.0).abs().mean().backward()
        optimizer.step()
    still = [name for name, value in net.named_parameters() if not value.grad.abs().max() > 0]
    assert still == []


def test_blocks_come_first_and_the_layers_that_join_last() -> None:
    assert VSRBidirectional_3x(4, 4).blocks == (
        ("Block_01", "backward"),
        ("Block_02", "backward"),
        ("Block_03", "forward"),
        ("Block_04", "forward"),
        ("Backward_Fuse", "fuse"),
        ("Forward_Fuse", "fuse"),
        ("Fusion", "fuse"),
    )


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("frames", [5, 7])
def test_activity_is_the_mean_over_visits_and_forwards(frames: int, checkpointing: bool) -> None:
    net = trained(frames=frames, use_checkpointing=checkpointing, res_scale=0.5)
    layers = [*net.backward_trunk, *net.forward_trunk]
    fuses = [net.backward_fuse, net.forward_fuse, net.fusion]
    seen: dict[int, list[float]] = {}

    def watch(layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        own = output if layer in fuses else output - inputs[0]
        seen.setdefault(id(layer), []).append(own.abs().mean().item())

    for layer in (*layers, *fuses):
        layer.register_forward_hook(watch)
    for _ in range(2):
        net(torch.rand(1, frames, 3, 12, 12)).mean().backward()
    means = [sum(seen[id(layer)]) / len(seen[id(layer)]) for layer in (*layers, *fuses)]
    assert len(seen[id(layers[0])]) == 2 * (frames // 2)
    assert len(seen[id(net.fusion)]) == 2
    assert net.get_layer_activity() == pytest.approx(means, rel=1e-4)
    net.reset_activity()
    assert net.get_layer_activity() == [0.0] * 7


def test_validation_leaves_the_activity_alone(net: VSRBidirectional_3x) -> None:
    net(clip())
    before = net.get_layer_activity()
    with torch.no_grad():
        net.eval()(clip() * 0.1)
    assert net.get_layer_activity() == before


def test_a_zeroed_block_reads_exactly_zero(net: VSRBidirectional_3x) -> None:
    with torch.no_grad():
        for parameter in net.forward_trunk[0].parameters():
            parameter.zero_()
    net(clip())
    activity = net.get_layer_activity()
    assert activity[2] == 0.0
    assert min(activity[:2] + activity[3:]) > 0.0


def test_activity_keeps_no_graph_alive(net: VSRBidirectional_3x) -> None:
    net(clip())
    tensors = [*net.buffers(), net.activity_mean()]
    assert all(tensor.grad_fn is None and not tensor.requires_grad for tensor in tensors)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("frames", [5, 7])
def test_checkpointing_changes_no_bit(frames: int, layout: torch.memory_format) -> None:
    nets = [trained(frames=frames, use_checkpointing=on) for on in (False, True)]
    outputs = []
    for net in nets:
        net.to(memory_format=layout)
        for part in clip(frames).unsqueeze(1):
            outputs.append(net(part))
            outputs[-1].square().mean().backward()
    assert torch.equal(torch.cat(outputs[:2]), torch.cat(outputs[2:]))
    plain, again = (dict(net.named_parameters()) for net in nets)
    assert all(torch.equal(plain[name].grad, again[name].grad) for name in plain)
    assert torch.equal(nets[0].activity_mean(), nets[1].activity_mean())


def test_checkpointing_computes_the_branches_a_second_time_instead_of_keeping_them() -> None:
    calls = [0, 0]
    kept = [0, 0]
    for index, checkpointing in enumerate((False, True)):
        net = trained(use_checkpointing=checkpointing)

        def count(*_: Any, index: int = index) -> None:
            calls[index] += 1

        def keep(tensor: Tensor, index: int = index) -> Tensor:
            kept[index] += 1
            return tensor

        net.backward_trunk[1].conv1.register_forward_hook(count)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            output = net(clip())
        output.mean().backward()
    assert calls == [2, 4]
    assert kept[1] < 0.6 * kept[0]


def test_without_gradients_nothing_is_checkpointed() -> None:
    net = trained(use_checkpointing=True).eval()
    with torch.inference_mode():
        output = net(clip())
    assert torch.equal(output, trained().eval()(clip()))


@pytest.mark.parametrize("checkpointing", [False, True])
def test_bf16_channels_last_stays_close_to_float32(checkpointing: bool) -> None:
    net = trained(use_checkpointing=checkpointing)
    expected = net(clip())
    activity = net.get_layer_activity()
    net = net.to(memory_format=torch.channels_last)
    layouts: list[bool] = []
    net.backward_trunk[0].register_forward_hook(
        lambda _block, inputs, output: layouts.extend(
            x.is_contiguous(memory_format=torch.channels_last) for x in (*inputs, output)
        )
    )
    net.reset_activity()
    frames_last = clip().permute(0, 1, 3, 4, 2).contiguous().permute(0, 1, 4, 2, 3)
    with torch.autocast("cpu", torch.bfloat16):
        output = net(frames_last)
    output.float().mean().backward()
    assert output.dtype == torch.float32
    assert all(layouts)
    torch.testing.assert_close(output, expected, rtol=0, atol=0.02)
    assert net.get_layer_activity() == pytest.approx(activity, rel=0.03)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_it_compiles_into_one_graph(checkpointing: bool) -> None:
    graphs: list[Callable[..., Any]] = []

    def count(module: torch.fx.GraphModule, _: list[Tensor]) -> Callable[..., Any]:
        graphs.append(module)
        return module

    net = trained(use_checkpointing=checkpointing)
    expected, activity = net(clip()), net.get_layer_activity()
    net.reset_activity()
    torch._dynamo.reset()
    output = torch.compile(net, backend=count, fullgraph=True)(clip())
    output.mean().backward()
    torch._dynamo.reset()
    assert len(graphs) == 1
    torch.testing.assert_close(output, expected, rtol=0, atol=1e-6)
    assert net.get_layer_activity() == pytest.approx(activity, rel=1e-5)


def test_a_copy_is_a_network_of_its_own(net: VSRBidirectional_3x) -> None:
    twin = copy.deepcopy(net)  # as the running average of the weights is made
    twin.load_state_dict(early(net.state_dict()))
    net(clip())
    assert twin.get_layer_activity() == [0.0] * 7


SMALL: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "MODEL_CONFIG.n_feats": 8,
    "MODEL_CONFIG.n_blocks": 4,
}


def test_the_configuration_decides_size_and_numbers() -> None:
    network = build_network(
        build_config({**SMALL, "RES_SCALE": 0.1, "LRELU_SLOPE": 0.2, "USE_CHECKPOINTING": True})
    )
    assert isinstance(network, VSRBidirectional_3x)
    block = network.forward_trunk[1]
    assert (network.frames, block.conv1.out_channels) == (5, 8)
    assert (block.res_scale, block.lrelu_slope, block.use_checkpointing) == (0.1, 0.2, True)


def test_a_unified_configuration_decides_the_frames() -> None:
    values = {
        "RECIPE": "vsrpp",
        "MODEL.base_channels": 8,
        "MODEL.num_blocks": 4,
        "DATA.lr_version": "7frames",
    }
    network = build_network(build_config(values))
    assert isinstance(network, VSRBidirectional_3x)
    assert network(clip(7)).shape == (2, 3, 36, 48)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (SMALL, r"MODEL_CONFIG\.n_feats and MODEL_CONFIG\.n_blocks"),
        (
            {"RECIPE": "vsrpp", "MODEL.base_channels": 8, "MODEL.num_blocks": 4},
            r"MODEL\.base_channels and MODEL\.num_blocks",
        ),
        ({"N_FEATS": 8, "N_BLOCKS": 4}, "N_FEATS and N_BLOCKS"),
    ],
)
def test_weights_of_another_size_name_the_keys_in_the_file(
    values: dict[str, Any], words: str
) -> None:
    config = build_config(values)
    network = build_network(config)
    others = {"weight": torch.zeros(3)}
    with pytest.raises(UserError, match=f"another network: it has no .* Set {words} to its own"):
        load_weights(network, others, Path("a.pth"), config)
