from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tests.models.reference_rrdb import ReferenceRRDBNet
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.bidirectional import VSRBidirectional_3x
from vsrppp_tui.models.rrdb import RRDBNet
from vsrppp_tui.models.rrdb_spec import RRDBSpec, name_architecture, read_spec, spec_of, warm_start
from vsrppp_tui.models.vsrppp import VsrpppNetwork
from vsrppp_tui.models.weights_file import WeightsFile, read_weights


def save(path: Path, state: Any) -> Path:
    torch.save(state, path)
    return path


def test_a_file_of_real_esrgan_warm_starts_whole_and_gives_the_same_output(tmp_path: Path) -> None:
    torch.manual_seed(0)
    reference = ReferenceRRDBNet(4).eval()
    path = save(tmp_path / "RealESRGAN_x4plus.pth", {"params_ema": reference.state_dict()})
    file = read_weights(path)
    spec = read_spec(file)
    assert spec == RRDBSpec(scale=4, num_feat=64, num_block=23, growth=32)
    network = spec.build().eval()
    coverage = warm_start(network, file.weights)
    assert coverage.percent == 100.0
    assert coverage.lines() == ["100.0% covered: 702 of 702 tensors"]
    picture = torch.rand(1, 3, 6, 7)
    with torch.inference_mode():
        torch.testing.assert_close(network(picture), reference(picture), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_shapes_tell_the_dimensions(scale: int) -> None:
    network = RRDBNet(scale, 6, 3, 5)
    assert read_spec(WeightsFile(Path("a.pth"), network.state_dict())) == spec_of(network)


LAYOUTS: dict[str, Any] = {
    "params_ema": lambda w: {"params": {"x": torch.zeros(1)}, "params_ema": w},
    "params": lambda w: {"params": w},
    "bare": lambda w: w,
    "a run": lambda w: {"step": 3, "ema_state_dict": None, "model_state_dict": w},
    "a run with EMA": lambda w: {"ema_state_dict": w, "model_state_dict": {"x": torch.zeros(1)}},
    "compiled": lambda w: {"params": {f"_orig_mod.{name}": value for name, value in w.items()}},
    "wrapped": lambda w: {f"module._orig_mod.{name}": value for name, value in w.items()},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_weights_are_found_in_every_layout(layout: str, tmp_path: Path) -> None:
    weights = RRDBNet(4, 4, 1, 4).state_dict()
    file = read_weights(save(tmp_path / "a.pth", LAYOUTS[layout](weights)))
    assert list(file.weights) == list(weights)
    assert all(torch.equal(file.weights[name], weights[name]) for name in weights)


def test_safetensors_with_metadata_are_read(tmp_path: Path) -> None:
    network = RRDBNet(2, 4, 1, 4)
    save_file(network.state_dict(), tmp_path / "a.safetensors", spec_of(network).metadata())
    file = read_weights(tmp_path / "a.safetensors")
    assert file.metadata["scale"] == "2"
    assert read_spec(file) == spec_of(network)


def early(name: str) -> str:
    """A name as the published ESRGAN had it."""
    for present, before in (
        ("conv_body", "trunk_conv"),
        ("body.", "RRDB_trunk."),
        ("rdb", "RDB"),
        ("conv_up", "upconv"),
        ("conv_hr", "HRconv"),
    ):
        name = name.replace(present, before)
    return name


def earliest(name: str, scale: int) -> str:
    """A name as the code before that had it, of a network with two blocks."""
    name = re.sub(r"body\.(\d)\.rdb(\d)\.conv(\d)", r"model.1.sub.\1.RDB\2.conv\3.0", name)
    ups = {4: (3, 6), 8: (3, 6, 9)}[scale]
    layers = {f"conv_up{stage}": number for stage, number in enumerate(ups, start=1)}
    layers |= {"conv_first": 0, "conv_hr": ups[-1] + 2, "conv_last": ups[-1] + 4}
    for layer, number in layers.items():
        name = name.replace(layer, f"model.{number}")
    return name.replace("conv_body", "model.1.sub.2")


@pytest.mark.parametrize("scale", [4, 8])
@pytest.mark.parametrize("naming", ["early", "earliest"])
def test_the_names_of_earlier_files_are_known(naming: str, scale: int, tmp_path: Path) -> None:
    network = RRDBNet(scale, 4, 2, 4)
    weights = network.state_dict()
    if naming == "early":
        named = {early(name): value for name, value in weights.items()}
        assert "RRDB_trunk.1.RDB3.conv5.bias" in named
    else:
        named = {earliest(name, scale): value for name, value in weights.items()}
        assert {"model.0.weight", "model.1.sub.1.RDB3.conv5.0.bias", "model.1.sub.2.bias"} <= {
            *named
        }
    file = read_weights(save(tmp_path / "a.pth", named))
    assert read_spec(file) == spec_of(network)
    assert all(torch.equal(file.weights[name], weights[name]) for name in weights)


class Malicious:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("as_archive", [True, False])
def test_code_in_a_file_is_refused_and_does_not_run(as_archive: bool, tmp_path: Path) -> None:
    path, target = tmp_path / "evil.pth", tmp_path / "was_run"
    content = {"params_ema": RRDBNet(4, 4, 1, 4).state_dict(), "metadata": Malicious(target)}
    if as_archive:
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(Malicious(target), protocol=2))
    with pytest.raises(UserError, match=r"evil\.pth is refused: it wants to call posix\.mkdir"):
        read_weights(path)
    assert not target.exists()
    if as_archive:
        torch.load(path, weights_only=False)  # the file does what it is said to do
        assert target.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pth", b"junk"), ("a.pth", b""), ("a.safetensors", b"junk"), ("a.safetensors", b"")],
)
def test_damage_is_told_in_a_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match="is damaged or not a file of weights"):
        read_weights(tmp_path / name)


