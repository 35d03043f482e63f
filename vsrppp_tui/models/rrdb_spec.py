"""What RRDB network a file of weights is of, and how far weights from elsewhere cover one.

The dimensions come from the file's metadata or, where it has none, from the shapes of its tensors. A file
of another architecture is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from vsrppp_tui.errors import UserError
from vsrppp_tui.models.rrdb import SCALES, RRDBNet
from vsrppp_tui.models.weights_file import WeightsFile

ARCHITECTURE = "RRDBNet"
SIGNATURE = (
    "conv_first.weight",
    "body.0.rdb1.conv1.weight",
    "conv_body.weight",
    "conv_last.weight",
)
"""The names by which other programs know a file for an RRDB network."""

_BODY = re.compile(r"body\.(\d+)\.rdb1\.conv1\.weight")
_SHOWN_NAMES = 3
# Of each architecture, names that only its files have together; the first that fits is named.
_OTHERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("VSR+++ (VSRTriplePlus_3x), a video network of this program", ("back_fusion.weight",)),
    (
        "VSR++ (VSRBidirectional_3x), a video network of this program",
        ("backward_fuse.conv.weight",),
    ),
    ("VSR++ (VSRBidirectional_3x), a video network of this program", ("backward_fuse.weight",)),
    ("SRVGG (Real-ESRGAN's compact networks)", ("body.0.weight", "body.1.weight")),
)


@dataclass(frozen=True, slots=True)
class RRDBSpec:
    """Dimensions of an RRDB network; see `RRDBNet`."""

    scale: int
    num_feat: int
    num_block: int
    growth: int

    def build(self) -> RRDBNet:
        """A network of these dimensions on the CPU, its weights drawn from torch's global generator."""
        return RRDBNet(self.scale, self.num_feat, self.num_block, self.growth)

    def metadata(self) -> dict[str, str]:
        """The dimensions as the texts that stand in a file beside its tensors."""
        sizes = {name: str(getattr(self, name)) for name in self.__slots__}
        return {"architecture": ARCHITECTURE, **sizes}


def spec_of(network: RRDBNet) -> RRDBSpec:
    """The dimensions of a network."""
    return RRDBSpec(network.scale, network.num_feat, network.num_block, network.growth)


def name_architecture(names: Iterable[str]) -> str:
    """What network the names of tensors belong to, in words; for files that are no RRDB network."""
    known = list(names)
    for words, needed in _OTHERS:
        if set(needed) <= set(known):
            return words
    shown = ", ".join(known[:_SHOWN_NAMES])
    return f"an architecture that is not known here (its tensors begin with {shown})"


def read_spec(file: WeightsFile, *, force: bool = False) -> RRDBSpec:
    """Dimensions of the network in a file: of its metadata, else of its tensors.

    Args:
        file: as read.
        force: whether a file that lacks some of the usual names (`SIGNATURE`) is read as RRDB all the
            same, as far as its tensors tell the dimensions.

    Raises:
        UserError: another architecture, which is named; a scale that has no network here; metadata
            that contradict the tensors.
    """
    told = _told(file)
    missing = [name for name in SIGNATURE if name not in file.weights]
    if missing and not (force and _tells_dimensions(file.weights)):
        raise UserError(
            f"{file.path} is no RRDB network but {name_architecture(file.weights)}: "
            "only RRDB weights (Real-ESRGAN, this program's wqv) fit here."
        )
    found = _inferred(file.path, file.weights)
    if told is not None and told != found:
        raise UserError(
            f"{file.path} contradicts itself: its metadata say {_words(told)}, its tensors {_words(found)}. "
            "Export it again."
        )
    return found


def _told(file: WeightsFile) -> RRDBSpec | None:
    """What the metadata say; None where they do not say all of it."""
    try:
        return RRDBSpec(*(int(file.metadata[name]) for name in RRDBSpec.__slots__))
    except (KeyError, ValueError):
        return None


def _tells_dimensions(weights: Mapping[str, Tensor]) -> bool:
    return "conv_first.weight" in weights and any(map(_BODY.fullmatch, weights))


def _inferred(path: Path, weights: Mapping[str, Tensor]) -> RRDBSpec:
    first = weights["conv_first.weight"]
    numbers = [int(match[1]) for name in weights if (match := _BODY.fullmatch(name))]
    growth = weights[f"body.{min(numbers)}.rdb1.conv1.weight"].shape[0]
    scale = _scale(path, first.shape[1], weights)
    return RRDBSpec(scale, first.shape[0], max(numbers) + 1, growth)


def _scale(path: Path, channels: int, weights: Mapping[str, Tensor]) -> int:
    ups = sum(f"conv_up{stage}.weight" in weights for stage in (1, 2, 3, 4))
    scale = {(12, 2): 2, (3, 2): 4, (3, 3): 8}.get((channels, ups))
    if scale is None:
        raise UserError(
            f"{path} is an RRDB network with {channels} input channels and {ups} up stages: only "
            f"networks for RGB that enlarge {', '.join(map(str, SCALES))} times can be used here."
        )
    return scale


def _words(spec: RRDBSpec) -> str:
    return f"x{spec.scale} with {spec.num_feat} features, {spec.num_block} blocks, growth {spec.growth}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which tensors of a network came from a file, by name, in the order of the network or the file.

    Attributes:
        matched: taken from the file.
        missing: in the network alone; they keep their own start.
        reshaped: in both, but of another shape; they keep their own start.
        unexpected: in the file alone.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    reshaped: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Share of the network's tensors that were taken, 0..100."""
        own = len(self.matched) + len(self.missing) + len(self.reshaped)
        return 100.0 * len(self.matched) / own

    def lines(self) -> list[str]:
        """The report: the share first, then a line for every kind of tensor that did not fit."""
        own = len(self.matched) + len(self.missing) + len(self.reshaped)
        lines = [f"{self.percent:.1f}% covered: {len(self.matched)} of {own} tensors"]
        kinds = (
            ("missing in the file", self.missing),
            ("of another shape", self.reshaped),
            ("unexpected in the file", self.unexpected),
        )
        lines += [f"{len(names)} {kind}: {', '.join(names)}" for kind, names in kinds if names]
        return lines


def warm_start(network: nn.Module, weights: Mapping[str, Tensor]) -> Coverage:
    """Copy every tensor whose name and shape are the network's own into it; tell of the rest.

    Tensors keep the type of the network's, and its device.
    """
    own = network.state_dict()
    shared = [name for name in own if name in weights]
    matched = [name for name in shared if weights[name].shape == own[name].shape]
    with torch.no_grad():
        for name in matched:
            own[name].copy_(weights[name])
    return Coverage(
        matched=tuple(matched),
        missing=tuple(name for name in own if name not in weights),
        reshaped=tuple(name for name in shared if weights[name].shape != own[name].shape),
        unexpected=tuple(name for name in weights if name not in own),
    )
