"""Writing the weights of a checkpoint for other programs: .pth, .safetensors or .onnx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vsrppp_tui.deploy.network_file import ReadyNetwork, is_checkpoint, open_network
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.plain_weights import plain_tensors, write_plain_weights


def export(checkpoint: Path, out: Path) -> ReadyNetwork:
    """Write the network of `checkpoint` to `out`, whose suffix decides how; returns the network.

    The file appears whole or not at all; an ONNX model only after it was compared with torch. An export
    that stands there already is replaced, a checkpoint of a run never.

    Raises:
        UserError: an unknown suffix, a checkpoint that cannot be used (`open_network`), a place that
            cannot be written, or an ONNX model that differs.
    """
    writer = _writer(out)
    _check_place(out)
    ready = open_network(checkpoint)
    try:
        writer(out, ready)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror}): name another place."
        ) from None
    return ready


def _writer(out: Path) -> Callable[[Path, ReadyNetwork], None]:
    writer = _WRITERS.get(out.suffix)
    if writer is None:
        raise UserError(f"{out}: the name must end in {', '.join(_WRITERS)}.")
    return writer


def _check_place(out: Path) -> None:
    """Refuse what cannot be meant before the time for the export is spent."""
    if not out.parent.is_dir():
        raise UserError(f"The folder {out.parent} does not exist: make it, or name another one.")
    if out.is_dir():
        raise UserError(f"{out} is a folder: name a file.")
    if is_checkpoint(out):
        raise UserError(f"{out} is a checkpoint of a run, which an export never replaces.")


def _write_pth(out: Path, ready: ReadyNetwork) -> None:
    write_plain_weights(out, ready.network.state_dict(), ready.metadata)


def _write_safetensors(out: Path, ready: ReadyNetwork) -> None:
    from safetensors.torch import save

    write_atomically(out, save(plain_tensors(ready.network.state_dict()), ready.metadata))


def _write_onnx(out: Path, ready: ReadyNetwork) -> None:
    from vsrppp_tui.deploy.onnx_export import OnnxDiffers, to_onnx

    try:
        content = to_onnx(ready.network, ready.metadata)
    except OnnxDiffers as error:
        raise UserError(
            f"The ONNX model of {ready.path} was not kept, for {error} from torch. "
            "Export .pth or .safetensors."
        ) from error
    write_atomically(out, content)


_WRITERS: dict[str, Callable[[Path, ReadyNetwork], None]] = {
    ".pth": _write_pth,
    ".safetensors": _write_safetensors,
    ".onnx": _write_onnx,
}
