"""The names that RRDB networks had before Real-ESRGAN: the same tensors, called otherwise.

Two generations of ESRGAN files are common: ``RRDB_trunk.0.RDB1.conv1`` of the published code, and
``model.1.sub.0.RDB1.conv1.0`` of the one before it, on which many trained networks are based.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

EARLY = "RRDB_trunk.0.RDB1.conv1.weight"
EARLIEST = "model.1.sub.0.RDB1.conv1.0.weight"

_EARLY_NAMES = (
    (re.compile(r"^RRDB_trunk\.(\d+)\.RDB(\d)\.(.*)$"), r"body.\1.rdb\2.\3"),
    (re.compile(r"^trunk_conv\."), "conv_body."),
    (re.compile(r"^upconv(\d)\."), r"conv_up\1."),
    (re.compile(r"^HRconv\."), "conv_hr."),
)
_BLOCK = re.compile(r"^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(weight|bias)$")
_OUTSIDE = re.compile(r"^model\.(0|1\.sub\.\d+|\d+)\.(weight|bias)$")


def present_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names of today; those of a file that has them already are unchanged."""
    if EARLY in weights:
        return {_of_early(name): tensor for name, tensor in weights.items()}
    if EARLIEST in weights:
        return _of_earliest(weights)
    return dict(weights)


def _of_early(name: str) -> str:
    for pattern, present in _EARLY_NAMES:
        name = pattern.sub(present, name)
    return name


def _of_earliest(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Layers outside the blocks bear numbers alone: the last two are conv_hr and conv_last."""
    later = sorted({int(match[1]) for name in weights if (match := _numbered(name))} - {0})
    names = [*(f"conv_up{number + 1}" for number in range(len(later) - 2)), "conv_hr", "conv_last"]
    outside = dict(zip(later[-len(names) :], names, strict=False)) | {0: "conv_first"}

    def present(name: str) -> str:
        if block := _BLOCK.match(name):
            return f"body.{block[1]}.rdb{block[2]}.conv{block[3]}.{block[4]}"
        if match := _OUTSIDE.match(name):
            layer = "conv_body" if "sub" in match[1] else outside[int(match[1])]
            return f"{layer}.{match[2]}"
        return name

    return {present(name): tensor for name, tensor in weights.items()}


def _numbered(name: str) -> re.Match[str] | None:
    match = _OUTSIDE.match(name)
    return match if match is not None and "sub" not in match[1] else None
