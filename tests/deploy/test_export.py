from __future__ import annotations

import os
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open

from tests.deploy.networks import CONFIGS, NETWORKS, network, write_run_checkpoint
from tests.engine import load, train
from vsrppp_tui import __version__
from vsrppp_tui.commands.export import export as command
from vsrppp_tui.deploy import onnx_export
from vsrppp_tui.deploy.export import export
from vsrppp_tui.deploy.network_file import open_network
from vsrppp_tui.deploy.onnx_export import OPSET, sample_pictures
from vsrppp_tui.errors import UserError
from vsrppp_tui.models.rrdb_spec import SIGNATURE
from vsrppp_tui.training.plain_weights import write_plain_weights


def checkpoint(folder: Path, kind: str) -> Path:
    """A file to export from: a run's checkpoint, or for RRDB one of another program."""
    path = folder / f"{kind}.pth"
    if kind in CONFIGS:
        return write_run_checkpoint(path, kind, network(kind, 1), network(kind))
    weights = {f"_orig_mod.{name}": value for name, value in network(kind).state_dict().items()}
    torch.save({"params_ema": weights}, path)
    return path


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_an_export_opens_again_as_the_same_network(kind: str, suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"out{suffix}"
    export(checkpoint(tmp_path, kind), out)
    ready = open_network(out)
    pictures = sample_pictures(ready.network, 1, 8, 9)
    assert torch.equal(ready.network(pictures), network(kind)(pictures))
    assert ready.metadata["program"] == f"vsrppp-tui {__version__}"
    assert ready.metadata["scale"] == str(ready.network.scale)
    assert ready.metadata["frames"] == str(ready.network.frames)
    if kind in CONFIGS:
        told = {"recipe": kind.rstrip("7"), "step": "1200", "weights": "EMA"}
        assert told.items() <= ready.metadata.items()


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_pth_export_holds_plain_tensors_and_texts_alone(kind: str, tmp_path: Path) -> None:
    """The rule by which spandrel, the loader of chaiNNer and ComfyUI, knows RRDB networks."""
    out = tmp_path / "out.pth"
    export(checkpoint(tmp_path, kind), out)
    state = torch.load(out, weights_only=True)
    assert state.keys() == {"params_ema", "metadata"}
    weights = state["params_ema"]
    for name, tensor in weights.items():
        assert type(tensor) is torch.Tensor and tensor.is_contiguous() and not tensor.requires_grad
        assert "_orig_mod" not in name and "module." not in name
        assert tensor.untyped_storage().nbytes() == tensor.nbytes  # shared with no other
    assert all(isinstance(text, str) for pair in state["metadata"].items() for text in pair)
    assert (set(SIGNATURE) <= weights.keys()) == kind.startswith("rrdb")
    if kind.startswith("rrdb"):
        ups = [name for name in weights if name.startswith("conv_up") and name.endswith("weight")]
        found = (weights["conv_first.weight"].shape[1], len(ups))
        assert found == {"rrdb2": (12, 2), "rrdb4": (3, 2), "rrdb8": (3, 3)}[kind]


@pytest.mark.parametrize("kind", NETWORKS)
def test_an_onnx_export_gives_the_same_at_any_size(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out.onnx"
    export(checkpoint(tmp_path, kind), out)
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    net = network(kind)
    for sizes in ((1, 5, 7), (3, 12, 10)):
        pictures = sample_pictures(net, *sizes)
        (found,) = session.run(None, {"lr": pictures.numpy()})
        torch.testing.assert_close(torch.from_numpy(found), net(pictures), rtol=1e-4, atol=1e-5)
    model = onnx.load(out)
    assert model.opset_import[0].version == OPSET
    assert {p.key: p.value for p in model.metadata_props}["scale"] == str(net.scale)


def test_safetensors_carry_the_metadata(tmp_path: Path) -> None:
    export(checkpoint(tmp_path, "vsrpp7"), tmp_path / "out.safetensors")
    with safe_open(tmp_path / "out.safetensors", framework="pt") as file:
        told = file.metadata()
    assert told["architecture"] == "VSRBidirectional_3x"
    assert (told["n_feats"], told["n_blocks"], told["frames"]) == ("4", "2", "7")


def test_without_an_average_the_last_weights_are_taken(tmp_path: Path) -> None:
    path = write_run_checkpoint(tmp_path / "a.pth", "vsrppp", network("vsrppp"))
    ready = export(path, tmp_path / "out.pth")
    assert ready.metadata["weights"] == "last"
    pictures = sample_pictures(ready.network, 1, 8, 8)
    assert torch.equal(ready.network(pictures), network("vsrppp")(pictures))


def test_an_export_can_be_exported_on_and_keeps_what_is_known(tmp_path: Path) -> None:
    export(checkpoint(tmp_path, "vsrpp"), tmp_path / "one.pth")
    export(tmp_path / "one.pth", tmp_path / "two.safetensors")
    assert open_network(tmp_path / "two.safetensors").metadata["step"] == "1200"


def test_half_precision_weights_are_widened(tmp_path: Path) -> None:
    weights = {name: value.half() for name, value in network("rrdb4").state_dict().items()}
    torch.save(weights, tmp_path / "half.pth")
    ready = open_network(tmp_path / "half.pth")
    assert ready.network(sample_pictures(ready.network, 1, 4, 4)).dtype == torch.float32


def test_a_run_of_the_engine_is_exported(tmp_path: Path, dataset: Path) -> None:
    train(dataset, tmp_path / "run", MAX_STEPS=2, EMA_DECAY=0.5)
    state = load(tmp_path / "run")
    export(tmp_path / "run/checkpoints/latest.pth", tmp_path / "out.pth")
    ready = open_network(tmp_path / "out.pth")
    for name, tensor in ready.network.state_dict().items():
        assert torch.equal(tensor, state["ema_state_dict"][name])
    assert ready.metadata["step"] == "2"


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("out.bin", r"must end in \.pth, \.safetensors, \.onnx"),
        ("none/out.pth", "folder .*none does not exist"),
        ("folder.pth", "is a folder"),
        ("vsrppp.pth", "is a checkpoint of a run, which an export never replaces"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(out: str, words: str, tmp_path: Path) -> None:
    path = checkpoint(tmp_path, "vsrppp")
    (tmp_path / "folder.pth").mkdir()
    before = path.read_bytes()
    with pytest.raises(UserError, match=words):
        export(path, tmp_path / out)
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"vsrppp.pth", "folder.pth"}


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    whole = checkpoint(tmp_path, "vsrppp")
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.pth").write_bytes(content)
    (tmp_path / "short.pth").write_bytes(content[:2000])
    torch.save({"layer.weight": torch.zeros(2)}, tmp_path / "foreign.pth")
    nameless = network("vsrpp").state_dict()
    write_plain_weights(tmp_path / "nameless.pth", nameless, {})
    part = dict(network("rrdb4").state_dict())
    del part["conv_hr.bias"]
    write_plain_weights(tmp_path / "part.pth", part, {})
    for name, words in (
        ("flipped", "not a whole checkpoint"),
        ("short", "is damaged"),
        ("foreign", r"not known here \(its tensors begin with layer\.weight"),
        ("nameless", "not for how many frames"),
        ("part", r"does not fit together: Missing key.*conv_hr\.bias"),
        ("none", "There is no file"),
    ):
        with pytest.raises(UserError, match=words):
            export(tmp_path / f"{name}.pth", tmp_path / "out.pth")
    assert not (tmp_path / "out.pth").exists()


def test_an_onnx_model_that_differs_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = checkpoint(tmp_path, "vsrppp")
    traced = onnx_export._trace(network("vsrppp", 5))
    monkeypatch.setattr(onnx_export, "_trace", lambda _: traced)
    with pytest.raises(UserError, match="was not kept, for its output differs by up to"):
        export(path, tmp_path / "out.onnx")
    assert {p.name for p in tmp_path.iterdir()} == {"vsrppp.pth"}


def test_a_full_disk_leaves_the_earlier_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = checkpoint(tmp_path, "vsrppp"), tmp_path / "out.pth"
    export(path, out)
    before = out.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left"):
        export(path, out)
    assert out.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"vsrppp.pth", "out.pth"}


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(checkpoint(tmp_path, "vsrppp"), tmp_path / "out.onnx")
    text = capsys.readouterr().out
    assert "VSRTriplePlus_3x x3, 5 frames, step 1200, averaged weights (EMA)" in text
    assert "opset 18" in text
