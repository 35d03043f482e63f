"""A network as an ONNX model, compared with torch before anybody gets it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Any

import onnx
import onnxruntime
import torch

from vsrppp_tui.models.network import Network

OPSET = 18
TOLERANCE = 1e-4
"""How far an output value may be from torch's, of 1, or of the largest output where that is more."""

INPUT, OUTPUT = "lr", "sr"
# Batch, height, width of the pictures that are compared: odd sizes, and other ones than those traced.
_COMPARED = ((1, 16, 24), (2, 11, 9))


class OnnxDiffers(Exception):
    """The ONNX model gives another result than the network; the message says by how much."""


def to_onnx(network: Network, metadata: Mapping[str, str]) -> bytes:
    """The model, opset 18, input "lr" and output "sr", with batch, height and width left open.

    Raises:
        OnnxDiffers: onnxruntime's result is farther than `TOLERANCE` from torch's.
    """
    model = onnx.load_from_string(_trace(network))
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    _compare(network, content)
    return content


def sample_pictures(network: Network, batch: int, height: int, width: int) -> torch.Tensor:
    """Random input in [0, 1] of the shape that a network takes, the same at every call."""
    frames = () if network.frames == 1 else (network.frames,)
    generator = torch.Generator().manual_seed(batch * height * width)
    return torch.rand((batch, *frames, 3, height, width), generator=generator)


def _trace(network: Network) -> bytes:
    pictures = sample_pictures(network, *_COMPARED[0])
    buffer = io.BytesIO()
    across = pictures.ndim - 1
    axes = {
        INPUT: {0: "batch", across - 1: "height", across: "width"},
        OUTPUT: {0: "batch", 2: "height_out", 3: "width_out"},
    }
    with warnings.catch_warnings(
        action="ignore"
    ):  # of shapes that it takes as fixed: compared below
        # The tracing exporter: the newer one takes ten times as long for the same model.
        torch.onnx.export(
            network,
            (pictures,),
            buffer,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes=axes,
        )
    return buffer.getvalue()


def _compare(network: Network, content: bytes) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session: Any = onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"]
    )
    for sizes in _COMPARED:
        pictures = sample_pictures(network, *sizes)
        with torch.inference_mode():
            expected = network(pictures)
        found = torch.from_numpy(session.run(None, {INPUT: pictures.numpy()})[0])
        if found.shape != expected.shape:
            raise OnnxDiffers(f"its output has the shape {list(found.shape)}")
        difference = (found - expected).abs().max().item()
        if not difference <= TOLERANCE * max(1.0, expected.abs().max().item()):
            raise OnnxDiffers(f"its output differs by up to {difference:.2g}")