def test_a_file_that_is_missing_or_empty_of_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(UserError, match="holds no weights"):
        read_weights(save(tmp_path / "a.pth", {"step": 3}))


def srvgg() -> dict[str, Tensor]:
    layers = [nn.Conv2d(3, 8, 3), nn.PReLU(8), nn.Conv2d(8, 48, 3)]
    body = nn.ModuleDict({"body": nn.ModuleList(layers)})
    return body.state_dict()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (srvgg(), "SRVGG"),
        (VsrpppNetwork(4, 2).state_dict(), r"VSR\+\+\+ \(VSRTriplePlus_3x\)"),
        (VSRBidirectional_3x(4, 2).state_dict(), r"VSR\+\+ \(VSRBidirectional_3x\)"),
        (
            {"model.0.weight": torch.zeros(1), "b": torch.zeros(1)},
            r"begin with model\.0\.weight, b",
        ),
    ],
)
def test_another_architecture_is_named(weights: dict[str, Tensor], words: str) -> None:
    for force in (False, True):
        with pytest.raises(UserError, match=f"no RRDB network but .*{words}"):
            read_spec(WeightsFile(Path("a.pth"), weights), force=force)


def test_an_rrdb_network_is_no_other() -> None:
    assert "not known here" in name_architecture(RRDBNet(4, 4, 1, 4).state_dict())


def test_channels_that_no_network_here_has_are_named() -> None:
    weights = dict(RRDBNet(4, 4, 1, 4).state_dict())
    weights["conv_first.weight"] = torch.zeros(4, 1, 3, 3)
    with pytest.raises(UserError, match="1 input channels and 2 up stages"):
        read_spec(WeightsFile(Path("a.pth"), weights))


def test_metadata_that_contradict_the_tensors_are_refused() -> None:
    network = RRDBNet(4, 4, 1, 4)
    wrong = spec_of(RRDBNet(4, 4, 2, 4)).metadata()
    with pytest.raises(UserError, match="contradicts itself"):
        read_spec(WeightsFile(Path("a.pth"), network.state_dict(), wrong))


def test_a_file_without_all_of_the_names_is_read_when_asked_for() -> None:
    network = RRDBNet(4, 4, 2, 4)
    weights = dict(network.state_dict())
    del weights["conv_last.weight"]
    with pytest.raises(UserError, match="no RRDB network"):
        read_spec(WeightsFile(Path("a.pth"), weights))
    assert read_spec(WeightsFile(Path("a.pth"), weights), force=True) == spec_of(network)


def test_coverage_names_what_did_not_fit() -> None:
    torch.manual_seed(0)
    network, other = RRDBNet(8, 4, 1, 4), RRDBNet(4, 4, 2, 4)
    weights = {**other.state_dict(), "conv_hr.weight": torch.zeros(2, 2, 3, 3)}
    own = network.conv_up3.weight.clone()
    coverage = warm_start(network, weights)
    assert coverage.missing == ("conv_up3.weight", "conv_up3.bias")
    assert coverage.reshaped == ("conv_hr.weight",)
    assert len(coverage.unexpected) == 30
    assert coverage.percent == pytest.approx(100 * 41 / 44)
    assert coverage.lines()[1] == "2 missing in the file: conv_up3.weight, conv_up3.bias"
    assert torch.equal(network.conv_up3.weight, own)
    assert torch.equal(network.conv_first.weight, other.conv_first.weight)
