"""The device a run computes on, and the arithmetic of its forward pass."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from vsrppp_tui.errors import UserError

PrecisionName = Literal["bf16", "fp16", "fp32"]
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Precision:
    """Arithmetic of the forward pass; weights, gradients and losses are float32 in every case."""

    name: PrecisionName
    device_type: str

    def autocast(self) -> AbstractContextManager[object]:
        """Context for the forward pass."""
        if self.name == "fp32":
            return nullcontext()
        return torch.autocast(self.device_type, dtype=_DTYPES[self.name])

    @property
    def needs_scaler(self) -> bool:
        """fp16 gradients underflow without loss scaling; bf16 has the range of float32."""
        return self.name == "fp16"


def choose_device(wanted: str) -> torch.device:
    """Resolve ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        UserError: the device does not exist here.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise UserError(f"--device {wanted} is not known: use auto, cpu, cuda or cuda:N.") from None
    if device.type == "cuda":
        _require_cuda(device, wanted)
    elif device.type != "cpu":
        raise UserError(f"--device {wanted} is not supported: use auto, cpu, cuda or cuda:N.")
    return device


def _require_cuda(device: torch.device, wanted: str) -> None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        raise UserError(
            f"--device {wanted}: PyTorch finds no GPU here; use --device cpu or check the driver with nvidia-smi."
        )
    if (device.index or 0) >= count:
        raise UserError(f"--device {wanted}: this machine has {count} GPU(s), numbered from 0.")


def prepare_device(device: torch.device) -> None:
    """Let cuDNN try its convolutions out and keep the fastest of each shape; shapes are few here."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True


def choose_precision(device: torch.device, wanted: str) -> Precision:
    """Resolve PRECISION; ``auto`` takes bf16 where the device computes in it natively.

    A CPU without AVX512-bf16 or AMX emulates bf16 at about a quarter of the speed of float32, so
    ``auto`` stays with float32 there.

    Raises:
        UserError: fp16 on a CPU, or bf16 on a GPU that has none.
    """
    if device.type == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        if wanted == "bf16" and not has_bf16:
            raise UserError("PRECISION = bf16: this GPU has no bf16; use fp16 or auto.")
        name = ("bf16" if has_bf16 else "fp16") if wanted == "auto" else wanted
    else:
        if wanted == "fp16":
            raise UserError("PRECISION = fp16 needs a GPU; use fp32, bf16 or auto on a CPU.")
        name = ("bf16" if _cpu_has_bf16() else "fp32") if wanted == "auto" else wanted
    assert name in ("bf16", "fp16", "fp32")
    return Precision(name, device.type)  # type: ignore[arg-type]


def _cpu_has_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def describe_device(device: torch.device) -> str:
    """The device in words, for the header."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"
