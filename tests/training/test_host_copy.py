"""The copy that a checkpoint is written from."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from vsrppp_tui.training.host_copy import HostCopy


def make_state(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {
        "step": 3,
        "model": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "curve": {"bins": [[1, 2, 3.0]], "pair": (1, torch.ones(2))},
        "none": None,
    }


def make_network(device: str = "cpu") -> tuple[nn.Module, torch.optim.Optimizer]:
    network = nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8)).to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network, torch.optim.AdamW(network.parameters(), lr=0.1, fused=True)


def train(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    device = next(network.parameters()).device
    network(torch.rand(2, 4, 8, 8, device=device)).square().mean().backward()
    optimizer.step()


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one.cpu(), other.cpu()) and one.stride() == other.stride()
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and all(map(equal, one, other))
    return bool(one == other)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu])])
def test_a_copy_is_equal_and_stays_so(device: str) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    network, optimizer = make_network(device)
    train(network, optimizer)
    state = make_state(network, optimizer)
    copied = HostCopy().take(state)
    assert equal(copied, state)
    assert not copied["model"]["0.weight"].is_cuda
    frozen = [value.clone() for value in copied["model"].values()]
    train(network, optimizer)
    state["curve"]["bins"][0][0] = 99
    assert not equal(copied["model"], network.state_dict())
    assert all(map(torch.equal, frozen, copied["model"].values()))
    assert copied["curve"]["bins"] == [[1, 2, 3.0]]


def test_the_next_copy_uses_the_same_memory() -> None:
    network, optimizer = make_network()
    copy = HostCopy()
    first = copy.take(make_state(network, optimizer))  # no moments yet
    train(network, optimizer)
    second = copy.take(make_state(network, optimizer))
    train(network, optimizer)
    third = copy.take(make_state(network, optimizer))
    assert equal(third, make_state(network, optimizer))
    weight, moment = "0.weight", "exp_avg"
    places = {copied["model"][weight].data_ptr() for copied in (first, second, third)}
    places |= {copied["optimizer"]["state"][0][moment].data_ptr() for copied in (second, third)}
    assert len(places) == 2


def test_a_state_dict_keeps_what_modules_say_of_their_version() -> None:
    network, _optimizer = make_network()
    copied = HostCopy().take({"model": network.state_dict()})["model"]
    assert copied._metadata == network.state_dict()._metadata  # type: ignore[attr-defined]


def test_a_tensor_of_another_shape_takes_the_place() -> None:
    copy = HostCopy()
    copy.take({"a": torch.zeros(3)})
    assert torch.equal(copy.take({"a": torch.ones(2, 2)})["a"], torch.ones(2, 2))
