from __future__ import annotations

import hashlib
import io
import pickle
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from vsrppp_tui.errors import UserError
from vsrppp_tui.losses import vgg19_weights
from vsrppp_tui.losses.vgg19 import published_shapes
from vsrppp_tui.losses.vgg19_weights import cache_path, load_vgg19_weights


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A torch.hub folder of the test's own, with its checkpoints folder."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    cache_path().parent.mkdir(parents=True)
    return cache_path()


class Network:
    """Stands for the internet: counts requests, answers with `content` or not at all."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.requests: list[tuple[str, float]] = []

    def urlopen(self, request: urllib.request.Request, timeout: float) -> Any:
        self.requests.append((request.full_url, timeout))
        if self.content is None:
            raise urllib.error.URLError("Network is unreachable")
        return io.BytesIO(self.content)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(urllib.request, "urlopen", network.urlopen)
    return network


def publish(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let `content` be the file that was published."""
    prefix = hashlib.sha256(content).hexdigest()[:8]
    monkeypatch.setattr(vgg19_weights, "HASH_PREFIX", prefix)


def test_the_layout_is_the_published_one(vgg_state: dict[str, Tensor]) -> None:
    features = {n: tuple(v.shape) for n, v in vgg_state.items() if n.startswith("features.")}
    assert published_shapes() == features
    assert len(features) == 32


def test_the_cache_and_the_address_are_those_of_torchvision(hub: Path) -> None:
    assert hub.name == "vgg19-dcbb9e9d.pth"
    assert hub.parent.name == "checkpoints"
    assert vgg19_weights.URL == "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
    assert vgg19_weights.HASH_PREFIX == "dcbb9e9d"


def test_a_named_file_is_read_without_its_classifier(
    vgg_file: Path, vgg_state: dict[str, Tensor], network: Network
) -> None:
    weights, notices = load_vgg19_weights(str(vgg_file))
    assert set(weights) == set(published_shapes())
    assert torch.equal(weights["features.34.weight"], vgg_state["features.34.weight"])
    assert notices == ()
    assert network.requests == []


def test_a_file_without_a_parameter_is_refused_by_its_name(
    tmp_path: Path, vgg_state: dict[str, Tensor]
) -> None:
    path = tmp_path / "short.pth"
    torch.save({n: v for n, v in vgg_state.items() if n == "features.0.weight"}, path)
    with pytest.raises(UserError, match=r"short\.pth holds no features\.0\.bias"):
        load_vgg19_weights(str(path))


def test_a_parameter_of_another_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wide.pth"
    torch.save({"features.0.weight": torch.zeros(32, 3, 3, 3)}, path)
    expected = r"features\.0\.weight has shape \[32, 3, 3, 3\].*\[64, 3, 3, 3\]"
    with pytest.raises(UserError, match=expected):
        load_vgg19_weights(str(path))


class Payload:
    """What a file must not be able to do: call a function while it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("executed"),))


@pytest.mark.parametrize(
    "content",
    [b"", b"not a weights file", pickle.dumps(Payload(), 2), pickle.dumps([1, 2], 2)],
    ids=["empty", "text", "code", "numbers"],
)
def test_a_file_that_holds_no_weights_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd.pth").write_bytes(content)
    with pytest.raises(UserError, match=r"odd\.pth.*VGG_WEIGHTS.*PERCEPTUAL_WEIGHT=0"):
        load_vgg19_weights("odd.pth")
    assert not Path("executed").exists()


@pytest.mark.parametrize("name", ["missing.pth", "."])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="PERCEPTUAL_WEIGHT=0"):
        load_vgg19_weights(str(tmp_path / name))


def test_a_good_cache_needs_no_network(
    vgg_file: Path, hub: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, vgg_file.read_bytes())
    hub.symlink_to(vgg_file)
    weights, notices = load_vgg19_weights(None)
    assert set(weights) == set(published_shapes())
    assert notices == ()
    assert network.requests == []


def test_no_cache_and_no_network_names_both_remedies_and_the_place(
    hub: Path, network: Network
) -> None:
    with pytest.raises(UserError) as caught:
        load_vgg19_weights(None)
    for part in ("VGG_WEIGHTS", "PERCEPTUAL_WEIGHT=0", str(hub), "Network is unreachable"):
        assert part in str(caught.value)
    assert network.requests == [(vgg19_weights.URL, vgg19_weights.TIMEOUT_S)]
    assert list(hub.parent.iterdir()) == []


def test_a_download_lands_in_the_cache(
    vgg_file: Path, hub: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.content = vgg_file.read_bytes()
    publish(monkeypatch, network.content)
    _, notices = load_vgg19_weights(None)
    assert notices == ()
    assert [path.name for path in hub.parent.iterdir()] == [hub.name]
    load_vgg19_weights(None)
    assert len(network.requests) == 1


def test_a_download_with_another_hash_is_thrown_away(hub: Path, network: Network) -> None:
    network.content = b"a page of the hotel's wireless network"
    with pytest.raises(UserError, match="another hash"):
        load_vgg19_weights(None)
    assert list(hub.parent.iterdir()) == []


def test_a_damaged_cache_is_named_and_not_used(hub: Path) -> None:
    hub.write_bytes(b"cut off in the midd")
    with pytest.raises(UserError, match=f"{hub.name} is damaged.*PERCEPTUAL_WEIGHT=0"):
        load_vgg19_weights(None)
    assert hub.read_bytes() == b"cut off in the midd"


def test_a_damaged_cache_is_replaced_by_a_download_and_that_is_said(
    vgg_file: Path, hub: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.content = vgg_file.read_bytes()
    publish(monkeypatch, network.content)
    hub.write_bytes(b"cut off in the midd")
    weights, notices = load_vgg19_weights(None)
    assert set(weights) == set(published_shapes())
    assert len(notices) == 1
    assert str(hub) in notices[0]
    assert "damaged" in notices[0]
