from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.deploy.networks import NETWORKS, network
from vsrppp_tui.deploy import enlarger as module
from vsrppp_tui.deploy.architectures import architecture_of
from vsrppp_tui.deploy.enlarger import Enlarger, MemoryTooSmall
from vsrppp_tui.deploy.memory import bytes_per_pixel
from vsrppp_tui.deploy.onnx_export import sample_pictures
from vsrppp_tui.deploy.tiles import central, grid
from vsrppp_tui.models.network import Network
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.vsrppp import VsrpppNetwork

CPU = torch.device("cpu")


def stack(net: Network, height: int = 61, width: int = 75, dtype: Any = np.uint8) -> list[Any]:
    rng = np.random.default_rng(3)
    most = np.iinfo(dtype).max
    return [rng.integers(0, most, (height, width, 3), dtype, True) for _ in range(net.frames)]


@given(st.integers(1, 90), st.integers(1, 90), st.integers(2, 50))
def test_cores_cover_every_pixel_once(height: int, width: int, side: int) -> None:
    count = np.zeros((height, width), int)
    for rows, columns in grid(height, width, side):
        count[rows.slice, columns.slice] += 1
    assert (count == 1).all()
    assert central(height, width, side) in set(grid(height, width, side))


@pytest.mark.parametrize("kind", NETWORKS)
def test_nothing_beyond_the_reach_changes_an_output_pixel(kind: str) -> None:
    net = network(kind)
    reach = architecture_of(net).reach(net)
    side = 2 * reach + 5
    pictures = sample_pictures(net, 1, side, side).requires_grad_()
    middle = (reach + 2) * net.scale + net.scale // 2
    net(pictures)[0, 0, middle, middle].backward()
    assert pictures.grad is not None
    touched = pictures.grad.abs().flatten(0, -3).sum(0) > 0
    rows, columns = torch.nonzero(touched, as_tuple=True)
    found = max(int((rows - reach - 2).abs().max()), int((columns - reach - 2).abs().max()))
    assert reach - 3 <= found <= reach


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("kind", NETWORKS)
def test_tiles_give_what_the_whole_picture_gives(kind: str, dtype: Any) -> None:
    net = network(kind)
    frames = stack(net, dtype=dtype)
    whole = Enlarger(net, CPU).enlarge(frames)
    tiled = Enlarger(net, CPU, tile=24)
    found = tiled.enlarge(frames)
    assert whole.shape == (61 * net.scale, 75 * net.scale, 3)
    assert found.dtype == whole.dtype == dtype
    assert tiled.overlap == architecture_of(net).reach(net)
    assert np.abs(found.astype(int) - whole).max() <= 1
    assert (found != whole).mean() < (0.001 if dtype == np.uint8 else 0.05)


def test_the_output_is_the_network_rounded() -> None:
    net = network("vsrppp")
    frames = stack(net, 9, 11)
    lr = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)[None] / 255
    expected = (net(lr)[0].clamp(0, 1) * 255).round().permute(1, 2, 0).numpy()
    found = Enlarger(net, CPU).enlarge(frames)
    assert np.abs(found - expected).max() <= 1
    assert (found != expected).mean() < 0.001


def test_a_still_stands_for_every_frame() -> None:
    net = network("vsrpp7")
    picture = stack(net, 9, 9)[0]
    enlarger = Enlarger(net, CPU)
    assert np.array_equal(enlarger.enlarge_still(picture), enlarger.enlarge([picture] * 7))


def test_a_long_reach_is_not_read_where_it_changes_nothing() -> None:
    net = network_with_long_reach()
    frames = stack(net, 150, 150)
    whole = Enlarger(net, CPU).enlarge(frames)
    tiled = Enlarger(net, CPU, tile=16)
    found = tiled.enlarge(frames)
    assert architecture_of(net).reach(net) == 94
    assert tiled.overlap == 32
    assert np.abs(found.astype(int) - whole).max() <= 1


def test_a_long_reach_is_read_where_it_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEEN_DIFFERENCE", -1.0)
    net = network_with_long_reach()
    tiled = Enlarger(net, CPU, tile=32)
    tiled.enlarge(stack(net, 60, 60))
    assert tiled.overlap == 94


def network_with_long_reach() -> Network:
    torch.manual_seed(0)
    return RRDBNet(4, 4, 6, 4).requires_grad_(False).eval()


class Narrow:
    """A device that has no memory for more than so many pixels at once."""

    def __init__(self, net: Network, pixels: int) -> None:
        self.most = pixels
        self.sizes: list[tuple[int, ...]] = []
        net.register_forward_pre_hook(self.check)

    def check(self, _: Any, inputs: tuple[torch.Tensor]) -> None:
        size = tuple(inputs[0].shape[-2:])
        self.sizes.append(size)
        if size[0] * size[1] > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")


def test_out_of_memory_halves_the_tiles_until_they_fit() -> None:
    net = network("vsrppp")
    frames = stack(net, 61, 75)
    whole = Enlarger(net, CPU).enlarge(frames)
    enlarger = Enlarger(net, CPU)
    narrow = Narrow(net, 35 * 35)
    found = enlarger.enlarge(frames)
    assert enlarger.tile == 18
    assert narrow.sizes[0] == (61, 75)
    assert np.abs(found.astype(int) - whole).max() <= 1
    narrow.sizes.clear()
    enlarger.enlarge(frames)
    assert max(narrow.sizes) <= (34, 34)  # the next picture begins with what fitted


def test_what_never_fits_is_told() -> None:
    net = network("rrdb4")
    enlarger = Enlarger(net, CPU)
    Narrow(net, 0)
    with pytest.raises(MemoryTooSmall, match="does not do for tiles of 16 pixels"):
        enlarger.enlarge(stack(net))


def test_another_error_is_none_of_the_memory() -> None:
    net = network("rrdb4")
    net.register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(RuntimeError("broken")))
    enlarger = Enlarger.__new__(Enlarger)
    with pytest.raises(RuntimeError, match="broken"):
        Enlarger.__init__(enlarger, net, CPU)


def test_too_large_a_picture_is_cut_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("vsrppp")
    free = int(bytes_per_pixel(net) * 100 * 100)
    monkeypatch.setattr(module, "free_bytes", lambda _: free)
    enlarger = Enlarger(net, CPU)
    narrow = Narrow(net, 100 * 100)
    enlarger.enlarge(stack(net, 90, 110))
    assert enlarger.tile is None
    enlarger.enlarge(stack(net, 130, 140))
    assert enlarger.tile == 84
    assert max(h * w for h, w in narrow.sizes) <= 100 * 100


def test_the_estimate_follows_the_largest_layer() -> None:
    net = VsrpppNetwork(8, 2).eval()
    # Pixel shuffle: 72 channels in at the input's size, 8 out at nine times it; four bytes each.
    assert bytes_per_pixel(net) == 2.5 * 4 * (72 + 72)
